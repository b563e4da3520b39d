// CertificateService between a caller and the daemons that do the work: who asked goes along, answers and errors come
// back, long documents travel in pages.
#include "api-d/api.h"
#include "api-d/connect/connect_call.h"
#include "api-d/method_table.h"
#include "bulkhead/internal/v1/api_verifier.pb-c.h"
#include "bulkhead/internal/v1/verifier_pki.pb-c.h"
#include "tests/unit/api-d/daemons.h"
#include "tests/unit/lib/run.h"

#define UID 77

typedef Bulkhead__Internal__V1__CertificateFacts Facts;

static struct exchange_budget budget;
static struct {
    struct api api;
    int answers;
    unsigned status;
    char body[1024];
    char restored[128 * 1024];
    size_t restored_n;
    unsigned pages;
    uint64_t generation;
    bool spoils_pages;
} seen;

static void on_answered(void *codec, struct exchange *exchange)
{
    (void)codec;
    seen.answers++;
    seen.status = exchange->answer.status;
    ck_assert_uint_lt(exchange->answer.body.n, sizeof(seen.body));
    strcpy(seen.body, buffer_str(&exchange->answer.body));
    exchange_free(exchange);
}

// The answer's body, or "code: message".
static const char *call(const char *method, const char *json)
{
    struct exchange *exchange = exchange_new(&seen, on_answered, &budget);
    char path[128];

    ck_assert_ptr_nonnull(exchange);
    snprintf(path, sizeof(path), "/bulkhead.v1.CertificateService/%s", method);
    exchange->verb = EXCHANGE_VERB_POST;
    exchange->client.admin = true;
    exchange->client.uid = UID;
    exchange->handed_out = true;
    exchange_add_target(exchange, bytes_of_str(path));
    exchange_add_body(exchange, bytes_of_str(json));
    strcpy(exchange->content_type, "application/json");
    seen.answers = 0;
    connect_call_start(&daemons.loop, &seen.api, method_table, exchange);
    for (unsigned i = 0; i < 500 && !seen.answers; i++)
        daemons_pass(10);
    ck_assert_int_eq(seen.answers, 1);
    return seen.body;
}

static void on_issue(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    const Bulkhead__Internal__V1__PkiIssueCertificateRequest *r = (const void *)message;
    Bulkhead__Internal__V1__PkiIssueCertificateResponse response =
        BULKHEAD__INTERNAL__V1__PKI_ISSUE_CERTIFICATE_RESPONSE__INIT;
    Bulkhead__V1__IssueCertificateResponse inner = BULKHEAD__V1__ISSUE_CERTIFICATE_RESPONSE__INIT;
    Bulkhead__V1__Certificate certificate = BULKHEAD__V1__CERTIFICATE__INIT;

    (void)arg;
    ck_assert_str_eq(r->actor, "uid 77");
    if (!strcmp(r->request->issuer, "nobody")) {
        ipc_request_fail(request, BULKHEAD__INTERNAL__V1__ERROR_CODE__ERROR_CODE_NOT_FOUND,
                         "issuer: no such authority");
        return;
    }
    if (!strcmp(r->request->issuer, "broken")) {
        ipc_request_fail(request, BULKHEAD__INTERNAL__V1__ERROR_CODE__ERROR_CODE_INTERNAL, "disk full");
        return;
    }
    certificate.name = r->request->template_->name;
    inner.certificate = &certificate;
    response.response = strcmp(r->request->issuer, "mute") ? &inner : NULL;
    ipc_request_reply(request, &response.base);
}

static void on_sign(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    const Bulkhead__Internal__V1__PkiSignRequestRequest *r = (const void *)message;
    Bulkhead__Internal__V1__PkiSignRequestResponse response = BULKHEAD__INTERNAL__V1__PKI_SIGN_REQUEST_RESPONSE__INIT;
    Bulkhead__V1__SignCertificateRequestResponse inner = BULKHEAD__V1__SIGN_CERTIFICATE_REQUEST_RESPONSE__INIT;

    (void)arg;
    ck_assert_str_eq(r->actor, "uid 77");
    ck_assert_str_eq(r->facts->subject, "CN=read");
    ck_assert_str_eq(r->request->template_->name, "branch");
    ck_assert_uint_eq(r->request->request.len, 0); // a stranger's bytes do not get there
    inner.pem = (ProtobufCBinaryData){.data = (uint8_t *)"pem", .len = 3};
    response.response = &inner;
    ipc_request_reply(request, &response.base);
}

static void on_crl(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    static const uint8_t crl[] = "0123456789";
    const Bulkhead__Internal__V1__PkiGetCrlRequest *r = (const void *)message;
    Bulkhead__Internal__V1__PkiGetCrlResponse response = BULKHEAD__INTERNAL__V1__PKI_GET_CRL_RESPONSE__INIT;

    (void)arg;
    ck_assert_str_eq(r->authority, "ca");
    ck_assert_uint_eq(r->number, r->offset ? 5 : 0);
    response.data.data = (uint8_t *)(uintptr_t)crl + r->offset;
    response.data.len = r->offset + 4 < 10 ? 4 : 10 - r->offset;
    response.total_bytes = 10;
    response.number = seen.spoils_pages && r->offset ? 6 : 5;
    response.revoked = 2;
    ipc_request_reply(request, &response.base);
}

static void on_backup(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    const Bulkhead__Internal__V1__PkiBackupRequest *r = (const void *)message;
    Bulkhead__Internal__V1__PkiBackupResponse response = BULKHEAD__INTERNAL__V1__PKI_BACKUP_RESPONSE__INIT;

    (void)arg;
    ck_assert_str_eq(r->actor, "uid 77");
    ck_assert_uint_eq(r->id, r->offset ? 9 : 0);
    ck_assert_uint_eq(r->passphrase.len, r->offset ? 0 : 12);
    response.data.data = (uint8_t *)(r->offset ? "def" : "abc");
    response.data.len = seen.spoils_pages && r->offset ? 0 : 3;
    response.total_bytes = 6;
    response.id = 9;
    ipc_request_reply(request, &response.base);
}

static void on_restore(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    const Bulkhead__Internal__V1__PkiRestoreRequest *r = (const void *)message;
    Bulkhead__Internal__V1__PkiRestoreResponse response = BULKHEAD__INTERNAL__V1__PKI_RESTORE_RESPONSE__INIT;
    Bulkhead__V1__RestoreStoreResponse inner = BULKHEAD__V1__RESTORE_STORE_RESPONSE__INIT;

    (void)arg;
    ck_assert_uint_ne(r->generation, 0);
    ck_assert(!seen.pages || r->generation == seen.generation);
    ck_assert_uint_eq(r->passphrase.len, r->last ? 12 : 0);
    memcpy(seen.restored + seen.restored_n, r->data.data, r->data.len);
    seen.restored_n += r->data.len;
    seen.pages++;
    seen.generation = r->generation;
    inner.secrets = 3;
    response.response = r->last ? &inner : NULL;
    ipc_request_reply(request, &response.base);
}

static void on_read(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    const Bulkhead__Internal__V1__VerifierReadRequestRequest *r = (const void *)message;
    Bulkhead__Internal__V1__VerifierReadRequestResponse response =
        BULKHEAD__INTERNAL__V1__VERIFIER_READ_REQUEST_RESPONSE__INIT;
    Facts facts = BULKHEAD__INTERNAL__V1__CERTIFICATE_FACTS__INIT;

    (void)arg;
    facts.subject = (char *)"CN=read";
    response.facts = &facts;
    if (r->data.len == 1)
        ipc_request_fail(request, BULKHEAD__INTERNAL__V1__ERROR_CODE__ERROR_CODE_INVALID_ARGUMENT,
                         "request: not a PKCS#10 request");
    else
        ipc_request_reply(request, &response.base);
}

static void on_lint(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    Bulkhead__Internal__V1__VerifierLintResponse response = BULKHEAD__INTERNAL__V1__VERIFIER_LINT_RESPONSE__INIT;
    Bulkhead__V1__LintCertificateResponse inner = BULKHEAD__V1__LINT_CERTIFICATE_RESPONSE__INIT;

    (void)arg;
    (void)message;
    response.response = &inner;
    ipc_request_reply(request, &response.base);
}

static void on_import(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    const Bulkhead__Internal__V1__ImporterImportRequest *r = (const void *)message;
    Bulkhead__Internal__V1__ImporterImportResponse response = BULKHEAD__INTERNAL__V1__IMPORTER_IMPORT_RESPONSE__INIT;
    Bulkhead__V1__ImportCertificateResponse inner = BULKHEAD__V1__IMPORT_CERTIFICATE_RESPONSE__INIT;

    (void)arg;
    ck_assert_str_eq(r->actor, "uid 77");
    ck_assert_uint_eq(r->request->passphrase.len, 10);
    response.response = &inner;
    ipc_request_reply(request, &response.base);
}

static void set_up(void)
{
    static const struct ipc_handler pki[] = {
        {METHOD(PKI_ISSUE_CERTIFICATE), on_issue}, {METHOD(PKI_SIGN_REQUEST), on_sign}, {METHOD(PKI_GET_CRL), on_crl},
        {METHOD(PKI_BACKUP), on_backup},           {METHOD(PKI_RESTORE), on_restore},   {0}};
    static const struct ipc_handler verifier[] = {
        {METHOD(VERIFIER_READ_REQUEST), on_read}, {METHOD(VERIFIER_LINT), on_lint}, {0}};
    static const struct ipc_handler importer[] = {{METHOD(IMPORTER_IMPORT), on_import}, {0}};
    static const enum role more[] = {ROLE_VERIFIER, ROLE_IMPORTER};
    char path[128];

    daemons_open();
    memset(&seen, 0, sizeof(seen));
    seen.api.node = daemons.api;
    for (size_t i = 0; i < RUN_COUNT(more); i++) {
        daemons_path(more[i], path, sizeof(path));
        ck_assert_int_eq(ipc_node_link(daemons.api, more[i], path), 0);
    }
    daemons_serve(ROLE_PKI, pki);
    daemons_serve(ROLE_VERIFIER, verifier);
    daemons_serve(ROLE_IMPORTER, importer);
    for (unsigned i = 0; i < 300 && !ipc_node_is_up(daemons.api, ROLE_PKI); i++)
        daemons_pass(10);
}

static void tear_down(void)
{
    daemons_close();
    ck_assert_uint_eq(budget.exchanges, 0);
}

#define TEMPLATE(name) "\"template\":{\"name\":\"" name "\",\"subject\":{\"commonName\":\"" name "\"}}"
#define ISSUE(issuer)  "{" TEMPLATE("anna") ",\"issuer\":\"" issuer "\",\"purpose\":3}"

START_TEST(an_answer_comes_back)
{
    set_up();
    ck_assert_str_eq(call("IssueCertificate", ISSUE("ca")), "{\"certificate\":{\"name\":\"anna\"}}");
    ck_assert_uint_eq(seen.status, 200);
    tear_down();
}
END_TEST

START_TEST(errors_come_back)
{
    set_up();
    ck_assert_str_eq(call("IssueCertificate", ISSUE("nobody")),
                     "{\"code\":\"not_found\",\"message\":\"issuer: no such authority\"}");
    ck_assert_str_eq(call("IssueCertificate", ISSUE("broken")),
                     "{\"code\":\"internal\",\"message\":\"pki-d: disk full\"}");
    ck_assert_str_eq(call("IssueCertificate", ISSUE("mute")),
                     "{\"code\":\"internal\",\"message\":\"pki-d answers nothing\"}");
    ck_assert_str_eq(call("IssueCertificate", ISSUE("a b")),
                     "{\"code\":\"invalid_argument\",\"message\":\"issuer: \\\"a b\\\" is no name; 1 to 64 letters, "
                     "digits, '-', '_' and '.' would be right\"}");
    daemons_kill(ROLE_PKI);
    ck_assert_ptr_nonnull(strstr(call("IssueCertificate", ISSUE("ca")), "unavailable"));
    ck_assert_ptr_nonnull(strstr(seen.body, "pki-d: "));
    tear_down();
}
END_TEST

START_TEST(requests_are_read_by_the_verifier)
{
    set_up();
    ck_assert_str_eq(call("SignCertificateRequest",
                          "{\"request\":\"eHg=\",\"template\":{\"name\":\"branch\"},\"issuer\":\"ca\",\"purpose\":4}"),
                     "{\"pem\":\"cGVt\"}");
    ck_assert_str_eq(call("SignCertificateRequest",
                          "{\"request\":\"eA==\",\"template\":{\"name\":\"branch\"},\"issuer\":\"ca\",\"purpose\":4}"),
                     "{\"code\":\"invalid_argument\",\"message\":\"request: not a PKCS#10 request\"}");
    ck_assert_str_eq(call("LintCertificate", "{\"data\":\"eA==\"}"), "{}");
    tear_down();
}
END_TEST

START_TEST(files_go_to_the_importer)
{
    set_up();
    ck_assert_str_eq(
        call("ImportCertificate", "{\"name\":\"gw\",\"data\":\"eA==\",\"passphrase\":\"MDEyMzQ1Njc4OQ==\"}"), "{}");
    tear_down();
}
END_TEST

START_TEST(documents_come_in_pages)
{
    set_up();
    ck_assert_str_eq(call("GetCrl", "{\"authority\":\"ca\"}"),
                     "{\"data\":\"MDEyMzQ1Njc4OQ==\",\"number\":\"5\",\"revoked\":2}");
    ck_assert_ptr_nonnull(
        strstr(call("GetCrl", "{\"authority\":\"ca\",\"pem\":true}"), "LS0tLS1CRUdJTiBYNTA5IENSTC0tLS0t"));
    ck_assert_str_eq(call("BackupStore", "{\"passphrase\":\"MDEyMzQ1Njc4OTAx\"}"), "{\"data\":\"YWJjZGVm\"}");
    seen.spoils_pages = true;
    ck_assert_ptr_nonnull(strstr(call("GetCrl", "{\"authority\":\"ca\"}"), "do not fit together"));
    ck_assert_ptr_nonnull(strstr(call("BackupStore", "{\"passphrase\":\"MDEyMzQ1Njc4OTAx\"}"), "do not fit together"));
    tear_down();
}
END_TEST

START_TEST(a_backup_goes_in_pages)
{
    static char json[100000];
    size_t n = 0;

    set_up();
    n += (size_t)snprintf(json, sizeof(json), "{\"passphrase\":\"MDEyMzQ1Njc4OTAx\",\"data\":\"");
    for (unsigned i = 0; i < 20000; i++) // 60,000 bytes
        n += (size_t)snprintf(json + n, sizeof(json) - n, "YWJj");
    snprintf(json + n, sizeof(json) - n, "\"}");
    ck_assert_str_eq(call("RestoreStore", json), "{\"secrets\":3}");
    ck_assert_uint_eq(seen.pages, 2);
    ck_assert_uint_eq(seen.restored_n, 60000);
    for (size_t i = 0; i < seen.restored_n; i++)
        ck_assert_int_eq(seen.restored[i], "abc"[i % 3]);
    tear_down();
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {an_answer_comes_back,     errors_come_back,        requests_are_read_by_the_verifier,
                                  files_go_to_the_importer, documents_come_in_pages, a_backup_goes_in_pages};

    return run_tests("certificate_service", tests, RUN_COUNT(tests));
}
