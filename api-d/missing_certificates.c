#include "api-d/missing_certificates.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bulkhead/internal/v1/api_pki.pb-c.h"
#include "bulkhead/internal/v1/ipc.pb-c.h"

struct search {
    struct ipc_node *node;
    missing_certificates_fn *on_done;
    void *arg;
    char *names[MISSING_CERTIFICATES_MAX]; // to ask about; those before `missing` are not there
    size_t n, next, missing;
};

static bool has_name(char *const *names, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (!strcmp(names[i], name))
            return true;
    return false;
}

static void add_name(struct search *search, const char *name)
{
    if (search->n == MISSING_CERTIFICATES_MAX || has_name(search->names, search->n, name))
        return;
    search->names[search->n] = strdup(name);
    search->n += search->names[search->n] != NULL;
}

static const Bulkhead__V1__CertificateAuth *auth_of(const Bulkhead__V1__Tunnel *tunnel)
{
    return tunnel->auth && tunnel->auth->method_case == BULKHEAD__V1__AUTH__METHOD_CERTIFICATE
               ? tunnel->auth->certificate
               : NULL;
}

static void collect(struct search *search, const Bulkhead__V1__Config *config)
{
    for (size_t i = 0; i < config->n_tunnels; i++) {
        const Bulkhead__V1__CertificateAuth *auth = auth_of(config->tunnels[i]);

        if (!auth)
            continue;
        add_name(search, auth->certificate);
        for (size_t k = 0; k < auth->n_authorities; k++)
            add_name(search, auth->authorities[k]);
    }
}

static void finish(struct search *search)
{
    search->on_done(search->arg, search->names, search->missing);
    for (size_t i = 0; i < search->n; i++)
        free(search->names[i]);
    free(search);
}

static void ask(struct search *search);

static void on_answer(void *arg, const struct ipc_result *result)
{
    struct search *search = arg;
    char *name = search->names[search->next];

    if (result->error == BULKHEAD__INTERNAL__V1__ERROR_CODE__ERROR_CODE_NOT_FOUND) {
        search->names[search->next] = search->names[search->missing];
        search->names[search->missing++] = name;
    } else if (result->error) {
        finish(search); // pki-d is away
        return;
    }
    search->next++;
    ask(search);
}

static void ask(struct search *search)
{
    Bulkhead__Internal__V1__PkiGetCertificateRequest message =
        BULKHEAD__INTERNAL__V1__PKI_GET_CERTIFICATE_REQUEST__INIT;
    Bulkhead__V1__GetCertificateRequest request = BULKHEAD__V1__GET_CERTIFICATE_REQUEST__INIT;

    if (search->next == search->n) {
        finish(search);
        return;
    }
    request.name = search->names[search->next];
    message.request = &request;
    ipc_call(search->node, BULKHEAD__INTERNAL__V1__METHOD__METHOD_PKI_GET_CERTIFICATE, &message.base, 0, on_answer,
             search);
}

void missing_certificates_find(struct ipc_node *node, struct desired_state *state, missing_certificates_fn *on_done,
                               void *arg)
{
    const Bulkhead__V1__Config *config = desired_state_open(state);
    struct search *search = config ? calloc(1, sizeof(*search)) : NULL;

    if (search) {
        search->node = node;
        search->on_done = on_done;
        search->arg = arg;
        collect(search, config);
    }
    if (config)
        desired_state_close(state);
    if (search)
        ask(search);
    else
        on_done(arg, NULL, 0);
}

static int add_line(const struct desired_state *state, const char *path, const char *name, char ***lines, size_t *n)
{
    struct mistakes mistakes = mistakes_of(state->file);
    char **longer = reallocarray(*lines, *n + 1, sizeof(*longer));
    char *line;

    if (!longer)
        return -ENOMEM;
    *lines = longer;
    mistakes.tree = state->tree;
    mistake_add_at(&mistakes, path,
                   "\"%.64s\" is not stored; `bhctl pki cert list` shows what is, `bhctl pki cert issue` and `import` "
                   "bring it there",
                   name);
    line = mistakes.n ? mistake_format(&mistakes, &mistakes.list[0]) : NULL;
    mistakes_done(&mistakes);
    if (!line)
        return -ENOMEM;
    longer[(*n)++] = line;
    return 0;
}

int missing_certificates_list(struct desired_state *state, char *const *names, size_t n, char ***lines, size_t *lines_n)
{
    const Bulkhead__V1__Config *config = n ? desired_state_open(state) : NULL;
    char path[96];
    int err = n && !config ? -ENOMEM : 0;

    for (size_t i = 0; config && !err && i < config->n_tunnels && *lines_n < MISSING_CERTIFICATES_MAX; i++) {
        const Bulkhead__V1__CertificateAuth *auth = auth_of(config->tunnels[i]);

        if (auth && has_name(names, n, auth->certificate)) {
            snprintf(path, sizeof(path), "tunnels[%zu].auth.certificate.certificate", i);
            err = add_line(state, path, auth->certificate, lines, lines_n);
        }
        for (size_t k = 0; auth && !err && k < auth->n_authorities; k++) {
            if (!has_name(names, n, auth->authorities[k]))
                continue;
            snprintf(path, sizeof(path), "tunnels[%zu].auth.certificate.authorities[%zu]", i, k);
            err = add_line(state, path, auth->authorities[k], lines, lines_n);
        }
    }
    if (config)
        desired_state_close(state);
    return err;
}
