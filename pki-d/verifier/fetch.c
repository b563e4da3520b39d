#include "pki-d/verifier/fetch.h"

#include <stdlib.h>
#include <string.h>

#include "bulkhead/internal/v1/courier.pb-c.h"
#include "bulkhead/internal/v1/ipc.pb-c.h"
#include "lib/core/clock.h"
#include "pki-d/verifier/verifier_limits.h"

struct fetch {
    struct ipc_node *node;
    char *url;
    uint8_t *body;
    size_t body_n;
    uint32_t max_age_s;
    uint64_t due_ms;
    uint8_t *document;
    size_t n, total;  // bytes that are here, and that there will be; 0: not known yet
    uint64_t version; // of the first page: all are of one copy
    uint64_t call;
    fetch_result_fn *on_result;
    void *arg;
};

static void fetch_free(struct fetch *fetch)
{
    free(fetch->url);
    free(fetch->body);
    free(fetch->document);
    free(fetch);
}

static void finish(struct fetch *fetch, const char *error)
{
    fetch->on_result(fetch->arg, error, error ? bytes_of(NULL, 0) : bytes_of(fetch->document, fetch->n));
    fetch_free(fetch);
}

static void on_page(void *arg, const struct ipc_result *result);

static void ask(struct fetch *fetch)
{
    Bulkhead__Internal__V1__CourierFetchRequest request = BULKHEAD__INTERNAL__V1__COURIER_FETCH_REQUEST__INIT;
    uint64_t now_ms = clock_monotonic_ms(&clock_system);

    request.url = fetch->url;
    request.body = (ProtobufCBinaryData){.data = fetch->body, .len = fetch->body_n};
    request.max_age_s = fetch->max_age_s;
    request.offset = (uint32_t)fetch->n;
    request.version = fetch->version;
    fetch->call = ipc_call(fetch->node, BULKHEAD__INTERNAL__V1__METHOD__METHOD_COURIER_FETCH, &request.base,
                           now_ms < fetch->due_ms ? (uint32_t)(fetch->due_ms - now_ms) : 1, on_page, fetch);
}

// NULL, or what is wrong with the page.
static const char *take(struct fetch *fetch, const Bulkhead__Internal__V1__CourierFetchResponse *page)
{
    if (fetch->total == 0) {
        if (page->total_bytes == 0 || page->total_bytes > VERIFIER_DOCUMENT_MAX_BYTES)
            return "the document is empty, or larger than 4 MiB";
        fetch->document = malloc(page->total_bytes);
        if (!fetch->document)
            return "no memory for the document";
        fetch->total = page->total_bytes;
        fetch->version = page->version;
    }
    if (page->total_bytes != fetch->total || page->version != fetch->version)
        return "the document changed while it was fetched";
    if (page->data.len == 0 || page->data.len > fetch->total - fetch->n)
        return "the courier sent a page that does not fit";
    memcpy(fetch->document + fetch->n, page->data.data, page->data.len);
    fetch->n += page->data.len;
    return NULL;
}

static void on_page(void *arg, const struct ipc_result *result)
{
    struct fetch *fetch = arg;
    const char *error = result->error ? result->text : take(fetch, (const void *)result->message);

    fetch->call = 0;
    if (error || fetch->n == fetch->total) {
        finish(fetch, error);
        return;
    }
    ask(fetch);
}

struct fetch *fetch_start(struct ipc_node *node, const struct fetch_order *order, fetch_result_fn *on_result, void *arg)
{
    struct fetch *fetch = calloc(1, sizeof(*fetch));

    if (!fetch)
        return NULL;
    fetch->node = node;
    fetch->url = strdup(order->url);
    fetch->body = malloc(order->body.n + 1);
    if (!fetch->url || !fetch->body) {
        fetch_free(fetch);
        return NULL;
    }
    if (order->body.n > 0)
        memcpy(fetch->body, order->body.p, order->body.n);
    fetch->body_n = order->body.n;
    fetch->max_age_s = order->max_age_s;
    fetch->due_ms = clock_monotonic_ms(&clock_system) + order->deadline_ms;
    fetch->on_result = on_result;
    fetch->arg = arg;
    ask(fetch);
    return fetch;
}

void fetch_cancel(struct fetch *fetch)
{
    ipc_call_cancel(fetch->node, fetch->call);
    fetch_free(fetch);
}
