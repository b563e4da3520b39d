#include "pki-d/certificate_service.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bulkhead/internal/v1/api_pki.pb-c.h"
#include "lib/core/clock.h"
#include "lib/core/log.h"
#include "lib/ipc/allocator.h"
#include "lib/ipc/edge_message.h"
#include "lib/ipc/message_copy.h"
#include "pki-d/export.h"
#include "pki-d/import.h"
#include "pki-d/key.h"
#include "pki-d/pool.h"
#include "pki-d/renew.h"
#include "pki-d/revoke.h"
#include "pki-d/service.h"

#define PURPOSE(name) BULKHEAD__V1__CERTIFICATE_PURPOSE__CERTIFICATE_PURPOSE_##name

struct operation certificate_service_begin(struct daemon *daemon, const char *actor)
{
    struct service *service = daemon->self;

    return (struct operation){.store = service->store,
                              .bindings = service->bindings,
                              .now = (int64_t)clock_wall_s(&clock_system),
                              .actor = *actor ? actor : "api-d"};
}

void certificate_service_fail(const struct operation *op, int r, struct ipc_request *request)
{
    if (op->code) {
        ipc_request_fail(request, op->code, op->text);
        return;
    }
    log_error("operation_failed", LOG_STR("actor", op->actor), LOG_ERRNO(r));
    ipc_request_fail(request, r == -EBUSY ? REFUSED(RESOURCE_EXHAUSTED) : REFUSED(INTERNAL),
                     r == -EBUSY ? "too many keys are being made; try again in a moment"
                                 : "it failed in pki-d, and nothing was changed; its log says why");
}

// ---- what a key is made for

struct kind {
    const char *(*actor)(const ProtobufCMessage *message);
    // ret_type UNSPECIFIED: no key is needed
    int (*check)(struct operation *op, const ProtobufCMessage *message, Bulkhead__V1__KeyType *ret_type);
    int (*run)(struct operation *op, const ProtobufCMessage *message, EVP_PKEY *key, struct issue_result *ret_result);
    void (*reply)(struct ipc_request *request, const struct issue_result *result);
};

struct pending {
    const struct kind *kind;
    struct ipc_request *request;
    ProtobufCMessage *message; // a copy
    Bulkhead__V1__KeyType type;
    EVP_PKEY *key;
};

static void pending_free(struct pending *pending)
{
    EVP_PKEY_free(pending->key);
    message_copy_free(pending->message, &allocator_wiping);
    free(pending);
}

static void finish(struct daemon *daemon, struct pending *pending)
{
    struct operation op = certificate_service_begin(daemon, pending->kind->actor(pending->message));
    struct issue_result result;
    int r = pending->kind->run(&op, pending->message, pending->key, &result);

    if (r < 0) {
        certificate_service_fail(&op, r, pending->request);
        return;
    }
    log_notice("certificate_made", LOG_STR("name", result.certificate->info->name),
               LOG_STR("serial", result.certificate->info->serial), LOG_STR("actor", op.actor));
    pending->kind->reply(pending->request, &result);
    service_notify_changed(daemon, result.certificate->info->name);
    issue_result_done(&result);
}

static void on_key_run(void *task)
{
    struct pending *pending = task;

    pending->key = key_new(pending->type);
}

static void on_key_done(struct daemon *daemon, void *task, bool ran)
{
    struct pending *pending = task;

    if (ran && pending->key)
        finish(daemon, pending);
    else
        ipc_request_fail(pending->request, REFUSED(INTERNAL), "no key could be made");
    pending_free(pending);
}

static int submit(struct daemon *daemon, struct pending *pending)
{
    if (pending->type != BULKHEAD__V1__KEY_TYPE__KEY_TYPE_UNSPECIFIED)
        return pool_submit(daemon, on_key_run, on_key_done, pending);
    finish(daemon, pending);
    pending_free(pending);
    return 0;
}

static void handle(struct daemon *daemon, struct ipc_request *request, const ProtobufCMessage *message,
                   const struct kind *kind)
{
    struct operation op = certificate_service_begin(daemon, kind->actor(message));
    struct pending *pending = calloc(1, sizeof(*pending));
    int r = pending ? kind->check(&op, message, &pending->type) : -ENOMEM;

    if (r == 0) {
        pending->kind = kind;
        pending->request = request;
        pending->message = message_copy(message, &allocator_wiping);
        r = pending->message ? submit(daemon, pending) : -ENOMEM;
    }
    if (r < 0) {
        certificate_service_fail(&op, r, request);
        if (pending)
            pending_free(pending);
    }
}

// ---- authorities

typedef Bulkhead__Internal__V1__PkiCreateAuthorityRequest create_message;

static const char *create_actor(const ProtobufCMessage *message)
{
    return ((const create_message *)(const void *)message)->actor;
}

static int create_order(struct operation *op, const ProtobufCMessage *message, struct issue_order *ret_order)
{
    const Bulkhead__V1__CreateAuthorityRequest *request = ((const create_message *)(const void *)message)->request;

    if (!request)
        return operation_refuse(op, REFUSED(INVALID_ARGUMENT), "request: required");
    *ret_order = (struct issue_order){
        .template = request->template_, .purpose = PURPOSE(CA), .issuer = request->issuer, .authority = request};
    return 0;
}

static int create_check(struct operation *op, const ProtobufCMessage *message, Bulkhead__V1__KeyType *ret_type)
{
    struct issue_order order;
    int r = create_order(op, message, &order);

    return r < 0 ? r : issue_check(op, &order, ret_type);
}

static int create_run(struct operation *op, const ProtobufCMessage *message, EVP_PKEY *key,
                      struct issue_result *ret_result)
{
    struct issue_order order;
    int r = create_order(op, message, &order);

    return r < 0 ? r : issue_run(op, &order, key, ret_result);
}

static void create_reply(struct ipc_request *request, const struct issue_result *result)
{
    Bulkhead__Internal__V1__PkiCreateAuthorityResponse answer =
        BULKHEAD__INTERNAL__V1__PKI_CREATE_AUTHORITY_RESPONSE__INIT;
    Bulkhead__V1__CreateAuthorityResponse response = BULKHEAD__V1__CREATE_AUTHORITY_RESPONSE__INIT;

    response.certificate = result->certificate->info;
    response.findings = result->findings.findings;
    response.n_findings = result->findings.n;
    answer.response = &response;
    ipc_request_reply(request, &answer.base);
}

void certificate_service_create_authority(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    static const struct kind kind = {
        .actor = create_actor, .check = create_check, .run = create_run, .reply = create_reply};

    handle(arg, request, message, &kind);
}

// ---- certificates

typedef Bulkhead__Internal__V1__PkiIssueCertificateRequest issue_message;

static const char *issue_actor(const ProtobufCMessage *message)
{
    return ((const issue_message *)(const void *)message)->actor;
}

static int issue_order(struct operation *op, const ProtobufCMessage *message, struct issue_order *ret_order)
{
    const Bulkhead__V1__IssueCertificateRequest *request = ((const issue_message *)(const void *)message)->request;

    if (!request)
        return operation_refuse(op, REFUSED(INVALID_ARGUMENT), "request: required");
    *ret_order =
        (struct issue_order){.template = request->template_, .purpose = request->purpose, .issuer = request->issuer};
    return 0;
}

static int check_issue(struct operation *op, const ProtobufCMessage *message, Bulkhead__V1__KeyType *ret_type)
{
    struct issue_order order;
    int r = issue_order(op, message, &order);

    return r < 0 ? r : issue_check(op, &order, ret_type);
}

static int run_issue(struct operation *op, const ProtobufCMessage *message, EVP_PKEY *key,
                     struct issue_result *ret_result)
{
    struct issue_order order;
    int r = issue_order(op, message, &order);

    return r < 0 ? r : issue_run(op, &order, key, ret_result);
}

static void issue_reply(struct ipc_request *request, const struct issue_result *result)
{
    Bulkhead__Internal__V1__PkiIssueCertificateResponse answer =
        BULKHEAD__INTERNAL__V1__PKI_ISSUE_CERTIFICATE_RESPONSE__INIT;
    Bulkhead__V1__IssueCertificateResponse response = BULKHEAD__V1__ISSUE_CERTIFICATE_RESPONSE__INIT;

    response.certificate = result->certificate->info;
    response.findings = result->findings.findings;
    response.n_findings = result->findings.n;
    answer.response = &response;
    ipc_request_reply(request, &answer.base);
}

void certificate_service_issue(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    static const struct kind kind = {
        .actor = issue_actor, .check = check_issue, .run = run_issue, .reply = issue_reply};

    handle(arg, request, message, &kind);
}

// ---- renewal

typedef Bulkhead__Internal__V1__PkiRenewCertificateRequest renew_message;

static const char *renew_actor(const ProtobufCMessage *message)
{
    return ((const renew_message *)(const void *)message)->actor;
}

static int check_renew(struct operation *op, const ProtobufCMessage *message, Bulkhead__V1__KeyType *ret_type)
{
    const renew_message *renew = (const void *)message;

    return renew->request ? renew_check(op, renew->request, ret_type)
                          : operation_refuse(op, REFUSED(INVALID_ARGUMENT), "request: required");
}

static int run_renew(struct operation *op, const ProtobufCMessage *message, EVP_PKEY *key,
                     struct issue_result *ret_result)
{
    return renew_run(op, ((const renew_message *)(const void *)message)->request, key, ret_result);
}

static void renew_reply(struct ipc_request *request, const struct issue_result *result)
{
    Bulkhead__Internal__V1__PkiRenewCertificateResponse answer =
        BULKHEAD__INTERNAL__V1__PKI_RENEW_CERTIFICATE_RESPONSE__INIT;
    Bulkhead__V1__RenewCertificateResponse response = BULKHEAD__V1__RENEW_CERTIFICATE_RESPONSE__INIT;

    response.certificate = result->certificate->info;
    response.findings = result->findings.findings;
    response.n_findings = result->findings.n;
    answer.response = &response;
    ipc_request_reply(request, &answer.base);
}

void certificate_service_renew(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    static const struct kind kind = {
        .actor = renew_actor, .check = check_renew, .run = run_renew, .reply = renew_reply};

    handle(arg, request, message, &kind);
}
