// CertificateService without a key to make: requests from outside, revocation, deletion, export, imports.
#include <errno.h>
#include <openssl/crypto.h>
#include <stdlib.h>

#include "bulkhead/internal/v1/api_pki.pb-c.h"
#include "lib/core/log.h"
#include "lib/ipc/edge_message.h"
#include "pki-d/certificate_service.h"
#include "pki-d/export.h"
#include "pki-d/import.h"
#include "pki-d/issue.h"
#include "pki-d/pool.h"
#include "pki-d/revoke.h"
#include "pki-d/service.h"

// ---- requests from outside

static int sign_request(struct operation *op, const Bulkhead__Internal__V1__PkiSignRequestRequest *message,
                        struct issue_result *ret_result)
{
    const Bulkhead__V1__SignCertificateRequestRequest *request = message->request;
    struct issue_order order;
    Bulkhead__V1__KeyType unused;
    int r;

    if (!request || !message->facts)
        return operation_refuse(op, REFUSED(INVALID_ARGUMENT), "request: required");
    order = (struct issue_order){.template = request->template_,
                                 .purpose = request->purpose,
                                 .issuer = request->issuer,
                                 .facts = message->facts};
    r = issue_check(op, &order, &unused);
    return r < 0 ? r : issue_run(op, &order, NULL, ret_result);
}

// The certificate and its chain; the size, or a negative errno.
static int chain_pem(struct operation *op, const struct stored_certificate *certificate, uint8_t **ret_pem)
{
    struct stored_certificate *chain[STORE_CHAIN_MAX];
    struct bytes ders[STORE_CHAIN_MAX + 1] = {certificate->der};
    size_t n = 0;
    int r = store_certificate_chain(op->store, certificate, op->now, chain, &n);

    if (r < 0)
        return r;
    for (size_t i = 0; i < n; i++)
        ders[i + 1] = chain[i]->der;
    r = export_pem("CERTIFICATE", ders, n + 1, ret_pem);
    for (size_t i = 0; i < n; i++)
        store_certificate_free(chain[i]);
    return r;
}

static void reply_signed(struct operation *op, struct ipc_request *request, const struct issue_result *result)
{
    Bulkhead__Internal__V1__PkiSignRequestResponse answer = BULKHEAD__INTERNAL__V1__PKI_SIGN_REQUEST_RESPONSE__INIT;
    Bulkhead__V1__SignCertificateRequestResponse response = BULKHEAD__V1__SIGN_CERTIFICATE_REQUEST_RESPONSE__INIT;
    uint8_t *pem = NULL;
    int n = chain_pem(op, result->certificate, &pem);

    response.certificate = result->certificate->info;
    response.findings = result->findings.findings;
    response.n_findings = result->findings.n;
    if (n > 0)
        response.pem = (ProtobufCBinaryData){.data = pem, .len = (size_t)n};
    answer.response = &response;
    ipc_request_reply(request, &answer.base);
    OPENSSL_free(pem);
}

void certificate_service_sign_request(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    const Bulkhead__Internal__V1__PkiSignRequestRequest *ask = (const void *)message;
    struct operation op = certificate_service_begin(arg, ask->actor);
    struct issue_result result;
    int r = sign_request(&op, ask, &result);

    if (r < 0) {
        certificate_service_fail(&op, r, request);
        return;
    }
    log_notice("request_signed", LOG_STR("name", result.certificate->info->name),
               LOG_STR("serial", result.certificate->info->serial), LOG_STR("actor", op.actor));
    reply_signed(&op, request, &result);
    issue_result_done(&result);
}

// ---- revocation and deletion

void certificate_service_revoke(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    const Bulkhead__Internal__V1__PkiRevokeCertificateRequest *ask = (const void *)message;
    Bulkhead__Internal__V1__PkiRevokeCertificateResponse answer =
        BULKHEAD__INTERNAL__V1__PKI_REVOKE_CERTIFICATE_RESPONSE__INIT;
    Bulkhead__V1__RevokeCertificateResponse response = BULKHEAD__V1__REVOKE_CERTIFICATE_RESPONSE__INIT;
    struct operation op = certificate_service_begin(arg, ask->actor);
    struct stored_certificate *certificate;
    int r = ask->request ? revoke_run(&op, ask->request->name, ask->request->reason, &certificate)
                         : operation_refuse(&op, REFUSED(INVALID_ARGUMENT), "request: required");

    if (r < 0) {
        certificate_service_fail(&op, r, request);
        return;
    }
    log_notice("certificate_revoked", LOG_STR("name", certificate->info->name),
               LOG_STR("serial", certificate->info->serial), LOG_STR("actor", op.actor));
    response.certificate = certificate->info;
    answer.response = &response;
    ipc_request_reply(request, &answer.base);
    service_notify_changed(arg, certificate->info->name);
    store_certificate_free(certificate);
}

void certificate_service_delete(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    const Bulkhead__Internal__V1__PkiDeleteCertificateRequest *ask = (const void *)message;
    Bulkhead__Internal__V1__PkiDeleteCertificateResponse answer =
        BULKHEAD__INTERNAL__V1__PKI_DELETE_CERTIFICATE_RESPONSE__INIT;
    Bulkhead__V1__DeleteCertificateResponse response = BULKHEAD__V1__DELETE_CERTIFICATE_RESPONSE__INIT;
    struct operation op = certificate_service_begin(arg, ask->actor);
    int r = ask->request ? revoke_delete(&op, ask->request->name)
                         : operation_refuse(&op, REFUSED(INVALID_ARGUMENT), "request: required");

    if (r < 0) {
        certificate_service_fail(&op, r, request);
        return;
    }
    log_notice("certificate_deleted", LOG_STR("name", ask->request->name), LOG_STR("actor", op.actor));
    answer.response = &response;
    ipc_request_reply(request, &answer.base);
    service_notify_changed(arg, ask->request->name);
}

// ---- export

struct export_task {
    struct ipc_request *request;
    struct export_order *order;
    uint8_t *data;
    int n;
};

static void on_export_run(void *arg)
{
    struct export_task *task = arg;

    task->n = export_write(task->order, &task->data);
}

static void on_export_done(struct daemon *daemon, void *arg, bool ran)
{
    Bulkhead__Internal__V1__PkiExportCertificateResponse answer =
        BULKHEAD__INTERNAL__V1__PKI_EXPORT_CERTIFICATE_RESPONSE__INIT;
    Bulkhead__V1__ExportCertificateResponse response = BULKHEAD__V1__EXPORT_CERTIFICATE_RESPONSE__INIT;
    struct export_task *task = arg;

    (void)daemon;
    if (ran && task->n > 0) {
        response.data = (ProtobufCBinaryData){.data = task->data, .len = (size_t)task->n};
        answer.response = &response;
        ipc_request_reply(task->request, &answer.base);
        OPENSSL_clear_free(task->data, (size_t)task->n);
    } else {
        log_error("export_failed", LOG_STR("name", task->order->certificates[0]->info->name));
        ipc_request_fail(task->request, REFUSED(INTERNAL), "the file could not be written; pki-d's log says why");
    }
    export_free(task->order);
    free(task);
}

void certificate_service_export(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    const Bulkhead__Internal__V1__PkiExportCertificateRequest *ask = (const void *)message;
    struct operation op = certificate_service_begin(arg, ask->actor);
    struct export_task *task = calloc(1, sizeof(*task));
    int r = -ENOMEM;

    if (task)
        r = ask->request ? export_read(&op, ask->request, &task->order)
                         : operation_refuse(&op, REFUSED(INVALID_ARGUMENT), "request: required");
    if (r == 0) {
        log_notice("certificate_exported", LOG_STR("name", task->order->certificates[0]->info->name),
                   LOG_STR("actor", op.actor));
        task->request = request;
        r = pool_submit(arg, on_export_run, on_export_done, task);
    }
    if (r < 0) {
        certificate_service_fail(&op, r, request);
        if (task)
            export_free(task->order);
        free(task);
    }
}

// ---- imports

void certificate_service_store_import(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    const Bulkhead__Internal__V1__PkiStoreImportRequest *ask = (const void *)message;
    Bulkhead__Internal__V1__PkiStoreImportResponse answer = BULKHEAD__INTERNAL__V1__PKI_STORE_IMPORT_RESPONSE__INIT;
    Bulkhead__V1__ImportCertificateResponse response = BULKHEAD__V1__IMPORT_CERTIFICATE_RESPONSE__INIT;
    struct operation op = certificate_service_begin(arg, ask->actor);
    struct stored_certificate *stored[IMPORT_CERTIFICATES_MAX];
    Bulkhead__V1__Certificate *list[IMPORT_CERTIFICATES_MAX];
    size_t n = 0;
    int r = import_run(&op, ask, stored, &n);

    if (r < 0) {
        certificate_service_fail(&op, r, request);
        return;
    }
    for (size_t i = 0; i < n; i++)
        list[i] = stored[i]->info;
    response.certificates = list;
    response.n_certificates = n;
    answer.response = &response;
    ipc_request_reply(request, &answer.base);
    for (size_t i = 0; i < n; i++) {
        log_notice("certificate_imported", LOG_STR("name", list[i]->name), LOG_STR("actor", op.actor));
        service_notify_changed(arg, list[i]->name);
        store_certificate_free(stored[i]);
    }
}

void certificate_service_store_crl(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    const Bulkhead__Internal__V1__PkiStoreCrlRequest *ask = (const void *)message;
    struct operation op = certificate_service_begin(arg, ask->actor);
    int r = import_crl(&op, ask);

    if (r < 0) {
        certificate_service_fail(&op, r, request);
        return;
    }
    log_notice("crl_imported", LOG_STR("authority", ask->authority), LOG_UINT("revoked", ask->n_entries));
    ipc_request_reply_empty(request);
    service_notify_changed(arg, ask->authority);
}
