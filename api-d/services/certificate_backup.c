// CertificateService.BackupStore and RestoreStore: one encrypted file, to and from pki-d in pages.
#include <stdlib.h>

#include "api-d/api_limits.h"
#include "api-d/document.h"
#include "api-d/envelope.h"
#include "api-d/services/services.h"
#include "bulkhead/internal/v1/api_pki.pb-c.h"
#include "bulkhead/internal/v1/ipc.pb-c.h"

struct backup {
    struct api *api;
    struct connect_call *call;
    const Bulkhead__V1__BackupStoreRequest *request; // the call's
    struct document document;
    uint64_t id;
};

static void end_backup(struct backup *backup)
{
    document_done(&backup->document);
    free(backup);
}

static void ask(struct backup *backup);

static void on_backup_page(void *arg, const struct ipc_result *result)
{
    const Bulkhead__Internal__V1__PkiBackupResponse *page = (const void *)result->message;
    Bulkhead__V1__BackupStoreResponse response = BULKHEAD__V1__BACKUP_STORE_RESPONSE__INIT;
    struct backup *backup = arg;
    int r;

    if (result->error) {
        envelope_fail(backup->call, "pki-d", result);
        end_backup(backup);
        return;
    }
    r = document_add(&backup->document, &page->data, page->total_bytes);
    backup->id = page->id;
    if (r == 0) {
        ask(backup);
        return;
    }
    response.data.data = backup->document.data.p;
    response.data.len = backup->document.data.n;
    if (r < 0)
        connect_call_fail_format(backup->call, CONNECT_INTERNAL, "pki-d: %s", document_error(r));
    else
        connect_call_reply(backup->call, &response.base);
    end_backup(backup);
}

static void ask(struct backup *backup)
{
    Bulkhead__Internal__V1__PkiBackupRequest message = BULKHEAD__INTERNAL__V1__PKI_BACKUP_REQUEST__INIT;
    char actor[ENVELOPE_ACTOR_MAX];

    message.actor = envelope_actor(backup->call, actor);
    if (!backup->id)
        message.passphrase = backup->request->passphrase;
    message.id = backup->id;
    message.offset = (uint32_t)backup->document.data.n;
    ipc_call(backup->api->node, BULKHEAD__INTERNAL__V1__METHOD__METHOD_PKI_BACKUP, &message.base,
             connect_call_left_ms(backup->call), on_backup_page, backup);
}

void certificate_service_backup_store(struct api *api, struct connect_call *call, const ProtobufCMessage *request)
{
    struct backup *backup;

    if (!certificate_service_check(call, request))
        return;
    backup = calloc(1, sizeof(*backup));
    if (!backup) {
        connect_call_fail(call, CONNECT_RESOURCE_EXHAUSTED, "out of memory");
        return;
    }
    backup->api = api;
    backup->call = call;
    backup->request = (const void *)request;
    ask(backup);
}

struct restore {
    struct api *api;
    struct connect_call *call;
    const Bulkhead__V1__RestoreStoreRequest *request; // the call's
    uint64_t generation;
    size_t sent;
};

static void send_page(struct restore *restore);

static void on_taken(void *arg, const struct ipc_result *result)
{
    const Bulkhead__Internal__V1__PkiRestoreResponse *answer = (const void *)result->message;
    const Bulkhead__V1__RestoreStoreResponse none = BULKHEAD__V1__RESTORE_STORE_RESPONSE__INIT;
    struct restore *restore = arg;

    if (!result->error && restore->sent < restore->request->data.len) {
        send_page(restore);
        return;
    }
    if (!result->error)
        courier_push_refresh(&restore->api->courier);
    if (result->error)
        envelope_fail(restore->call, "pki-d", result);
    else
        connect_call_reply(restore->call, answer->response ? &answer->response->base : &none.base);
    free(restore);
}

static void send_page(struct restore *restore)
{
    Bulkhead__Internal__V1__PkiRestoreRequest message = BULKHEAD__INTERNAL__V1__PKI_RESTORE_REQUEST__INIT;
    const ProtobufCBinaryData *data = &restore->request->data;
    size_t left = data->len - restore->sent;
    char actor[ENVELOPE_ACTOR_MAX];

    message.actor = envelope_actor(restore->call, actor);
    message.generation = restore->generation;
    message.data.data = data->data + restore->sent;
    message.data.len = left < API_DOCUMENT_PAGE_BYTES ? left : API_DOCUMENT_PAGE_BYTES;
    restore->sent += message.data.len;
    message.last = restore->sent == data->len;
    if (message.last) {
        message.passphrase = restore->request->passphrase;
        message.replace = restore->request->replace;
    }
    ipc_call(restore->api->node, BULKHEAD__INTERNAL__V1__METHOD__METHOD_PKI_RESTORE, &message.base,
             connect_call_left_ms(restore->call), on_taken, restore);
}

void certificate_service_restore_store(struct api *api, struct connect_call *call, const ProtobufCMessage *request)
{
    struct restore *restore;

    if (!certificate_service_check(call, request))
        return;
    restore = calloc(1, sizeof(*restore));
    if (!restore) {
        connect_call_fail(call, CONNECT_RESOURCE_EXHAUSTED, "out of memory");
        return;
    }
    restore->api = api;
    restore->call = call;
    restore->request = (const void *)request;
    restore->generation = uv_hrtime(); // of two at a time the later one counts
    send_page(restore);
}
