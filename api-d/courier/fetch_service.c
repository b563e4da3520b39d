#include "api-d/courier/fetch_service.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bulkhead/internal/v1/ipc.pb-c.h"
#include "lib/core/hmap.h"
#include "lib/core/log.h"

#define ERROR(name) BULKHEAD__INTERNAL__V1__ERROR_CODE__ERROR_CODE_##name
#define TEXT_MAX    256u

typedef Bulkhead__Internal__V1__CourierFetchRequest fetch_message;

struct waiter {
    struct waiter *next;
    struct ipc_request *request;
};

// A document that is being fetched, or waits until fewer are.
struct fetch_job {
    struct fetch_service *service;
    struct fetch_job *next;
    uint8_t key[DIGEST_BYTES];
    char *url;
    struct bytes body;
    struct waiter *waiters;
    struct download *download; // NULL: waits
};

// What could not be had.
struct failure {
    uint8_t key[DIGEST_BYTES];
    unsigned times;
    uint64_t until_ms;
    char text[TEXT_MAX];
};

static uint64_t now_ms(const struct fetch_service *service)
{
    return uv_now(service->download.loop);
}

int fetch_service_init(struct fetch_service *service, const struct download_config *download,
                       const struct configured *configured)
{
    *service = (struct fetch_service){.download = *download, .configured = configured};
    service->cache = document_cache_new(COURIER_FETCH_CACHE_BYTES);
    service->failures = hmap_new();
    return service->cache && service->failures ? 0 : -ENOMEM;
}

static void reply(const struct fetch_service *service, struct ipc_request *request, const struct document *document,
                  size_t offset)
{
    Bulkhead__Internal__V1__CourierFetchResponse response = BULKHEAD__INTERNAL__V1__COURIER_FETCH_RESPONSE__INIT;
    size_t left = document->n - offset;

    response.data.data = (uint8_t *)(uintptr_t)document->b + offset; // protobuf-c knows no const
    response.data.len = left < COURIER_PAGE_BYTES ? left : COURIER_PAGE_BYTES;
    response.total_bytes = (uint32_t)document->n;
    response.age_s = (uint32_t)((now_ms(service) - document->made_ms) / 1000);
    response.version = document->version;
    ipc_request_reply(request, &response.base);
}

// ---- failures

static void forget_failure(struct fetch_service *service, const uint8_t key[DIGEST_BYTES])
{
    free(hmap_remove(service->failures, bytes_of(key, DIGEST_BYTES)));
}

static void forget_old_failures(struct fetch_service *service)
{
    struct failure *failure;
    size_t cursor = 0;

    while ((failure = hmap_next(service->failures, &cursor)))
        if (now_ms(service) > failure->until_ms)
            forget_failure(service, failure->key);
}

static void note_failure(struct fetch_service *service, const uint8_t key[DIGEST_BYTES], const char *text)
{
    struct failure *failure = hmap_find(service->failures, bytes_of(key, DIGEST_BYTES));
    unsigned pause_s = COURIER_FETCH_PAUSE_S;

    if (!failure) {
        if (hmap_count(service->failures) >= COURIER_FETCH_FAILURES_MAX)
            forget_old_failures(service);
        failure = hmap_count(service->failures) < COURIER_FETCH_FAILURES_MAX ? calloc(1, sizeof(*failure)) : NULL;
        if (!failure)
            return;
        memcpy(failure->key, key, DIGEST_BYTES);
        if (hmap_put(service->failures, bytes_of(key, DIGEST_BYTES), failure) < 0) {
            free(failure);
            return;
        }
    }
    for (unsigned i = 0; i < failure->times && pause_s < COURIER_FETCH_PAUSE_MAX_S; i++)
        pause_s *= 2;
    failure->times++;
    failure->until_ms =
        now_ms(service) + 1000u * (pause_s < COURIER_FETCH_PAUSE_MAX_S ? pause_s : COURIER_FETCH_PAUSE_MAX_S);
    snprintf(failure->text, sizeof(failure->text), "%s", text);
}

// ---- jobs

static void unlink_job(struct fetch_job *job)
{
    struct fetch_job **at = &job->service->first;

    while (*at != job)
        at = &(*at)->next;
    *at = job->next;
}

// Everybody who waits gets the document, or the error.
static void end(struct fetch_job *job, const struct document *document, const char *error)
{
    struct waiter *waiter;

    unlink_job(job);
    while ((waiter = job->waiters)) {
        job->waiters = waiter->next;
        if (document)
            reply(job->service, waiter->request, document, 0);
        else
            ipc_request_fail(waiter->request, ERROR(UNAVAILABLE), error);
        free(waiter);
    }
    free((void *)(uintptr_t)job->body.p);
    free(job->url);
    free(job);
}

static void begin_more(struct fetch_service *service);

static void on_ended(void *arg, const struct download_result *result)
{
    struct fetch_job *job = arg;
    struct fetch_service *service = job->service;
    struct document *document = result->error ? NULL : document_new(result->data, now_ms(service));
    const char *error = result->error ? result->error : "out of memory";

    service->running--;
    if (document && document->n == 0) {
        document_unref(document);
        document = NULL;
        error = "the document is empty";
    }
    if (document) {
        document_cache_put(service->cache, job->key, document);
        forget_failure(service, job->key);
        log_info("fetched", LOG_STR("url", job->url), LOG_UINT("bytes", document->n));
    } else {
        note_failure(service, job->key, error);
        log_notice("fetch_failed", LOG_STR("url", job->url), LOG_STR("reason", error));
    }
    end(job, document, error);
    document_unref(document);
    begin_more(service);
}

static void begin(struct fetch_job *job)
{
    struct fetch_service *service = job->service;
    const struct download_order order = {.url = job->url,
                                         .body = job->body,
                                         .allows_own_networks =
                                             configured_has(&service->configured->now.own_network_urls, job->url),
                                         .on_ended = on_ended,
                                         .arg = job};

    job->download = download_start(&service->download, &order);
    if (job->download)
        service->running++;
    else
        end(job, NULL, "out of memory");
}

static void begin_more(struct fetch_service *service)
{
    struct fetch_job *job = service->first;

    while (job && service->running < COURIER_DOWNLOADS_MAX) {
        struct fetch_job *next = job->next;

        if (!job->download) {
            service->waiting--;
            begin(job);
        }
        job = next;
    }
}

static struct fetch_job *add_job(struct fetch_service *service, const uint8_t key[DIGEST_BYTES],
                                 const fetch_message *message)
{
    struct fetch_job *job = calloc(1, sizeof(*job)), **at = &service->first;
    uint8_t *body = malloc(message->body.len + 1);
    char *url = strdup(message->url);

    if (!job || !body || !url) {
        free(job);
        free(body);
        free(url);
        return NULL;
    }
    if (message->body.len)
        memcpy(body, message->body.data, message->body.len);
    *job = (struct fetch_job){.service = service, .url = url, .body = bytes_of(body, message->body.len)};
    memcpy(job->key, key, DIGEST_BYTES);
    while (*at)
        at = &(*at)->next;
    *at = job;
    service->waiting++;
    return job;
}

static struct fetch_job *find_job(const struct fetch_service *service, const uint8_t key[DIGEST_BYTES])
{
    struct fetch_job *job = service->first;

    while (job && memcmp(job->key, key, DIGEST_BYTES) != 0)
        job = job->next;
    return job;
}

static void wait_for(struct fetch_service *service, struct ipc_request *request, const uint8_t key[DIGEST_BYTES],
                     const fetch_message *message)
{
    struct fetch_job *job = find_job(service, key);
    struct waiter *waiter;

    if (!job && service->waiting >= COURIER_DOWNLOADS_WAITING) {
        ipc_request_fail(request, ERROR(RESOURCE_EXHAUSTED), "too many documents are being fetched");
        return;
    }
    waiter = malloc(sizeof(*waiter));
    if (waiter && !job)
        job = add_job(service, key, message);
    if (!waiter || !job) {
        free(waiter);
        ipc_request_fail(request, ERROR(RESOURCE_EXHAUSTED), "out of memory");
        return;
    }
    *waiter = (struct waiter){.next = job->waiters, .request = request};
    job->waiters = waiter;
    begin_more(service);
}

// ---- requests

// A further page is of the document that the first one was of, however old it has become.
static void take_further(struct fetch_service *service, struct ipc_request *request, const uint8_t key[DIGEST_BYTES],
                         const fetch_message *message)
{
    const struct document *document = document_cache_find(service->cache, key, now_ms(service), UINT64_MAX);

    if (!document || (message->version && message->version != document->version))
        ipc_request_fail(request, ERROR(FAILED_PRECONDITION), "the document has changed; begin again");
    else if (message->offset >= document->n)
        ipc_request_fail(request, ERROR(INVALID_ARGUMENT), "offset: beyond the document's end");
    else
        reply(service, request, document, message->offset);
}

static void take_first(struct fetch_service *service, struct ipc_request *request, const uint8_t key[DIGEST_BYTES],
                       const fetch_message *message)
{
    uint32_t max_age_s = message->max_age_s > COURIER_FETCH_PAUSE_S ? message->max_age_s : COURIER_FETCH_PAUSE_S;
    const struct document *document = document_cache_find(service->cache, key, now_ms(service), max_age_s * 1000ull);
    const struct failure *failure = hmap_find(service->failures, bytes_of(key, DIGEST_BYTES));

    if (document)
        reply(service, request, document, 0);
    else if (failure && now_ms(service) < failure->until_ms)
        ipc_request_fail(request, ERROR(UNAVAILABLE), failure->text);
    else
        wait_for(service, request, key, message);
}

void fetch_service_take(struct fetch_service *service, struct ipc_request *request, const fetch_message *message)
{
    struct bytes parts[] = {bytes_of(message->url, strlen(message->url) + 1),
                            bytes_of(message->body.data, message->body.len)};
    uint8_t key[DIGEST_BYTES];

    if (!configured_has(&service->configured->now.urls, message->url))
        ipc_request_fail(request, ERROR(NOT_FOUND), "not a URL of a configured authority");
    else if (message->body.len > COURIER_BODY_MAX_BYTES)
        ipc_request_fail(request, ERROR(INVALID_ARGUMENT), "body: over 16384 bytes");
    else if (digest_of(parts, 2, key) < 0)
        ipc_request_fail(request, ERROR(INTERNAL), "no digest could be made");
    else if (message->offset)
        take_further(service, request, key, message);
    else
        take_first(service, request, key, message);
}

void fetch_service_stop(struct fetch_service *service)
{
    struct failure *failure;
    size_t cursor = 0;

    while (service->first) {
        if (service->first->download)
            download_cancel(service->first->download);
        end(service->first, NULL, "the courier ends");
    }
    while (service->failures && (failure = hmap_next(service->failures, &cursor)))
        forget_failure(service, failure->key);
    hmap_free(service->failures);
    document_cache_free(service->cache);
}
