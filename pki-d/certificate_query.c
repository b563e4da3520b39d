// CertificateService and the verifier's edge where nothing is changed: lists, one certificate, its lint, the audit log,
// CRLs, OCSP answers.
#include <errno.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>

#include "bulkhead/internal/v1/api_pki.pb-c.h"
#include "lib/core/clock.h"
#include "lib/core/log.h"
#include "lib/ipc/edge_message.h"
#include "pki-d/certificate_service.h"
#include "pki-d/export.h"
#include "pki-d/issue.h"
#include "pki-d/key.h"
#include "pki-d/ocsp.h"
#include "pki-d/service.h"
#include "pki-d/store_audit.h"
#include "pki-d/store_authority.h"

#define PAGE_DEFAULT 100
#define PAGE_MAX     1000

static size_t page_size(uint32_t wish)
{
    return wish == 0 ? PAGE_DEFAULT : wish < PAGE_MAX ? wish : PAGE_MAX;
}

// ---- lists

// As many as fit a frame.
struct list {
    Bulkhead__V1__Certificate *certificates[PAGE_MAX];
    size_t n;
    size_t bytes;
};

#define LIST_FULL (-ENOSPC)

static int on_certificate(void *arg, Bulkhead__V1__Certificate *info)
{
    struct list *list = arg;

    list->bytes += bulkhead__v1__certificate__get_packed_size(info) + 4; // tag and length
    if (list->n > 0 && list->bytes > CERTIFICATE_SERVICE_PAGE_BYTES) {
        bulkhead__v1__certificate__free_unpacked(info, NULL);
        return LIST_FULL;
    }
    list->certificates[list->n++] = info;
    return 0;
}

static void reply_list(struct ipc_request *request, struct list *list, bool more)
{
    Bulkhead__Internal__V1__PkiListCertificatesResponse answer =
        BULKHEAD__INTERNAL__V1__PKI_LIST_CERTIFICATES_RESPONSE__INIT;
    Bulkhead__V1__ListCertificatesResponse response = BULKHEAD__V1__LIST_CERTIFICATES_RESPONSE__INIT;

    response.certificates = list->certificates;
    response.n_certificates = list->n;
    if (more)
        response.next_page_token = list->certificates[list->n - 1]->name;
    answer.response = &response;
    ipc_request_reply(request, &answer.base);
}

void certificate_service_list(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    const Bulkhead__Internal__V1__PkiListCertificatesRequest *ask = (const void *)message;
    const Bulkhead__V1__ListCertificatesRequest none = BULKHEAD__V1__LIST_CERTIFICATES_REQUEST__INIT;
    struct operation op = certificate_service_begin(arg, "");
    struct store_certificate_page page = {.filter = ask->request ? ask->request : &none, .now = op.now};
    struct list *list = calloc(1, sizeof(*list));
    bool more = false;
    int r = -ENOMEM;

    page.page_size = page_size(page.filter->page_size);
    page.after = bytes_of_str(page.filter->page_token);
    if (list)
        r = store_certificate_list(op.store, &page, on_certificate, list, &more);
    if (r == -ENOENT)
        r = operation_refuse(&op, REFUSED(NOT_FOUND), "issuer: \"%.64s\": no authority of that name",
                             page.filter->issuer);
    if (r < 0 && r != LIST_FULL)
        certificate_service_fail(&op, r, request);
    else
        reply_list(request, list, more || r == LIST_FULL);
    for (size_t i = 0; list && i < list->n; i++)
        bulkhead__v1__certificate__free_unpacked(list->certificates[i], NULL);
    free(list);
}

// ---- the audit log

static void reply_audit(struct ipc_request *request, Bulkhead__V1__AuditRecord **records, size_t n, size_t wanted)
{
    Bulkhead__Internal__V1__PkiListAuditRecordsResponse answer =
        BULKHEAD__INTERNAL__V1__PKI_LIST_AUDIT_RECORDS_RESPONSE__INIT;
    Bulkhead__V1__ListAuditRecordsResponse response = BULKHEAD__V1__LIST_AUDIT_RECORDS_RESPONSE__INIT;
    char token[24];
    size_t fit = 0, bytes = 0;

    while (fit < n) {
        bytes += bulkhead__v1__audit_record__get_packed_size(records[fit]) + 4;
        if (fit > 0 && bytes > CERTIFICATE_SERVICE_PAGE_BYTES)
            break;
        fit++;
    }
    response.records = records;
    response.n_records = fit;
    if (fit > 0 && (fit < n || n == wanted) && records[fit - 1]->number > 1) {
        snprintf(token, sizeof(token), "%llu", (unsigned long long)records[fit - 1]->number);
        response.next_page_token = token;
    }
    answer.response = &response;
    ipc_request_reply(request, &answer.base);
}

void certificate_service_audit(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    const Bulkhead__Internal__V1__PkiListAuditRecordsRequest *ask = (const void *)message;
    struct operation op = certificate_service_begin(arg, "");
    const char *token = ask->request ? ask->request->page_token : "";
    size_t wanted = page_size(ask->request ? ask->request->page_size : 0);
    Bulkhead__V1__AuditRecord **records = calloc(wanted, sizeof(Bulkhead__V1__AuditRecord *));
    char *end;
    uint64_t before = strtoull(token, &end, 10);
    int n = records ? 0 : -ENOMEM;

    if (*end)
        n = operation_refuse(&op, REFUSED(INVALID_ARGUMENT), "page_token: \"%.40s\": not one of ours", token);
    if (n == 0)
        n = store_audit_list(op.store, before, records, wanted);
    if (n < 0)
        certificate_service_fail(&op, n, request);
    else
        reply_audit(request, records, (size_t)n, wanted);
    for (int i = 0; i < n; i++)
        bulkhead__v1__audit_record__free_unpacked(records[i], NULL);
    free(records);
}

// ---- one certificate

static int find(struct operation *op, const char *name, struct stored_certificate **ret)
{
    int r = store_certificate_find(op->store, bytes_of_str(name), op->now, ret);

    return r == -ENOENT ? operation_refuse(op, REFUSED(NOT_FOUND), "name: \"%.80s\": no certificate of that name", name)
                        : r;
}

void certificate_service_get(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    const Bulkhead__Internal__V1__PkiGetCertificateRequest *ask = (const void *)message;
    Bulkhead__Internal__V1__PkiGetCertificateResponse answer =
        BULKHEAD__INTERNAL__V1__PKI_GET_CERTIFICATE_RESPONSE__INIT;
    Bulkhead__V1__GetCertificateResponse response = BULKHEAD__V1__GET_CERTIFICATE_RESPONSE__INIT;
    struct operation op = certificate_service_begin(arg, "");
    struct stored_certificate *certificate = NULL;
    uint8_t *pem = NULL;
    int r = find(&op, ask->request ? ask->request->name : "", &certificate);

    if (r == 0)
        r = export_pem("CERTIFICATE", &certificate->der, 1, &pem);
    if (r < 0) {
        certificate_service_fail(&op, r, request);
    } else {
        response.certificate = certificate->info;
        response.pem = (ProtobufCBinaryData){.data = pem, .len = (size_t)r};
        answer.response = &response;
        ipc_request_reply(request, &answer.base);
    }
    OPENSSL_free(pem);
    store_certificate_free(certificate);
}

void certificate_service_get_authority(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    const Bulkhead__Internal__V1__PkiGetAuthorityRequest *ask = (const void *)message;
    Bulkhead__Internal__V1__PkiGetAuthorityResponse answer = BULKHEAD__INTERNAL__V1__PKI_GET_AUTHORITY_RESPONSE__INIT;
    struct operation op = certificate_service_begin(arg, "importer");
    struct stored_certificate *certificate = NULL;
    int r = find(&op, ask->name, &certificate);

    if (r == 0 && !certificate->info->is_authority)
        r = operation_refuse(&op, REFUSED(FAILED_PRECONDITION), "authority: \"%s\" is none", ask->name);
    if (r < 0) {
        certificate_service_fail(&op, r, request);
    } else {
        edge_message_put_bytes(certificate->der, &answer.der);
        ipc_request_reply(request, &answer.base);
    }
    store_certificate_free(certificate);
}

static int lint(struct operation *op, const Bulkhead__V1__LintCertificateRequest *request,
                const struct stored_certificate *certificate, struct lint_message_list *ret_findings)
{
    EVP_PKEY *key = key_public_decode(certificate->public_key);
    const struct issue_lint ask = {.info = certificate->info,
                                   .key_type = key ? key_type(key) : BULKHEAD__V1__KEY_TYPE__KEY_TYPE_UNSPECIFIED,
                                   .clients = request->clients,
                                   .clients_n = request->n_clients,
                                   .dialled = request->dialled,
                                   .dialled_n = request->n_dialled,
                                   .path = "clients"};

    EVP_PKEY_free(key);
    return issue_lint(op, &ask, ret_findings);
}

void certificate_service_lint(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    const Bulkhead__Internal__V1__PkiLintCertificateRequest *ask = (const void *)message;
    Bulkhead__Internal__V1__PkiLintCertificateResponse answer =
        BULKHEAD__INTERNAL__V1__PKI_LINT_CERTIFICATE_RESPONSE__INIT;
    Bulkhead__V1__LintCertificateResponse response = BULKHEAD__V1__LINT_CERTIFICATE_RESPONSE__INIT;
    struct operation op = certificate_service_begin(arg, "");
    struct stored_certificate *certificate = NULL;
    struct lint_message_list findings = {.n = 0};
    int r = find(&op, ask->request ? ask->request->name : "", &certificate);

    if (r == 0)
        r = lint(&op, ask->request, certificate, &findings);
    if (r < 0) {
        certificate_service_fail(&op, r, request);
    } else {
        response.findings = findings.findings;
        response.n_findings = findings.n;
        answer.response = &response;
        ipc_request_reply(request, &answer.base);
        lint_message_list_done(&findings);
    }
    store_certificate_free(certificate);
}

// ---- status

static int read_crl(struct operation *op, const Bulkhead__Internal__V1__PkiGetCrlRequest *ask,
                    struct store_crl *ret_crl)
{
    struct stored_authority authority;
    int r = store_authority_find(op->store, bytes_of_str(ask->authority), &authority);

    if (r == -ENOENT)
        return operation_refuse(op, REFUSED(NOT_FOUND), "authority: \"%.64s\": no authority of that name",
                                ask->authority);
    if (r == 0)
        r = store_crl_find(op->store, authority.id, ret_crl);
    if (r == -ENOENT)
        return operation_refuse(op, REFUSED(FAILED_PRECONDITION),
                                "authority: the key of \"%s\" is not stored here, so it has no CRL here",
                                authority.name);
    if (r == 0 && ((ask->number && ask->number != ret_crl->number) || ask->offset > ret_crl->der.n)) {
        store_crl_done(ret_crl);
        return operation_refuse(op, REFUSED(FAILED_PRECONDITION), "there is a newer CRL; begin again");
    }
    return r;
}

void certificate_service_get_crl(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    const Bulkhead__Internal__V1__PkiGetCrlRequest *ask = (const void *)message;
    Bulkhead__Internal__V1__PkiGetCrlResponse answer = BULKHEAD__INTERNAL__V1__PKI_GET_CRL_RESPONSE__INIT;
    struct operation op = certificate_service_begin(arg, "");
    struct store_crl crl;
    size_t left;
    int r = read_crl(&op, ask, &crl);

    if (r < 0) {
        certificate_service_fail(&op, r, request);
        return;
    }
    left = crl.der.n - ask->offset;
    edge_message_put_bytes(bytes_of(crl.der.p + ask->offset,
                                    left < CERTIFICATE_SERVICE_PAGE_BYTES ? left : CERTIFICATE_SERVICE_PAGE_BYTES),
                           &answer.data);
    answer.total_bytes = (uint32_t)crl.der.n;
    answer.number = crl.number;
    answer.next_update = crl.next_update;
    answer.revoked = crl.revoked;
    ipc_request_reply(request, &answer.base);
    store_crl_done(&crl);
}

void certificate_service_sign_ocsp(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    Bulkhead__Internal__V1__PkiSignOcspResponse answer = BULKHEAD__INTERNAL__V1__PKI_SIGN_OCSP_RESPONSE__INIT;
    struct operation op = certificate_service_begin(arg, "verifier");
    struct service *service = ((struct daemon *)arg)->self;
    uint8_t *der = NULL;
    int r;

    if (!sign_account_take_ocsp(service->account, clock_monotonic_ms(&clock_system))) {
        ipc_request_fail(request, REFUSED(RESOURCE_EXHAUSTED), "too many questions about certificates' status");
        return;
    }
    r = ocsp_answer(&op, (const void *)message, &der);
    if (r < 0) {
        certificate_service_fail(&op, r, request);
        return;
    }
    answer.der = (ProtobufCBinaryData){.data = der, .len = (size_t)r};
    answer.next_update = op.now + OCSP_VALID_SECONDS;
    ipc_request_reply(request, &answer.base);
    OPENSSL_free(der);
}
