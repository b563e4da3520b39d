#include "pki-d/importer/importer_service.h"

#include <errno.h>

#include "bulkhead/internal/v1/api_verifier.pb-c.h"
#include "bulkhead/internal/v1/ipc.pb-c.h"
#include "lib/core/clock.h"
#include "lib/ipc/allocator.h"
#include "lib/ipc/edge_message.h"
#include "lib/ipc/message_copy.h"
#include "pki-d/importer/import.h"
#include "pki-d/importer/import_crl.h"
#include "pki-d/verifier/verifier_limits.h"

#define ERROR(code)  BULKHEAD__INTERNAL__V1__ERROR_CODE__ERROR_CODE_##code
#define METHOD(name) BULKHEAD__INTERNAL__V1__METHOD__METHOD_##name

typedef Bulkhead__Internal__V1__ImporterImportRequest import_question;
typedef Bulkhead__Internal__V1__ImporterImportCrlRequest crl_question;

static struct importer_service *service_of(struct daemon *daemon)
{
    return daemon->self;
}

// False: this process has had its one request, and this one is the successor's.
static bool take(struct daemon *daemon, struct ipc_request *request)
{
    struct importer_service *service = service_of(daemon);

    if (!service->is_used) {
        service->is_used = true;
        service->request = request;
        return true;
    }
    if (service->waiting_n < IMPORTER_WAITING_MAX)
        service->waiting[service->waiting_n++] = request;
    else
        ipc_request_fail(request, ERROR(RESOURCE_EXHAUSTED), "too many imports at once");
    return false;
}

// The request was answered.
static void end(struct daemon *daemon)
{
    struct importer_service *service = service_of(daemon);

    message_copy_free(service->crl_question, &allocator_wiping);
    service->crl_question = NULL;
    for (size_t i = 0; i < service->waiting_n; i++)
        ipc_request_drop(service->waiting[i]);
    service->waiting_n = 0;
    daemon_recycle(daemon);
}

static void fail(struct daemon *daemon, uint32_t error, const char *text)
{
    ipc_request_fail(service_of(daemon)->request, error, text);
    end(daemon);
}

static void fail_reading(struct daemon *daemon, int r, const char *reason)
{
    fail(daemon, r == -ENOMEM ? ERROR(RESOURCE_EXHAUSTED) : ERROR(INVALID_ARGUMENT), reason);
}

// ---- certificates and keys

static void on_stored(void *arg, const struct ipc_result *result)
{
    const Bulkhead__Internal__V1__PkiStoreImportResponse *stored = (const void *)result->message;
    Bulkhead__Internal__V1__ImporterImportResponse response = BULKHEAD__INTERNAL__V1__IMPORTER_IMPORT_RESPONSE__INIT;
    struct daemon *daemon = arg;

    if (result->error) {
        fail(daemon, result->error, result->text);
        return;
    }
    response.response = stored->response;
    ipc_request_reply(service_of(daemon)->request, &response.base);
    end(daemon);
}

static void on_import(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    const import_question *question = (const void *)message;
    struct daemon *daemon = arg;
    char reason[VERIFIER_REASON_MAX] = "request: missing";
    store_import_message store;
    int r;

    if (!take(daemon, request))
        return;
    r = question->request ? import_read(question->request, &store, reason) : -EBADMSG;
    if (r < 0) {
        fail_reading(daemon, r, reason);
        return;
    }
    store.actor = question->actor;
    ipc_call(daemon->node, METHOD(PKI_STORE_IMPORT), &store.base, 0, on_stored, daemon);
    import_done(&store);
}

// ---- CRLs

static void on_crl_stored(void *arg, const struct ipc_result *result)
{
    Bulkhead__Internal__V1__ImporterImportCrlResponse response =
        BULKHEAD__INTERNAL__V1__IMPORTER_IMPORT_CRL_RESPONSE__INIT;
    Bulkhead__V1__ImportCrlResponse inner = BULKHEAD__V1__IMPORT_CRL_RESPONSE__INIT;
    struct daemon *daemon = arg;

    if (result->error) {
        fail(daemon, result->error, result->text);
        return;
    }
    inner.revoked = service_of(daemon)->revoked;
    response.response = &inner;
    ipc_request_reply(service_of(daemon)->request, &response.base);
    end(daemon);
}

static void on_authority(void *arg, const struct ipc_result *result)
{
    const Bulkhead__Internal__V1__PkiGetAuthorityResponse *authority = (const void *)result->message;
    struct daemon *daemon = arg;
    const crl_question *question = (const void *)service_of(daemon)->crl_question;
    char reason[VERIFIER_REASON_MAX];
    store_crl_message store;
    int r;

    if (result->error) {
        fail(daemon, result->error, result->text);
        return;
    }
    r = import_crl_read(edge_message_bytes(&question->request->data), edge_message_bytes(&authority->der),
                        (int64_t)clock_wall_s(&clock_system), &store, reason);
    if (r < 0) {
        fail_reading(daemon, r, reason);
        return;
    }
    store.actor = question->actor;
    store.authority = question->request->authority;
    service_of(daemon)->revoked = (uint32_t)store.n_entries;
    ipc_call(daemon->node, METHOD(PKI_STORE_CRL), &store.base, 0, on_crl_stored, daemon);
    import_crl_done(&store);
}

static void on_import_crl(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    const crl_question *question = (const void *)message;
    Bulkhead__Internal__V1__PkiGetAuthorityRequest ask = BULKHEAD__INTERNAL__V1__PKI_GET_AUTHORITY_REQUEST__INIT;
    struct daemon *daemon = arg;

    if (!take(daemon, request))
        return;
    if (!question->request) {
        fail(daemon, ERROR(INVALID_ARGUMENT), "request: missing");
        return;
    }
    service_of(daemon)->crl_question = message_copy(message, &allocator_wiping);
    if (!service_of(daemon)->crl_question) {
        fail(daemon, ERROR(RESOURCE_EXHAUSTED), "out of memory");
        return;
    }
    ask.name = question->request->authority;
    ipc_call(daemon->node, METHOD(PKI_GET_AUTHORITY), &ask.base, 0, on_authority, daemon);
}

const struct ipc_handler importer_handlers[] = {
    {METHOD(IMPORTER_IMPORT), on_import},
    {METHOD(IMPORTER_IMPORT_CRL), on_import_crl},
    {0},
};
