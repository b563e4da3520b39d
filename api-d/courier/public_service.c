#include "api-d/courier/public_service.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "api-d/courier/courier_limits.h"
#include "api-d/courier/public_route.h"
#include "bulkhead/internal/v1/ipc.pb-c.h"
#include "lib/core/log.h"

#define METHOD(name) BULKHEAD__INTERNAL__V1__METHOD__METHOD_##name
#define ERROR(name)  BULKHEAD__INTERNAL__V1__ERROR_CODE__ERROR_CODE_##name

enum {
    STATUS_OK = 200,
    STATUS_NOT_FOUND = 404,
    STATUS_TOO_MANY_REQUESTS = 429,
    STATUS_UNAVAILABLE = 503,
};

struct waiter {
    struct waiter *next;
    struct public_connection *connection;
};

// One that the verifier was asked.
struct question {
    struct public_service *service;
    struct question *next;
    uint8_t key[DIGEST_BYTES];
    struct waiter *waiters;
    uint64_t call;
    char authority[COURIER_AUTHORITY_MAX_BYTES + 1]; // of a CRL; empty: OCSP
    // The CRL as far as it is here.
    uint8_t *data;
    size_t n, total;
    uint64_t number;
};

static const char *type_of(const struct question *question)
{
    return question->authority[0] ? "application/pkix-crl" : "application/ocsp-response";
}

static void send_error(struct public_connection *connection, unsigned status, const char *allow)
{
    const struct public_answer answer = {.status = status, .allow = allow};

    public_connection_answer(connection, &answer);
}

static void send_document(struct public_connection *connection, struct document *document, const char *type)
{
    const struct public_answer answer = {
        .status = STATUS_OK, .content_type = type, .document = document, .max_age_s = COURIER_ANSWER_MAX_AGE_S};

    public_connection_answer(connection, &answer);
}

static void unlink_question(struct question *question)
{
    struct question **at = &question->service->first;

    while (*at != question)
        at = &(*at)->next;
    *at = question->next;
}

// Everybody who waits gets the document, or the error.
static void end(struct question *question, struct document *document, unsigned status)
{
    struct waiter *waiter;

    unlink_question(question);
    while ((waiter = question->waiters)) {
        question->waiters = waiter->next;
        if (document)
            send_document(waiter->connection, document, type_of(question));
        else
            send_error(waiter->connection, status, NULL);
        free(waiter);
    }
    free(question->data);
    free(question);
}

static void fail(struct question *question, uint32_t error, const char *text)
{
    if (error == ERROR(NOT_FOUND)) {
        end(question, NULL, STATUS_NOT_FOUND);
        return;
    }
    if (ratelimit_take(&question->service->failures, uv_now(question->service->loop)))
        log_info("public_question_failed", LOG_STR("kind", question->authority[0] ? "crl" : "ocsp"),
                 LOG_STR("reason", text));
    end(question, NULL, STATUS_UNAVAILABLE);
}

// The same content as before stays the document that it was: it was last modified when it first came, and slow clients
// do not each hold one of their own.
static struct document *make_document(struct public_service *service, const uint8_t key[DIGEST_BYTES],
                                      struct bytes data)
{
    struct document *before = document_cache_find(service->cache, key, uv_now(service->loop), UINT64_MAX);

    if (!before || !bytes_equal(bytes_of(before->b, before->n), data))
        return document_new(data, uv_now(service->loop));
    before->made_ms = uv_now(service->loop);
    return document_ref(before);
}

static void succeed(struct question *question, struct bytes data, bool is_kept)
{
    struct public_service *service = question->service;
    struct document *document = make_document(service, question->key, data);

    if (!document) {
        end(question, NULL, STATUS_UNAVAILABLE);
        return;
    }
    if (is_kept)
        document_cache_put(service->cache, question->key, document);
    end(question, document, STATUS_OK);
    document_unref(document);
}

static void on_ocsp(void *arg, const struct ipc_result *result)
{
    const Bulkhead__Internal__V1__VerifierAnswerOcspResponse *answer = (const void *)result->message;
    struct question *question = arg;

    if (result->error)
        fail(question, result->error, result->text);
    else
        succeed(question, bytes_of(answer->response.data, answer->response.len), answer->max_age_s > 0);
}

static void ask_ocsp(struct question *question, struct bytes request)
{
    Bulkhead__Internal__V1__VerifierAnswerOcspRequest message =
        BULKHEAD__INTERNAL__V1__VERIFIER_ANSWER_OCSP_REQUEST__INIT;

    message.request.data = (uint8_t *)(uintptr_t)request.p; // protobuf-c knows no const
    message.request.len = request.n;
    question->call =
        ipc_call(question->service->node, METHOD(VERIFIER_ANSWER_OCSP), &message.base, 0, on_ocsp, question);
}

static void ask_page(struct question *question);

// NULL, or what is wrong with the page.
static const char *add_page(struct question *question, const Bulkhead__Internal__V1__PkiGetCrlResponse *page)
{
    uint8_t *grown;

    if (!page || page->data.len == 0)
        return "an empty page";
    if (question->n == 0) {
        question->total = page->total_bytes;
        question->number = page->number;
    }
    if (question->total > COURIER_CRL_MAX_BYTES || page->data.len > question->total - question->n ||
        page->number != question->number || page->total_bytes != question->total)
        return "pages that do not fit together";
    grown = realloc(question->data, question->n + page->data.len);
    if (!grown)
        return "out of memory";
    memcpy(grown + question->n, page->data.data, page->data.len);
    question->data = grown;
    question->n += page->data.len;
    return NULL;
}

static void on_page(void *arg, const struct ipc_result *result)
{
    const Bulkhead__Internal__V1__VerifierGetCrlResponse *answer = (const void *)result->message;
    struct question *question = arg;
    const char *wrong;

    if (result->error) {
        fail(question, result->error, result->text);
        return;
    }
    wrong = add_page(question, answer->response);
    if (wrong)
        fail(question, ERROR(INTERNAL), wrong);
    else if (question->n < question->total)
        ask_page(question);
    else
        succeed(question, bytes_of(question->data, question->n), true);
}

static void ask_page(struct question *question)
{
    Bulkhead__Internal__V1__VerifierGetCrlRequest message = BULKHEAD__INTERNAL__V1__VERIFIER_GET_CRL_REQUEST__INIT;
    Bulkhead__Internal__V1__PkiGetCrlRequest page = BULKHEAD__INTERNAL__V1__PKI_GET_CRL_REQUEST__INIT;

    page.authority = question->authority;
    page.offset = (uint32_t)question->n;
    page.number = question->number;
    message.request = &page;
    question->call = ipc_call(question->service->node, METHOD(VERIFIER_GET_CRL), &message.base, 0, on_page, question);
}

static struct question *find(const struct public_service *service, const uint8_t key[DIGEST_BYTES])
{
    for (struct question *question = service->first; question; question = question->next)
        if (memcmp(question->key, key, DIGEST_BYTES) == 0)
            return question;
    return NULL;
}

static int wait_for(struct question *question, struct public_connection *connection)
{
    struct waiter *waiter = malloc(sizeof(*waiter));

    if (!waiter)
        return -ENOMEM;
    *waiter = (struct waiter){.next = question->waiters, .connection = connection};
    question->waiters = waiter;
    return 0;
}

static struct question *begin(struct public_service *service, const uint8_t key[DIGEST_BYTES],
                              const struct public_route *route)
{
    struct question *question = calloc(1, sizeof(*question));

    if (!question)
        return NULL;
    question->service = service;
    memcpy(question->key, key, DIGEST_BYTES);
    if (route->kind == PUBLIC_ROUTE_CRL)
        memcpy(question->authority, route->authority, sizeof(question->authority));
    question->next = service->first;
    service->first = question;
    return question;
}

static void ask(struct public_service *service, struct public_connection *connection, const uint8_t key[DIGEST_BYTES],
                const struct public_route *route)
{
    struct question *question;

    if (!public_connection_may_ask(connection)) {
        send_error(connection, STATUS_TOO_MANY_REQUESTS, NULL);
        return;
    }
    question = begin(service, key, route);
    if (!question) {
        send_error(connection, STATUS_UNAVAILABLE, NULL);
        return;
    }
    if (wait_for(question, connection) < 0) {
        send_error(connection, STATUS_UNAVAILABLE, NULL);
        end(question, NULL, STATUS_UNAVAILABLE);
    } else if (route->kind == PUBLIC_ROUTE_CRL) {
        ask_page(question);
    } else {
        ask_ocsp(question, route->question);
    }
}

static void answer_route(struct public_service *service, struct public_connection *connection,
                         const struct public_route *route)
{
    const char *kind = route->kind == PUBLIC_ROUTE_CRL ? "crl" : "ocsp";
    struct bytes parts[] = {bytes_of(kind, 1),
                            route->kind == PUBLIC_ROUTE_CRL ? bytes_of_str(route->authority) : route->question};
    uint8_t key[DIGEST_BYTES];
    struct document *document;
    struct question *question;

    if (digest_of(parts, 2, key) < 0) {
        send_error(connection, STATUS_UNAVAILABLE, NULL);
        return;
    }
    document = document_cache_find(service->cache, key, uv_now(service->loop), COURIER_ANSWER_MAX_AGE_S * 1000u);
    question = find(service, key);
    if (document)
        send_document(connection, document,
                      route->kind == PUBLIC_ROUTE_CRL ? "application/pkix-crl" : "application/ocsp-response");
    else if (!question)
        ask(service, connection, key, route);
    else if (wait_for(question, connection) < 0)
        send_error(connection, STATUS_UNAVAILABLE, NULL);
}

void public_service_answer(void *arg, struct public_connection *connection, const struct public_request *request)
{
    struct public_service *service = arg;
    struct public_route route;

    public_route_find(request, &route);
    if (route.kind == PUBLIC_ROUTE_REFUSED)
        send_error(connection, route.status, route.allow);
    else if (!service->configured->is_known)
        send_error(connection, STATUS_UNAVAILABLE, NULL);
    else if (route.kind == PUBLIC_ROUTE_CRL && !configured_has(&service->configured->now.authorities, route.authority))
        send_error(connection, STATUS_NOT_FOUND, NULL);
    else
        answer_route(service, connection, &route);
}

int public_service_init(struct public_service *service, struct ipc_node *node, uv_loop_t *loop,
                        const struct configured *configured)
{
    *service = (struct public_service){.node = node, .loop = loop, .configured = configured};
    ratelimit_init(&service->failures, COURIER_FAILURES_LOGGED_PER_S, COURIER_FAILURES_LOGGED_BURST, uv_now(loop));
    service->cache = document_cache_new(COURIER_CACHE_BYTES);
    return service->cache ? 0 : -ENOMEM;
}

void public_service_stop(struct public_service *service)
{
    while (service->first) {
        ipc_call_cancel(service->node, service->first->call);
        end(service->first, NULL, STATUS_UNAVAILABLE);
    }
    document_cache_free(service->cache);
    service->cache = NULL;
}
