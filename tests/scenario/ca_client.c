// Stands in for api-d at pki-d's edge, and goes on when pki-d dies.
//
//     ca_client RUN authority NAME
//     ca_client RUN issue|work AUTHORITY PREFIX COUNT
//
// `issue` issues PREFIX-1 ... PREFIX-COUNT one after the other, `work` also revokes every other one. It prints what was
// acknowledged, a line at once: "issued NAME SERIAL", "revoked NAME SERIAL". A call without an answer is made again;
// that it is done already is an answer then, but none that counts as acknowledged.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "bulkhead/internal/v1/api_pki.pb-c.h"
#include "bulkhead/internal/v1/ipc.pb-c.h"
#include "lib/core/log.h"
#include "lib/ipc/node.h"
#include "lib/priv/roles.h"

#define ERROR(code)     BULKHEAD__INTERNAL__V1__ERROR_CODE__ERROR_CODE_##code
#define METHOD(name)    BULKHEAD__INTERNAL__V1__METHOD__METHOD_##name
#define DEADLINE_MS     20000
#define RETRY_MS        20
#define NAME_MAX_BYTES  96
#define STATUS_REFUSED  1
#define STATUS_MISTAKEN 2

struct client {
    uv_loop_t loop;
    uv_timer_t retry;
    struct ipc_node *node;
    char *authority, *prefix;
    long count, number; // of the one under way
    bool may_revoke, is_revoking;
    char name[NAME_MAX_BYTES];
    int status;
};

static struct client client = {.status = STATUS_MISTAKEN};

static void go_on(void);

static void finish(int status)
{
    client.status = status;
    uv_stop(&client.loop);
}

// To the next call, when this one is done.
static void advance(void)
{
    if (client.may_revoke && !client.is_revoking && client.number % 2 == 0) {
        client.is_revoking = true;
    } else {
        client.is_revoking = false;
        client.number++;
    }
    go_on();
}

static void on_retry(uv_timer_t *timer)
{
    (void)timer;
    go_on();
}

static void acknowledge(const char *what, const Bulkhead__V1__Certificate *certificate)
{
    printf("%s %s %s\n", what, certificate->name, certificate->serial);
    fflush(stdout);
}

static bool is_done_already(uint32_t error)
{
    return error == (client.is_revoking ? ERROR(FAILED_PRECONDITION) : ERROR(ALREADY_EXISTS));
}

static void on_result(void *arg, const struct ipc_result *result)
{
    (void)arg;
    if (result->error && !is_done_already(result->error)) {
        if (result->error != ERROR(UNAVAILABLE) && result->error != ERROR(DEADLINE_EXCEEDED)) {
            fprintf(stderr, "%s: %u %s\n", client.name, result->error, result->text);
            finish(STATUS_REFUSED);
            return;
        }
        uv_timer_start(&client.retry, on_retry, RETRY_MS, 0);
        return;
    }
    if (!result->error && client.is_revoking)
        acknowledge("revoked",
                    ((const Bulkhead__Internal__V1__PkiRevokeCertificateResponse *)(const void *)result->message)
                        ->response->certificate);
    else if (!result->error)
        acknowledge("issued",
                    ((const Bulkhead__Internal__V1__PkiIssueCertificateResponse *)(const void *)result->message)
                        ->response->certificate);
    advance();
}

static void fill(Bulkhead__V1__CertificateTemplate *template, Bulkhead__V1__Subject *subject, char *name)
{
    bulkhead__v1__subject__init(subject);
    bulkhead__v1__certificate_template__init(template);
    subject->common_name = name;
    template->name = name;
    template->subject = subject;
    template->key_type = BULKHEAD__V1__KEY_TYPE__KEY_TYPE_EC_P256;
}

static void send_issue(void)
{
    Bulkhead__Internal__V1__PkiIssueCertificateRequest message =
        BULKHEAD__INTERNAL__V1__PKI_ISSUE_CERTIFICATE_REQUEST__INIT;
    Bulkhead__V1__IssueCertificateRequest request = BULKHEAD__V1__ISSUE_CERTIFICATE_REQUEST__INIT;
    Bulkhead__V1__CertificateTemplate template;
    Bulkhead__V1__Subject subject;

    fill(&template, &subject, client.name);
    request.template_ = &template;
    request.issuer = client.authority;
    request.purpose = BULKHEAD__V1__CERTIFICATE_PURPOSE__CERTIFICATE_PURPOSE_TLS_CLIENT;
    message.request = &request;
    ipc_call(client.node, METHOD(PKI_ISSUE_CERTIFICATE), &message.base, DEADLINE_MS, on_result, NULL);
}

static void send_revoke(void)
{
    Bulkhead__Internal__V1__PkiRevokeCertificateRequest message =
        BULKHEAD__INTERNAL__V1__PKI_REVOKE_CERTIFICATE_REQUEST__INIT;
    Bulkhead__V1__RevokeCertificateRequest request = BULKHEAD__V1__REVOKE_CERTIFICATE_REQUEST__INIT;

    request.name = client.name;
    request.reason = BULKHEAD__V1__REVOCATION_REASON__REVOCATION_REASON_SUPERSEDED;
    message.request = &request;
    ipc_call(client.node, METHOD(PKI_REVOKE_CERTIFICATE), &message.base, DEADLINE_MS, on_result, NULL);
}

static void on_authority(void *arg, const struct ipc_result *result)
{
    (void)arg;
    if (result->error)
        fprintf(stderr, "%u %s\n", result->error, result->text);
    finish(result->error ? STATUS_REFUSED : 0);
}

static void create_authority(void)
{
    Bulkhead__Internal__V1__PkiCreateAuthorityRequest message =
        BULKHEAD__INTERNAL__V1__PKI_CREATE_AUTHORITY_REQUEST__INIT;
    Bulkhead__V1__CreateAuthorityRequest request = BULKHEAD__V1__CREATE_AUTHORITY_REQUEST__INIT;
    Bulkhead__V1__CertificateTemplate template;
    Bulkhead__V1__Subject subject;

    fill(&template, &subject, client.authority);
    request.template_ = &template;
    message.request = &request;
    ipc_call(client.node, METHOD(PKI_CREATE_AUTHORITY), &message.base, DEADLINE_MS, on_authority, NULL);
}

static void go_on(void)
{
    if (client.number > client.count) {
        finish(0);
        return;
    }
    snprintf(client.name, sizeof(client.name), "%s-%ld", client.prefix, client.number);
    if (client.is_revoking)
        send_revoke();
    else
        send_issue();
}

// Once; a link that comes back is left to the call that waits.
static void on_peer(void *arg, enum role role, bool up)
{
    static bool started;

    (void)arg;
    if (role != ROLE_PKI || !up || started)
        return;
    started = true;
    if (client.prefix)
        go_on();
    else
        create_authority();
}

static int connect_as_api(const char *run_dir)
{
    static const struct ipc_handler none = {0};
    const struct role_edge edge = {.server = ROLE_PKI, .caller = ROLE_API};
    const struct ipc_node_config config = {.loop = &client.loop,
                                           .self = ROLE_API,
                                           .methods = ipc_methods,
                                           .uid_of_role = role_uid,
                                           .name_of_role = role_name,
                                           .handlers = &none,
                                           .on_peer = on_peer};
    char path[4096];

    if (roles_resolve(ROLE_UID_BASE_DEFAULT) < 0 || setgid(role_gid(ROLE_API)) < 0 || setuid(role_uid(ROLE_API)) < 0 ||
        role_socket_path(run_dir, &edge, path, sizeof(path)) < 0)
        return -1;
    client.node = ipc_node_new(&config);
    return client.node ? ipc_node_link(client.node, ROLE_PKI, path) : -1;
}

int main(int argc, char **argv)
{
    log_init("ca_client", LOG_LEVEL_ERROR, LOG_FORMAT_TEXT);
    if (argc < 4 || (strcmp(argv[2], "authority") != 0 && argc < 6) || uv_loop_init(&client.loop) < 0)
        return STATUS_MISTAKEN;
    client.authority = argv[3];
    client.prefix = argc > 5 ? argv[4] : NULL;
    client.count = argc > 5 ? strtol(argv[5], NULL, 10) : 0;
    client.number = 1;
    client.may_revoke = strcmp(argv[2], "work") == 0;
    uv_timer_init(&client.loop, &client.retry);
    if (connect_as_api(argv[1]) < 0)
        return STATUS_MISTAKEN;
    uv_run(&client.loop, UV_RUN_DEFAULT);
    return client.status;
}
