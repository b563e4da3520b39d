#include "pki-d/backup.h"

#include <errno.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

#include "bulkhead/internal/v1/api_pki.pb-c.h"
#include "lib/core/log.h"
#include "lib/core/secret.h"
#include "lib/ipc/edge_message.h"
#include "pki-d/backup_file.h"
#include "pki-d/certificate_service.h"
#include "pki-d/pool.h"
#include "pki-d/service.h"
#include "pki-d/store_image.h"
#include "pki-d/upkeep.h"

// One file on its way through the pool.
struct task {
    struct ipc_request *request;
    char actor[OPERATION_ACTOR_MAX_BYTES + 1];
    uint8_t passphrase[BACKUP_FILE_PASSPHRASE_MAX_BYTES];
    size_t passphrase_n;
    uint8_t *image, *file;
    size_t image_n, file_n;
    bool replace;
    enum backup_file_result result;
};

void backup_done(struct backup *backup)
{
    free(backup->file);
    free(backup->brought);
    *backup = (struct backup){0};
}

static void task_free(struct task *task)
{
    if (!task)
        return;
    store_image_free(task->image, task->image_n);
    free(task->file);
    secret_free(task, sizeof(*task));
}

static int check_passphrase(struct operation *op, const ProtobufCBinaryData *passphrase)
{
    size_t characters = 0;

    for (size_t i = 0; i < passphrase->len; i++)
        characters += (passphrase->data[i] & 0xc0) != 0x80;
    return characters >= BACKUP_FILE_PASSPHRASE_MIN && passphrase->len <= BACKUP_FILE_PASSPHRASE_MAX_BYTES
               ? 0
               : operation_refuse(op, REFUSED(INVALID_ARGUMENT),
                                  "passphrase: at least 12 characters (and at most 256 bytes)");
}

// NULL without memory. The passphrase fits.
static struct task *task_new(const struct operation *op, struct ipc_request *request,
                             const ProtobufCBinaryData *passphrase)
{
    struct task *task = secret_alloc(sizeof(*task));

    if (!task)
        return NULL;
    task->request = request;
    strncpy(task->actor, op->actor, sizeof(task->actor) - 1);
    memcpy(task->passphrase, passphrase->data, passphrase->len);
    task->passphrase_n = passphrase->len;
    return task;
}

// ---- backup

static void reply_page(struct backup *backup, struct ipc_request *request, uint32_t offset)
{
    Bulkhead__Internal__V1__PkiBackupResponse answer = BULKHEAD__INTERNAL__V1__PKI_BACKUP_RESPONSE__INIT;
    size_t left = backup->file_n - offset;
    size_t n = left < CERTIFICATE_SERVICE_PAGE_BYTES ? left : CERTIFICATE_SERVICE_PAGE_BYTES;

    edge_message_put_bytes(bytes_of(backup->file + offset, n), &answer.data);
    answer.total_bytes = (uint32_t)backup->file_n;
    answer.id = backup->id;
    ipc_request_reply(request, &answer.base);
    if (n == left) { // the last page
        free(backup->file);
        backup->file = NULL;
        backup->id = 0;
    }
}

static void on_sealed(struct daemon *daemon, void *arg, bool ran)
{
    struct backup *backup = &((struct service *)daemon->self)->backup;
    struct task *task = arg;

    if (ran && task->result == BACKUP_FILE_OK && RAND_bytes((uint8_t *)&backup->id, sizeof(backup->id)) == 1) {
        backup->id |= 1;
        free(backup->file);
        backup->file = task->file;
        backup->file_n = task->file_n;
        task->file = NULL;
        log_notice("backup_made", LOG_UINT("bytes", backup->file_n), LOG_STR("actor", task->actor));
        reply_page(backup, task->request, 0);
    } else {
        ipc_request_fail(task->request, REFUSED(INTERNAL), "the backup could not be encrypted");
    }
    task_free(task);
}

static void on_seal(void *arg)
{
    struct task *task = arg;

    task->result = backup_file_seal(bytes_of(task->passphrase, task->passphrase_n),
                                    bytes_of(task->image, task->image_n), &task->file, &task->file_n);
    store_image_free(task->image, task->image_n);
    task->image = NULL;
}

static int begin_backup(struct daemon *daemon, struct operation *op, struct ipc_request *request,
                        const ProtobufCBinaryData *passphrase)
{
    struct task *task;
    int r = check_passphrase(op, passphrase);

    if (r < 0)
        return r;
    task = task_new(op, request, passphrase);
    r = task ? operation_audit(op, "backup", "store", NULL) : -ENOMEM;
    if (r == 0)
        r = store_image_make(op->store, &task->image, &task->image_n);
    if (r == 0)
        r = pool_submit(daemon, on_seal, on_sealed, task);
    if (r < 0)
        task_free(task);
    return r;
}

void backup_on_backup(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    const Bulkhead__Internal__V1__PkiBackupRequest *ask = (const void *)message;
    struct daemon *daemon = arg;
    struct backup *backup = &((struct service *)daemon->self)->backup;
    struct operation op = certificate_service_begin(daemon, ask->actor);
    int r = 0;

    if (ask->id == 0)
        r = begin_backup(daemon, &op, request, &ask->passphrase);
    else if (ask->id != backup->id || ask->offset >= backup->file_n)
        r = operation_refuse(&op, REFUSED(FAILED_PRECONDITION), "there is a newer backup; begin again");
    else
        reply_page(backup, request, ask->offset);
    if (r < 0)
        certificate_service_fail(&op, r, request);
}

// ---- restore

static int check_empty(struct operation *op, const struct task *task)
{
    struct store_image_count count;
    int r = store_image_count(op->store, &count);

    if (r == 0 && !task->replace && (count.secrets > 0 || count.certificates > 0))
        r = operation_refuse(op, REFUSED(FAILED_PRECONDITION),
                             "the store holds %u secrets and %u certificates: set replace, and they are gone",
                             count.secrets, count.certificates);
    return r;
}

static int restore(struct operation *op, const struct task *task, struct store_image_count *ret_count)
{
    int r = check_empty(op, task);

    if (r == 0)
        r = store_image_attach(op->store, bytes_of(task->image, task->image_n));
    if (r < 0)
        return r;
    r = store_begin(op->store);
    if (r == 0) {
        r = store_image_restore(op->store, ret_count);
        if (r == 0)
            r = operation_audit(op, "restore", "store", NULL);
        r = store_end(op->store, r);
    }
    store_image_detach(op->store);
    if (r == -EPROTONOSUPPORT)
        r = operation_refuse(op, REFUSED(INVALID_ARGUMENT), "data: made by another version of pki-d");
    return r;
}

static int check_opened(struct operation *op, const struct task *task)
{
    switch (task->result) {
    case BACKUP_FILE_OK:
        return 0;
    case BACKUP_FILE_FOREIGN:
        return operation_refuse(op, REFUSED(INVALID_ARGUMENT),
                                "data: no backup of this gateway's store, or cut short: it would begin with "
                                "BULKHEAD-BACKUP-1");
    case BACKUP_FILE_REFUSED:
        return operation_refuse(op, REFUSED(INVALID_ARGUMENT), "passphrase: wrong, or the file is damaged");
    default:
        return -ENOMEM;
    }
}

static void on_opened(struct daemon *daemon, void *arg, bool ran)
{
    Bulkhead__Internal__V1__PkiRestoreResponse answer = BULKHEAD__INTERNAL__V1__PKI_RESTORE_RESPONSE__INIT;
    Bulkhead__V1__RestoreStoreResponse response = BULKHEAD__V1__RESTORE_STORE_RESPONSE__INIT;
    struct task *task = arg;
    struct operation op = certificate_service_begin(daemon, task->actor);
    struct store_image_count count = {0};
    int r = ran ? check_opened(&op, task) : -ECANCELED;

    if (r == 0)
        r = restore(&op, task, &count);
    if (r < 0) {
        certificate_service_fail(&op, r, task->request);
    } else {
        log_notice("store_restored", LOG_UINT("secrets", count.secrets), LOG_UINT("certificates", count.certificates),
                   LOG_STR("actor", task->actor));
        response.secrets = count.secrets;
        response.certificates = count.certificates;
        answer.response = &response;
        upkeep_run(daemon); // CRLs
        ipc_request_reply(task->request, &answer.base);
        service_notify_changed(daemon, NULL);
    }
    task_free(task);
}

static void on_open(void *arg)
{
    struct task *task = arg;

    task->result = backup_file_open(bytes_of(task->passphrase, task->passphrase_n), bytes_of(task->file, task->file_n),
                                    &task->image, &task->image_n);
}

static void drop_brought(struct backup *backup)
{
    free(backup->brought);
    backup->brought = NULL;
    backup->brought_n = 0;
}

static int add_page(struct operation *op, struct backup *backup, const Bulkhead__Internal__V1__PkiRestoreRequest *page)
{
    uint8_t *longer;

    if (backup->generation != page->generation) {
        drop_brought(backup);
        backup->generation = page->generation;
    }
    if (backup->brought_n + page->data.len > STORE_IMAGE_MAX_BYTES) {
        drop_brought(backup);
        return operation_refuse(op, REFUSED(INVALID_ARGUMENT), "data: at most 1 GiB");
    }
    longer = realloc(backup->brought, backup->brought_n + page->data.len + 1);
    if (!longer)
        return -ENOMEM;
    memcpy(longer + backup->brought_n, page->data.data, page->data.len);
    backup->brought = longer;
    backup->brought_n += page->data.len;
    return 0;
}

static int begin_restore(struct daemon *daemon, struct operation *op, struct ipc_request *request,
                         const Bulkhead__Internal__V1__PkiRestoreRequest *page)
{
    struct backup *backup = &((struct service *)daemon->self)->backup;
    struct task *task;
    int r = check_passphrase(op, &page->passphrase);

    if (r < 0)
        return r;
    task = task_new(op, request, &page->passphrase);
    if (!task)
        return -ENOMEM;
    task->replace = page->replace;
    task->file = backup->brought;
    task->file_n = backup->brought_n;
    backup->brought = NULL;
    backup->brought_n = 0;
    r = pool_submit(daemon, on_open, on_opened, task);
    if (r < 0)
        task_free(task);
    return r;
}

void backup_on_restore(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    const Bulkhead__Internal__V1__PkiRestoreRequest *page = (const void *)message;
    const Bulkhead__Internal__V1__PkiRestoreResponse more = BULKHEAD__INTERNAL__V1__PKI_RESTORE_RESPONSE__INIT;
    struct daemon *daemon = arg;
    struct operation op = certificate_service_begin(daemon, page->actor);
    int r = add_page(&op, &((struct service *)daemon->self)->backup, page);

    if (r == 0 && page->last)
        r = begin_restore(daemon, &op, request, page);
    else if (r == 0)
        ipc_request_reply(request, &more.base);
    if (r < 0)
        certificate_service_fail(&op, r, request);
}
