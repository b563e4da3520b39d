// What pki-d is told of certificates and requests from outside, and which of them are refused.
#include <check.h>
#include <errno.h>
#include <openssl/ui.h>

#include "lib/ipc/edge_message.h"
#include "pki-d/verifier/certificate_facts.h"
#include "pki-d/verifier/certificate_name.h"
#include "pki-d/verifier/crl.h"
#include "pki-d/verifier/lint_request.h"
#include "pki-d/verifier/verifier_limits.h"
#include "tests/unit/lib/run.h"
#include "tests/unit/pki-d/mint.h"

static char reason[VERIFIER_REASON_MAX];

static certificate_facts *read_facts(X509 *certificate)
{
    struct bytes der = mint_der(certificate);
    certificate_facts *facts = NULL;
    int r = certificate_facts_read(der, &facts, reason);

    ck_assert_msg(r == 0, "%s", reason);
    ck_assert_uint_eq(facts->der.len, der.n);
    mint_free_der(der);
    return facts;
}

START_TEST(tells_everything)
{
    const struct mint_order order = {
        .subject = "C=DE,O=Interface31,OU=VPN,CN=vpn.interface31.lab",
        .serial = 0x0a0b,
        .extensions =
            {"basicConstraints=critical,CA:TRUE,pathlen:2", "keyUsage=digitalSignature,keyCertSign,decipherOnly",
             "extendedKeyUsage=serverAuth,1.3.6.1.5.5.7.3.17", "subjectKeyIdentifier=01:02:03",
             "subjectAltName=DNS:vpn.interface31.lab,IP:192.0.2.1,email:a@example.com,URI:http://x/,IP:2001:db8::1",
             "crlDistributionPoints=URI:http://crl.example/a.crl,URI:ldap://x/",
             "authorityInfoAccess="
             "OCSP;URI:http://ocsp.example/"},
    };
    EVP_PKEY *key = mint_key("EC");
    X509 *certificate = mint_certificate(&order, key);
    certificate_facts *f = read_facts(certificate);
    static const char *const names[] = {"dns:vpn.interface31.lab", "ip:192.0.2.1", "email:a@example.com",
                                        "ip:2001:db8::1"};

    ck_assert_str_eq(f->subject, "CN=vpn.interface31.lab,OU=VPN,O=Interface31,C=DE");
    ck_assert_str_eq(f->issuer, f->subject);
    ck_assert_str_eq(f->subject_fields->country, "DE");
    ck_assert_str_eq(f->subject_fields->organizational_unit, "VPN");
    ck_assert_str_eq(f->subject_fields->common_name, "vpn.interface31.lab");
    ck_assert_str_eq(f->subject_fields->state, "");
    ck_assert_uint_eq(f->serial.len, 2);
    ck_assert_int_eq(f->serial.data[0], 0x0a);
    ck_assert_int_eq(f->not_before, MINT_NOW - MINT_DAY);
    ck_assert_int_eq(f->not_after, MINT_NOW + 365 * MINT_DAY);
    ck_assert_uint_eq(f->n_alt_names, RUN_COUNT(names));
    for (size_t i = 0; i < RUN_COUNT(names); i++)
        ck_assert_str_eq(f->alt_names[i], names[i]);
    ck_assert(f->is_authority && f->path_length == 2);
    ck_assert_uint_eq(f->key_usage, 1u << 0 | 1u << 5 | 1u << 8);
    ck_assert_uint_eq(f->n_extended_key_usage, 2);
    ck_assert_str_eq(f->extended_key_usage[0], "1.3.6.1.5.5.7.3.1");
    ck_assert_uint_eq(f->subject_key_id.len, 3);
    ck_assert_uint_eq(f->n_crl_urls, 1);
    ck_assert_str_eq(f->crl_urls[0], "http://crl.example/a.crl");
    ck_assert_uint_eq(f->n_ocsp_urls, 1);
    ck_assert_str_eq(f->signature_algorithm, "ecdsa-with-SHA256");
    ck_assert(f->is_self_signed);
    certificate_facts_free(f);
    X509_free(certificate);
    EVP_PKEY_free(key);
}
END_TEST

static const struct {
    const char *kind;
    Bulkhead__V1__KeyType type;
    size_t n, point;
} keys[] = {
    {"RSA2048", BULKHEAD__V1__KEY_TYPE__KEY_TYPE_RSA_2048, 256, 0},
    {"RSA2056", BULKHEAD__V1__KEY_TYPE__KEY_TYPE_UNSPECIFIED, 257, 0},
    {"EC", BULKHEAD__V1__KEY_TYPE__KEY_TYPE_EC_P256, 0, 65},
    {"P-384", BULKHEAD__V1__KEY_TYPE__KEY_TYPE_EC_P384, 0, 97},
    {"P-521", BULKHEAD__V1__KEY_TYPE__KEY_TYPE_EC_P521, 0, 133},
    {"ED25519", BULKHEAD__V1__KEY_TYPE__KEY_TYPE_ED25519, 0, 32},
};

START_TEST(tells_the_key)
{
    const struct mint_order order = {.subject = "CN=k"};
    EVP_PKEY *key = mint_key(keys[_i].kind);
    X509 *certificate = mint_certificate(&order, key);
    certificate_facts *f = read_facts(certificate);

    ck_assert_int_eq(f->key->type, keys[_i].type);
    ck_assert_uint_eq(f->key->n.len, keys[_i].n);
    ck_assert_uint_eq(f->key->e.len, keys[_i].n ? 3 : 0);
    ck_assert_uint_eq(f->key->point.len, keys[_i].point);
    ck_assert_int_eq(f->path_length, -1);
    ck_assert_uint_eq(f->key_usage, 0);
    certificate_facts_free(f);
    X509_free(certificate);
    EVP_PKEY_free(key);
}
END_TEST

// A subject that would forge a log line comes out escaped, everywhere.
START_TEST(escapes_what_could_do_harm)
{
    const struct mint_order order = {.subject = "CN=a\nb\xe2\x80\xae"
                                                "c\x7f\xc3\xa4"};
    EVP_PKEY *key = mint_key("EC");
    X509 *certificate = mint_certificate(&order, key);
    certificate_facts *f = read_facts(certificate);

    ck_assert_str_eq(f->subject, "CN=a\\0Ab\\E2\\80\\AEc\\7F\xc3\xa4");
    ck_assert_str_eq(f->subject_fields->common_name, "a\\0Ab\\E2\\80\\AEc\\7F\xc3\xa4");
    certificate_facts_free(f);
    X509_free(certificate);
    EVP_PKEY_free(key);
}
END_TEST

START_TEST(cuts_what_is_long)
{
    const unsigned char umlauts[] = "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4";
    X509_NAME *name = X509_NAME_new();
    char *text, *again;

    for (int i = 0; i < 100; i++)
        ck_assert_int_eq(X509_NAME_add_entry_by_txt(name, "OU", MBSTRING_UTF8, umlauts, -1, -1, 0), 1);
    text = certificate_name_short_text(name);
    ck_assert_uint_le(strlen(text), VERIFIER_NAME_TEXT_MAX_BYTES);
    ck_assert_uint_ge(strlen(text), VERIFIER_NAME_TEXT_MAX_BYTES - 3);
    again = certificate_name_escape(bytes_of_str(text)); // no character is cut in two
    ck_assert_str_eq(again, text);
    free(text);
    free(again);
    X509_NAME_free(name);
}
END_TEST

static const struct {
    struct mint_order order;
    const char *reason; // a part of it
} refused[] = {
    {{.subject = "CN=v1", .version = 1}, "version 1"},
    {{.subject = "CN=negative", .serial = -5}, "serial number is not positive"},
    {{.subject = "CN=times", .from = MINT_NOW, .until = MINT_NOW - 1}, "ends before it begins"},
    {{.subject = "CN=twice", .extensions = {"keyUsage=digitalSignature", "keyUsage=keyCertSign"}}, "twice"},
    {{.subject = "CN=unknown twice", .extensions = {"1.2.3.4=ASN1:NULL", "1.2.3.4=ASN1:NULL"}}, "1.2.3.4 twice"},
    {{.subject = "CN=bad usage", .extensions = {"2.5.29.15=ASN1:NULL"}}, "extensions"},
    {{.subject = "CN=nul", .extensions = {"2.5.29.17=DER:30:06:82:04:61:00:62:63"}}, "alternative name 1"},
    {{.subject = "CN=short address", .extensions = {"2.5.29.17=DER:30:05:87:03:01:02:03"}}, "alternative name 1"},
};

START_TEST(refuses)
{
    EVP_PKEY *key = mint_key("EC");
    X509 *certificate = mint_certificate(&refused[_i].order, key);
    struct bytes der = mint_der(certificate);
    certificate_facts *facts = NULL;

    ck_assert_int_eq(certificate_facts_read(der, &facts, reason), -EBADMSG);
    ck_assert_msg(strstr(reason, refused[_i].reason), "%s", reason);
    ck_assert_ptr_null(facts);
    mint_free_der(der);
    X509_free(certificate);
    EVP_PKEY_free(key);
}
END_TEST

START_TEST(refuses_what_is_cut_or_too_long)
{
    static uint8_t longer[VERIFIER_CERTIFICATE_MAX_BYTES + 1];
    const struct mint_order order = {.subject = "CN=k"};
    EVP_PKEY *key = mint_key("EC");
    X509 *certificate = mint_certificate(&order, key);
    struct bytes der = mint_der(certificate);
    certificate_facts *facts;

    memcpy(longer, der.p, der.n);
    for (size_t n = 0; n < der.n; n++)
        ck_assert_int_eq(certificate_facts_read(bytes_of(der.p, n), &facts, reason), -EBADMSG);
    ck_assert_int_eq(certificate_facts_read(bytes_of(longer, der.n + 1), &facts, reason), -EBADMSG);
    ck_assert_int_eq(certificate_facts_read(bytes_of(longer, sizeof(longer)), &facts, reason), -EBADMSG);
    mint_free_der(der);
    X509_free(certificate);
    EVP_PKEY_free(key);
}
END_TEST

static X509_REQ *make_request(EVP_PKEY *key, const char *subject, const char *extension)
{
    X509_REQ *request = X509_REQ_new();
    X509_NAME *name = mint_name(subject);

    X509_REQ_set_subject_name(request, name);
    X509_REQ_set_pubkey(request, key);
    if (extension) {
        STACK_OF(X509_EXTENSION) *extensions = sk_X509_EXTENSION_new_null();

        sk_X509_EXTENSION_push(extensions, mint_extension(extension, NULL, NULL));
        X509_REQ_add_extensions(request, extensions);
        sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
    }
    ck_assert_int_gt(X509_REQ_sign(request, key, EVP_sha256()), 0);
    X509_NAME_free(name);
    return request;
}

// As PEM or DER, from a memory BIO; the copy is for the test's life.
static struct bytes encode_request(X509_REQ *request, bool pem)
{
    static char buffer[16384];
    BIO *bio = BIO_new(BIO_s_mem());
    int n;

    ck_assert_int_eq(pem ? PEM_write_bio_X509_REQ(bio, request) : i2d_X509_REQ_bio(bio, request), 1);
    n = BIO_read(bio, buffer, sizeof(buffer));
    BIO_free(bio);
    return bytes_of(buffer, (size_t)n);
}

START_TEST(reads_requests)
{
    EVP_PKEY *key = mint_key("RSA2048");
    X509_REQ *request = make_request(key, "CN=branch,O=Example", "subjectAltName=DNS:branch.example");
    certificate_facts *f = NULL;

    ck_assert_int_eq(certificate_facts_read_request(encode_request(request, _i == 1), &f, reason), 0);
    ck_assert_str_eq(f->subject_fields->common_name, "branch");
    ck_assert_uint_eq(f->n_alt_names, 1);
    ck_assert_str_eq(f->alt_names[0], "dns:branch.example");
    ck_assert_int_eq(f->key->type, BULKHEAD__V1__KEY_TYPE__KEY_TYPE_RSA_2048);
    ck_assert_uint_eq(f->der.len, 0);
    ck_assert_uint_eq(f->issuer_der.len, 0);
    certificate_facts_free(f);
    X509_REQ_free(request);
    EVP_PKEY_free(key);
}
END_TEST

static void refuse_request(X509_REQ *request, const char *why)
{
    certificate_facts *f = NULL;

    ck_assert_int_eq(certificate_facts_read_request(encode_request(request, false), &f, reason), -EBADMSG);
    ck_assert_msg(strstr(reason, why), "%s", reason);
    X509_REQ_free(request);
}

START_TEST(refuses_requests)
{
    EVP_PKEY *key = mint_key("EC"), *weak = mint_key("RSA1024"), *other = mint_key("EC");
    X509_REQ *request = make_request(key, "CN=a", NULL);
    certificate_facts *f = NULL;

    X509_REQ_set_pubkey(request, other);
    refuse_request(request, "own signature is wrong");
    refuse_request(make_request(weak, "CN=a", NULL), "1024 bits");
    refuse_request(make_request(key, "CN=a\nb", NULL), "control characters");
    refuse_request(make_request(key, "CN=a", "2.5.29.17=DER:30:06:82:04:61:00:62:63"), "alternative name 1");
    ck_assert_int_eq(certificate_facts_read_request(bytes_of_str("-----BEGIN NOTHING-----"), &f, reason), -EBADMSG);
    ck_assert_int_eq(certificate_facts_read_request(bytes_of("", 0), &f, reason), -EBADMSG);
    EVP_PKEY_free(key);
    EVP_PKEY_free(weak);
    EVP_PKEY_free(other);
}
END_TEST

// ---- PEM that says of itself that it is encrypted

static bool has_asked;

static int on_terminal(UI *ui)
{
    (void)ui;
    has_asked = true;
    return 0;
}

static struct bytes encrypted_pem(const char *label)
{
    static char text[512];
    int n = snprintf(text, sizeof(text),
                     "-----BEGIN %s-----\nProc-Type: 4,ENCRYPTED\n"
                     "DEK-Info: AES-256-CBC,000102030405060708090A0B0C0D0E0F\n\n"
                     "AAAAAAAAAAAAAAAAAAAAAA==\n-----END %s-----\n",
                     label, label);

    return bytes_of(text, (size_t)n);
}

// There is nobody to ask, and the process may not even look for a terminal.
START_TEST(asks_for_no_passphrase)
{
    UI_METHOD *method = UI_create_method("test");
    Bulkhead__V1__LintCertificateRequest lint = BULKHEAD__V1__LINT_CERTIFICATE_REQUEST__INIT;
    struct lint_message_list list = {.n = 0};
    struct revocation_status status;
    certificate_facts *f = NULL;
    X509_CRL *crl = NULL;

    UI_method_set_opener(method, on_terminal);
    UI_set_default_method(method);
    ck_assert_int_eq(certificate_facts_read_request(encrypted_pem("CERTIFICATE REQUEST"), &f, reason), -EBADMSG);
    ck_assert(!crl_read(encrypted_pem("X509 CRL"), NULL, &crl, &status));
    edge_message_put_bytes(encrypted_pem("CERTIFICATE"), &lint.data);
    ck_assert_int_eq(lint_request_answer(&lint, MINT_NOW, &list, reason), -EBADMSG);
    ck_assert(!has_asked);
    UI_set_default_method(UI_OpenSSL());
    UI_destroy_method(method);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("certificate_facts");

    tcase_add_test(tcase, tells_everything);
    tcase_add_loop_test(tcase, tells_the_key, 0, (int)RUN_COUNT(keys));
    tcase_add_test(tcase, escapes_what_could_do_harm);
    tcase_add_test(tcase, cuts_what_is_long);
    tcase_add_loop_test(tcase, refuses, 0, (int)RUN_COUNT(refused));
    tcase_add_test(tcase, refuses_what_is_cut_or_too_long);
    tcase_add_loop_test(tcase, reads_requests, 0, 2);
    tcase_add_test(tcase, refuses_requests);
    tcase_add_test(tcase, asks_for_no_passphrase);
    return run_case(tcase);
}
