// CertificateService's requests: what is taken, and what the first mistake is called.
#include <check.h>
#include <string.h>

#include "api-d/certificate_rules.h"
#include "api-d/certificate_text.h"
#include "bulkhead/v1/certificate_service.pb-c.h"
#include "lib/schema/proto_json.h"
#include "lib/schema/wiping.h"
#include "tests/unit/lib/run.h"

#define TYPE(message) &bulkhead__v1__##message##__descriptor

#define X16  "xxxxxxxxxxxxxxxx"
#define X64  X16 X16 X16 X16
#define X256 X64 X64 X64 X64

static const struct {
    const ProtobufCMessageDescriptor *descriptor;
    const char *request;
    const char *error; // its beginning; "": taken
} rows[] = {
    {TYPE(create_authority_request),
     "{\"template\":{\"name\":\"ca\",\"subject\":{\"commonName\":\"ca\",\"country\":\"RU\",\"state\":\"31\"},\"days\":"
     "3650,"
     "\"keyType\":\"KEY_TYPE_RSA_2048\"},\"issueCrlUrls\":[\"http://192.168.103.1/crl/ca.crl\"],\"pathLength\":1}",
     ""},
    {TYPE(create_authority_request), "{}", "template: missing"},
    {TYPE(create_authority_request), "{\"template\":{}}", "template.name: missing; 1 to 64"},
    {TYPE(create_authority_request), "{\"template\":{\"name\":\"a b\"}}", "template.name: \"a b\" is no name"},
    {TYPE(create_authority_request), "{\"template\":{\"name\":\"ca\"}}", "template.subject.common_name: missing"},
    {TYPE(create_authority_request), "{\"template\":{\"name\":\"ca\",\"subject\":{\"commonName\":\"" X64 "x\"}}}",
     "template.subject.common_name: at most 64"},
    {TYPE(create_authority_request), "{\"template\":{\"name\":\"ca\",\"subject\":{\"commonName\":\"a\\nb\"}}}",
     "template.subject.common_name: at most 64 bytes of printable"},
    {TYPE(create_authority_request),
     "{\"template\":{\"name\":\"ca\",\"subject\":{\"commonName\":\"ca\",\"country\":\"Germany\"}}}",
     "template.subject.country: \"Germany\" is no country; two letters"},
    {TYPE(create_authority_request),
     "{\"template\":{\"name\":\"ca\",\"subject\":{\"commonName\":\"ca\"},\"days\":36501}}", "template.days: 36501"},
    {TYPE(create_authority_request),
     "{\"template\":{\"name\":\"ca\",\"subject\":{\"commonName\":\"ca\"}},\"issuer\":\"a b\"}", "issuer: \"a b\""},
    {TYPE(create_authority_request),
     "{\"template\":{\"name\":\"ca\",\"subject\":{\"commonName\":\"ca\"}},\"pathLength\":17}", "path_length: 17"},
    {TYPE(create_authority_request),
     "{\"template\":{\"name\":\"ca\",\"subject\":{\"commonName\":\"ca\"}},\"issueCrlUrls\":[\"https://x/\"]}",
     "issue_crl_urls[0]: \"https://x/\" is no such URL; http://"},
    {TYPE(create_authority_request),
     "{\"template\":{\"name\":\"ca\",\"subject\":{\"commonName\":\"ca\"}},\"issueOcspUrls\":[\"http://a/\",\"http://a/"
     "\",\"http://a/\",\"http://a/\",\"http://a/\"]}",
     "issue_ocsp_urls: 5 are too many"},
    {TYPE(issue_certificate_request),
     "{\"template\":{\"name\":\"vpn\",\"subject\":{\"commonName\":\"vpn.example\"},\"altNames\":[\"dns:vpn.example\","
     "\"ip:2001:db8::1\",\"dns:192.0.2.1\",\"email:a@example.com\",\"*.example\"],\"forClients\":[\"ios\"],\"dialled\":"
     "["
     "\"vpn.example\"]},\"issuer\":\"ca\",\"purpose\":\"CERTIFICATE_PURPOSE_TLS_SERVER\"}",
     ""},
    {TYPE(issue_certificate_request),
     "{\"template\":{\"name\":\"vpn\",\"subject\":{\"commonName\":\"vpn\"},\"altNames\":[\"dns:a\",\"ip:vpn\"]}}",
     "template.alt_names[1]: \"ip:vpn\" is no such name; dns:vpn.example"},
    {TYPE(issue_certificate_request),
     "{\"template\":{\"name\":\"vpn\",\"subject\":{\"commonName\":\"vpn\"},\"forClients\":[\"beos\"]}}",
     "template.for_clients[0]: there is no client kind \"beos\"; windows, apple"},
    {TYPE(issue_certificate_request),
     "{\"template\":{\"name\":\"vpn\",\"subject\":{\"commonName\":\"vpn\"},\"dialled\":[\"a b\"]}}",
     "template.dialled[0]: \"a b\""},
    {TYPE(issue_certificate_request), "{\"template\":{\"name\":\"vpn\",\"subject\":{\"commonName\":\"vpn\"}}}",
     "issuer: missing"},
    {TYPE(issue_certificate_request),
     "{\"template\":{\"name\":\"vpn\",\"subject\":{\"commonName\":\"vpn\"}},\"issuer\":\"ca\"}", "purpose: missing"},
    {TYPE(issue_certificate_request),
     "{\"template\":{\"name\":\"vpn\",\"subject\":{\"commonName\":\"vpn\"}},\"issuer\":\"ca\",\"purpose\":1}",
     "purpose: not one of this method"},
    {TYPE(sign_certificate_request_request),
     "{\"request\":\"eA==\",\"template\":{\"name\":\"a\"},\"issuer\":\"ca\",\"purpose\":3}", ""},
    {TYPE(sign_certificate_request_request), "{}", "request: missing; a PKCS#10 request"},
    {TYPE(sign_certificate_request_request),
     "{\"request\":\"eA==\",\"template\":{\"name\":\"a\",\"keyType\":1},\"issuer\":\"ca\",\"purpose\":3}",
     "template.key_type: the request brings its own key"},
    {TYPE(import_certificate_request), "{\"name\":\"a\",\"data\":\"eA==\"}", ""},
    {TYPE(import_certificate_request), "{\"name\":\"a\"}", "data: missing; PEM, DER"},
    {TYPE(import_certificate_request), "{\"name\":\"a\",\"data\":\"eA==\",\"crlUrls\":[\"http://\"]}", "crl_urls[0]:"},
    {TYPE(list_certificates_request), "{}", ""},
    {TYPE(list_certificates_request), "{\"pageSize\":1001}", "page_size: 1001"},
    {TYPE(list_certificates_request), "{\"contains\":\"" X256 "x\"}", "contains: at most 256"},
    {TYPE(list_certificates_request), "{\"issuer\":\"/\"}", "issuer: \"/\""},
    {TYPE(get_certificate_request), "{\"name\":\"serial:00fF\"}", ""},
    {TYPE(get_certificate_request), "{\"name\":\"serial:xy\"}", "name: \"serial:xy\" is no name"},
    {TYPE(get_certificate_request), "{}", "name: missing"},
    {TYPE(renew_certificate_request), "{\"name\":\"a\",\"days\":36501}", "days: 36501"},
    {TYPE(renew_certificate_request), "{\"name\":\"serial:ff\"}", "name: \"serial:ff\""},
    {TYPE(revoke_certificate_request), "{\"name\":\"serial:ff\",\"reason\":9}", ""},
    {TYPE(delete_certificate_request), "{\"name\":\"\"}", "name: missing"},
    {TYPE(export_certificate_request), "{\"name\":\"a\"}", ""},
    {TYPE(export_certificate_request), "{\"name\":\"a\",\"format\":3,\"passphrase\":\"MDEyMzQ1Njc=\"}", ""},
    {TYPE(export_certificate_request), "{\"name\":\"a\",\"format\":3,\"passphrase\":\"MDEyMzQ1Ng==\"}",
     "passphrase: too short; at least 8 characters"},
    {TYPE(export_certificate_request), "{\"name\":\"a\",\"format\":3}", "passphrase: missing; at least 8"},
    // seven characters in eight bytes
    {TYPE(export_certificate_request), "{\"name\":\"a\",\"format\":3,\"passphrase\":\"w7wxMjM0NTY=\"}",
     "passphrase: too short"},
    {TYPE(export_certificate_request), "{\"name\":\"a\",\"passphrase\":\"MDEyMzQ1Njc=\"}",
     "passphrase: only PKCS#12 has one"},
    {TYPE(get_crl_request), "{\"authority\":\"ca\"}", ""},
    {TYPE(get_crl_request), "{}", "authority: missing"},
    {TYPE(import_crl_request), "{\"authority\":\"ca\"}", "data: missing; a CRL"},
    {TYPE(lint_certificate_request), "{\"name\":\"a\",\"clients\":[\"windows\",\"ios\"]}", ""},
    {TYPE(lint_certificate_request), "{\"data\":\"eA==\"}", ""},
    {TYPE(lint_certificate_request), "{}", "name: missing"},
    {TYPE(lint_certificate_request), "{\"name\":\"a\",\"data\":\"eA==\"}", "name: name and data are both given"},
    {TYPE(lint_certificate_request), "{\"name\":\"a\",\"clients\":[\"x\"]}", "clients[0]: there is no"},
    {TYPE(list_audit_records_request), "{\"pageSize\":1000}", ""},
    {TYPE(list_audit_records_request), "{\"pageSize\":2000}", "page_size: 2000"},
    {TYPE(backup_store_request), "{\"passphrase\":\"MDEyMzQ1Njc4OTAx\"}", ""},
    {TYPE(backup_store_request), "{\"passphrase\":\"MDEyMzQ1Njc4OTA=\"}", "passphrase: too short; at least 12"},
    {TYPE(restore_store_request), "{\"passphrase\":\"MDEyMzQ1Njc4OTAx\"}", "data: missing; what BackupStore gave"},
};

START_TEST(checks)
{
    char error[CERTIFICATE_RULES_ERROR_MAX] = "";
    struct mistakes mistakes = mistakes_of(NULL);
    ProtobufCMessage *message = NULL;
    int err;

    ck_assert_int_eq(
        proto_json_decode(bytes_of_str(rows[_i].request), rows[_i].descriptor, &wiping_allocator, &mistakes, &message),
        0);
    err = certificate_rules_check(message, error);
    ck_assert_msg(err == (rows[_i].error[0] ? -22 : 0) && !strncmp(error, rows[_i].error, strlen(rows[_i].error)),
                  "%s: %s", rows[_i].request, error);
    protobuf_c_message_free_unpacked(message, &wiping_allocator);
    mistakes_done(&mistakes);
}
END_TEST

START_TEST(bounds_files)
{
    Bulkhead__V1__ImportCertificateRequest request = BULKHEAD__V1__IMPORT_CERTIFICATE_REQUEST__INIT;
    char error[CERTIFICATE_RULES_ERROR_MAX];
    static uint8_t room[48 * 1024 + 1];

    request.name = (char *)"a";
    request.data = (ProtobufCBinaryData){.data = room, .len = sizeof(room)};
    ck_assert_int_eq(certificate_rules_check(&request.base, error), -22);
    ck_assert_ptr_nonnull(strstr(error, "at most 48 KiB"));
    request.data.len--;
    ck_assert_int_eq(certificate_rules_check(&request.base, error), 0);
    request.key = (ProtobufCBinaryData){.data = room, .len = 1};
    ck_assert_int_eq(certificate_rules_check(&request.base, error), -22);
    ck_assert_str_eq(error, "key: data and key together are over 48 KiB");
}
END_TEST

// JSON knows only names and their numbers; binary messages carry any.
START_TEST(knows_enums)
{
    Bulkhead__V1__ListCertificatesRequest list = BULKHEAD__V1__LIST_CERTIFICATES_REQUEST__INIT;
    Bulkhead__V1__RevokeCertificateRequest revoke = BULKHEAD__V1__REVOKE_CERTIFICATE_REQUEST__INIT;
    Bulkhead__V1__ExportCertificateRequest export = BULKHEAD__V1__EXPORT_CERTIFICATE_REQUEST__INIT;
    char error[CERTIFICATE_RULES_ERROR_MAX];

    list.state = 9;
    ck_assert_int_eq(certificate_rules_check(&list.base, error), -22);
    ck_assert_str_eq(error, "state: 9 is no CertificateState");
    revoke.name = export.name = (char *)"a";
    revoke.reason = 6;
    ck_assert_int_eq(certificate_rules_check(&revoke.base, error), -22);
    ck_assert_str_eq(error, "reason: 6 is no RevocationReason");
    export.format = 7;
    ck_assert_int_eq(certificate_rules_check(&export.base, error), -22);
    ck_assert_str_eq(error, "format: 7 is no ExportFormat");
    export.format = 3;
    export.encryption = 7;
    ck_assert_int_eq(certificate_rules_check(&export.base, error), -22);
    ck_assert_str_eq(error, "encryption: 7 is no Pkcs12Encryption");
}
END_TEST

START_TEST(knows_names)
{
    static const char *const good[] = {"vpn", "dns:a.example", "DNS:a_b.example", "*.example", "2001:db8::1", "a@b.c"};
    static const char *const bad[] = {"",        "dns:",         "dns:a..b", "dns:-a",  "dns:a-.b",
                                      "ip:a",    "email:a",      "a@*.b",    "a b@c",   "dns:a.*.b",
                                      "uri:a:b", "ip:1.2.3.4/5", "*",        "<a@b.c>", "dns:" X64};

    for (size_t i = 0; i < RUN_COUNT(good); i++)
        ck_assert_msg(certificate_text_is_alt_name(good[i]), "%s", good[i]);
    for (size_t i = 0; i < RUN_COUNT(bad); i++)
        ck_assert_msg(!certificate_text_is_alt_name(bad[i]), "%s", bad[i]);
}
END_TEST

START_TEST(knows_urls)
{
    static const char *const good[] = {"http://a", "http://[2001:db8::1]:80/x", "HTTP://a/b?c=%20"};
    static const char *const bad[] = {"",
                                      "http://",
                                      "http:///x",
                                      "ftp://a",
                                      "https://a",
                                      "http://a b",
                                      "http://u@h/",
                                      "http://a/#b",
                                      "http://[a/",
                                      "http://a:0/",
                                      "http://1.2.3/",
                                      "http://a/\n",
                                      "http://" X256};

    for (size_t i = 0; i < RUN_COUNT(good); i++)
        ck_assert_msg(certificate_text_is_http_url(good[i]), "%s", good[i]);
    for (size_t i = 0; i < RUN_COUNT(bad); i++)
        ck_assert_msg(!certificate_text_is_http_url(bad[i]), "%s", bad[i]);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("certificate_rules");

    wiping_use_for_json();
    tcase_add_loop_test(tcase, checks, 0, RUN_COUNT(rows));
    tcase_add_test(tcase, bounds_files);
    tcase_add_test(tcase, knows_enums);
    tcase_add_test(tcase, knows_names);
    tcase_add_test(tcase, knows_urls);
    return run_case(tcase);
}
