#include "api-d/secret_list.h"

#include <stdlib.h>
#include <string.h>

#include "bulkhead/internal/v1/api_pki.pb-c.h"
#include "bulkhead/internal/v1/ipc.pb-c.h"

// More than anybody has.
#define LIST_MAX 100000u

struct collection {
    struct ipc_node *node;
    uint32_t deadline_ms;
    secret_list_fn *on_done;
    void *arg;
    struct secret_list list;
};

static void finish(struct collection *c, enum connect_code code, const char *text)
{
    c->list.code = code;
    c->list.text = text;
    c->on_done(c->arg, &c->list);
    for (size_t i = 0; i < c->list.n; i++)
        free(c->list.names[i]);
    free(c->list.names);
    free(c);
}

static bool add_page(struct collection *c, const Bulkhead__Internal__V1__PkiListSecretsResponse *page)
{
    char **longer = reallocarray(c->list.names, c->list.n + page->n_names + 1, sizeof(*longer));

    if (!longer)
        return false;
    c->list.names = longer;
    for (size_t i = 0; i < page->n_names; i++) {
        longer[c->list.n] = strdup(page->names[i]);
        if (!longer[c->list.n])
            return false;
        c->list.n++;
    }
    return true;
}

// Names come in order: pki-d must not keep us asking, and collecting, for ever.
static bool goes_on(const struct collection *c, const Bulkhead__Internal__V1__PkiListSecretsResponse *page)
{
    size_t before = c->list.n - page->n_names;

    if (!page->n_names || c->list.n > LIST_MAX)
        return false;
    for (size_t i = before ? before : 1; i < c->list.n; i++)
        if (strcmp(c->list.names[i], c->list.names[i - 1]) <= 0)
            return false;
    return true;
}

static void ask(struct collection *c);

static void on_page(void *arg, const struct ipc_result *result)
{
    const Bulkhead__Internal__V1__PkiListSecretsResponse *page = (const void *)result->message;
    struct collection *c = arg;

    if (result->error)
        finish(c, connect_code_from_ipc(result->error), result->text);
    else if (!add_page(c, page))
        finish(c, CONNECT_RESOURCE_EXHAUSTED, "out of memory");
    else if (page->more && !goes_on(c, page))
        finish(c, CONNECT_INTERNAL, "its list of secrets does not end");
    else if (page->more)
        ask(c);
    else
        finish(c, CONNECT_OK, "");
}

static void ask(struct collection *c)
{
    Bulkhead__Internal__V1__PkiListSecretsRequest request = BULKHEAD__INTERNAL__V1__PKI_LIST_SECRETS_REQUEST__INIT;

    if (c->list.n)
        request.after = c->list.names[c->list.n - 1];
    ipc_call(c->node, BULKHEAD__INTERNAL__V1__METHOD__METHOD_PKI_LIST_SECRETS, &request.base, c->deadline_ms, on_page,
             c);
}

void secret_list_start(struct ipc_node *node, uint32_t deadline_ms, secret_list_fn *on_done, void *arg)
{
    struct collection *c = calloc(1, sizeof(*c));
    const struct secret_list none = {.code = CONNECT_RESOURCE_EXHAUSTED, .text = "out of memory"};

    if (!c) {
        on_done(arg, &none);
        return;
    }
    c->node = node;
    c->deadline_ms = deadline_ms;
    c->on_done = on_done;
    c->arg = arg;
    ask(c);
}
