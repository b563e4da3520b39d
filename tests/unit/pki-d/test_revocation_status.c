// What CRLs and OCSP answers of other authorities say, and which of them say nothing; the public's OCSP requests.
#include <check.h>
#include <errno.h>
#include <openssl/rsa.h>

#include "pki-d/verifier/crl.h"
#include "pki-d/verifier/ocsp_query.h"
#include "pki-d/verifier/ocsp_request.h"
#include "tests/unit/lib/run.h"
#include "tests/unit/pki-d/mint_status.h"

static EVP_PKEY *ca_key, *key, *other_key;
static X509 *ca, *own, *delegate, *usurper, *namesake;

static X509 *issue(const char *subject, EVP_PKEY *subject_key, const char *extension, long serial)
{
    const struct mint_order order = {
        .subject = subject, .issuer = ca, .issuer_key = ca_key, .serial = serial, .extensions = {extension}};

    return mint_certificate(&order, subject_key);
}

static void set_up(void)
{
    const struct mint_order root = {.subject = "CN=root", .extensions = {MINT_CA}};

    ca_key = mint_key("EC");
    key = mint_key("EC");
    other_key = mint_key("EC");
    ca = mint_certificate(&root, ca_key);
    namesake = mint_certificate(&root, other_key);
    own = issue("CN=gw", key, "crlDistributionPoints=URI:http://crl.example/a.crl", 0x1234);
    delegate = issue("CN=responder", other_key, "extendedKeyUsage=OCSPSigning", 2);
    usurper = issue("CN=usurper", other_key, "extendedKeyUsage=serverAuth", 3);
}

static void tear_down(void)
{
    X509 *const certificates[] = {ca, own, delegate, usurper, namesake};
    EVP_PKEY *const keys[] = {ca_key, key, other_key};

    for (size_t i = 0; i < RUN_COUNT(certificates); i++)
        X509_free(certificates[i]);
    for (size_t i = 0; i < RUN_COUNT(keys); i++)
        EVP_PKEY_free(keys[i]);
}

static struct revocation_subject subject(void)
{
    return (struct revocation_subject){.certificate = own, .issuer = ca, .now = MINT_NOW};
}

// ---- CRLs

static struct revocation_status check_crl(struct mint_crl_order order)
{
    const struct revocation_subject who = subject();
    struct revocation_status status = {.state = 99};
    struct bytes der;
    bool says;

    if (!order.issuer)
        order.issuer = ca;
    if (!order.key)
        order.key = ca_key;
    der = mint_crl(&order);
    says = crl_check(der, &who, &status);
    ck_assert(says == (status.state != REVOCATION_UNKNOWN));
    mint_free_der(der);
    return status;
}

static void crl_says_nothing(struct mint_crl_order order, const char *why)
{
    struct revocation_status status = check_crl(order);

    ck_assert_int_eq(status.state, REVOCATION_UNKNOWN);
    ck_assert_msg(strstr(status.why, why), "%s", status.why);
}

START_TEST(crl_says)
{
    struct revocation_status status = check_crl((struct mint_crl_order){.reason = 0});

    ck_assert_int_eq(status.state, REVOCATION_GOOD);
    status = check_crl((struct mint_crl_order){.revoked = delegate});
    ck_assert_int_eq(status.state, REVOCATION_GOOD);
    status = check_crl((struct mint_crl_order){.revoked = own, .reason = 4});
    ck_assert_int_eq(status.state, REVOCATION_REVOKED);
    ck_assert_int_eq(status.reason, 4);
    ck_assert_int_eq(status.revoked_at, MINT_NOW - 60);
    status = check_crl((struct mint_crl_order){.revoked = own, .extension = "2.5.29.20=DER:02:01:07"});
    ck_assert_int_eq(status.state, REVOCATION_REVOKED);
    // a list for the distribution point that the certificate names
    status = check_crl((struct mint_crl_order){
        .revoked = own,
        .extension = "issuingDistributionPoint=critical,DER:30:1f:a0:1d:a0:1b:86:19:68:74:74:70:3a:2f:2f:63:72:"
                     "6c:2e:65:78:61:6d:70:6c:65:2f:61:2e:63:72:6c:2f"});
    ck_assert_int_eq(status.state, REVOCATION_UNKNOWN); // with a slash more
    status = check_crl((struct mint_crl_order){
        .revoked = own,
        .extension = "issuingDistributionPoint=critical,DER:30:1e:a0:1c:a0:1a:86:18:68:74:74:70:3a:2f:2f:63:72:"
                     "6c:2e:65:78:61:6d:70:6c:65:2f:61:2e:63:72:6c"});
    ck_assert_int_eq(status.state, REVOCATION_REVOKED);
}
END_TEST

START_TEST(crl_says_nothing_when)
{
    crl_says_nothing((struct mint_crl_order){.key = other_key}, "signature is wrong");
    crl_says_nothing((struct mint_crl_order){.issuer = own, .key = key}, "another issuer");
    crl_says_nothing((struct mint_crl_order){.until = MINT_NOW - 400}, "out of date");
    crl_says_nothing((struct mint_crl_order){.from = MINT_NOW + 400}, "future");
    crl_says_nothing((struct mint_crl_order){.is_endless = true}, "until when");
    crl_says_nothing((struct mint_crl_order){.digest = "SHA1"}, "too weak");
    crl_says_nothing((struct mint_crl_order){.extension = "2.5.29.27=critical,DER:02:01:07"}, "delta");
    crl_says_nothing((struct mint_crl_order){.extension = "1.2.3.4=critical,ASN1:NULL"}, "critical");
    crl_says_nothing((struct mint_crl_order){.revoked = delegate, .of_entry = "1.2.3.4=critical,ASN1:NULL"},
                     "critical");
    crl_says_nothing(
        (struct mint_crl_order){.revoked = delegate, .of_entry = "certificateIssuer=critical,DER:30:03:82:01:61"},
        "critical");
    crl_says_nothing((struct mint_crl_order){.extension = "issuingDistributionPoint=critical,DER:30:03:82:01:ff"},
                     "other certificates"); // onlyContainsCACerts
    crl_says_nothing((struct mint_crl_order){.extension = "issuingDistributionPoint=critical,DER:30:03:84:01:ff"},
                     "other certificates"); // indirectCRL
}
END_TEST

static X509_ALGOR *make_pss(const EVP_MD *digest)
{
    X509_ALGOR *algorithm = X509_ALGOR_new();
    RSA_PSS_PARAMS *parameters = RSA_PSS_PARAMS_new();

    if (digest) {
        parameters->hashAlgorithm = X509_ALGOR_new();
        X509_ALGOR_set_md(parameters->hashAlgorithm, digest);
    }
    X509_ALGOR_set0(algorithm, OBJ_nid2obj(NID_rsassaPss), V_ASN1_SEQUENCE,
                    ASN1_item_pack(parameters, ASN1_ITEM_rptr(RSA_PSS_PARAMS), NULL));
    RSA_PSS_PARAMS_free(parameters);
    return algorithm;
}

START_TEST(weak_signatures)
{
    static const struct {
        const EVP_MD *(*digest)(void);
        bool is_weak;
    } rows[] = {{EVP_sha1, true}, {EVP_md5, true}, {EVP_sha256, false}, {EVP_sha512, false}};
    X509_ALGOR *algorithm = make_pss(NULL);

    ck_assert(revocation_status_is_weak(algorithm)); // SHA-1, when nothing is said
    X509_ALGOR_free(algorithm);
    for (size_t i = 0; i < RUN_COUNT(rows); i++) {
        algorithm = make_pss(rows[i].digest());
        ck_assert(revocation_status_is_weak(algorithm) == rows[i].is_weak);
        X509_ALGOR_free(algorithm);
    }
    algorithm = X509_ALGOR_new();
    X509_ALGOR_set0(algorithm, OBJ_nid2obj(NID_sha1WithRSAEncryption), V_ASN1_NULL, NULL);
    ck_assert(revocation_status_is_weak(algorithm));
    X509_ALGOR_set0(algorithm, OBJ_nid2obj(NID_sha256WithRSAEncryption), V_ASN1_NULL, NULL);
    ck_assert(!revocation_status_is_weak(algorithm));
    X509_ALGOR_set0(algorithm, OBJ_nid2obj(NID_ED25519), V_ASN1_UNDEF, NULL);
    ck_assert(!revocation_status_is_weak(algorithm));
    X509_ALGOR_free(algorithm);
}
END_TEST

START_TEST(crl_in_pieces)
{
    const struct revocation_subject who = subject();
    const struct mint_crl_order order = {.issuer = ca, .key = ca_key, .revoked = own};
    struct bytes der = mint_crl(&order);
    struct revocation_status status;

    for (size_t n = 0; n < der.n; n++)
        ck_assert(!crl_check(bytes_of(der.p, n), &who, &status));
    mint_free_der(der);
}
END_TEST

// ---- OCSP

static struct revocation_status check_ocsp(struct mint_ocsp_order order)
{
    const struct revocation_subject who = subject();
    struct revocation_status status = {.state = 99};
    struct bytes der;

    if (!order.certificate)
        order.certificate = own;
    if (!order.issuer)
        order.issuer = ca;
    if (!order.key)
        order.key = ca_key;
    der = mint_ocsp(&order);
    ck_assert(ocsp_query_check(der, &who, &status) == (status.state != REVOCATION_UNKNOWN));
    mint_free_der(der);
    return status;
}

static void ocsp_says_nothing(struct mint_ocsp_order order, const char *why)
{
    struct revocation_status status = check_ocsp(order);

    ck_assert_int_eq(status.state, REVOCATION_UNKNOWN);
    ck_assert_msg(strstr(status.why, why), "%s", status.why);
}

START_TEST(ocsp_says)
{
    struct revocation_status status = check_ocsp((struct mint_ocsp_order){.status = V_OCSP_CERTSTATUS_GOOD});

    ck_assert_msg(status.state == REVOCATION_GOOD, "%s", status.why);
    status =
        check_ocsp((struct mint_ocsp_order){.status = V_OCSP_CERTSTATUS_GOOD, .signer = delegate, .key = other_key});
    ck_assert_msg(status.state == REVOCATION_GOOD, "%s", status.why);
    status = check_ocsp((struct mint_ocsp_order){.status = V_OCSP_CERTSTATUS_GOOD, .until = -1});
    ck_assert_int_eq(status.state, REVOCATION_GOOD);
    status = check_ocsp(
        (struct mint_ocsp_order){.status = V_OCSP_CERTSTATUS_REVOKED, .reason = OCSP_REVOKED_STATUS_KEYCOMPROMISE});
    ck_assert_int_eq(status.state, REVOCATION_REVOKED);
    ck_assert_int_eq(status.reason, 1);
    ck_assert_int_eq(status.revoked_at, MINT_NOW - 60);
    ck_assert_str_eq(revocation_status_reason(status.reason), ": its key is compromised");
    status = check_ocsp(
        (struct mint_ocsp_order){.status = V_OCSP_CERTSTATUS_REVOKED, .reason = OCSP_REVOKED_STATUS_NOSTATUS});
    ck_assert_int_eq(status.state, REVOCATION_REVOKED);
    ck_assert_int_eq(status.reason, 0);
}
END_TEST

START_TEST(ocsp_says_nothing_when)
{
    struct mint_ocsp_order order = {.status = V_OCSP_CERTSTATUS_GOOD};

    ocsp_says_nothing((struct mint_ocsp_order){.status = V_OCSP_CERTSTATUS_UNKNOWN}, "does not know");
    order.signer = usurper; // the issuer's, but not for OCSP
    order.key = other_key;
    ocsp_says_nothing(order, "not signed by");
    order.signer = namesake; // of the issuer's name, with another key
    ocsp_says_nothing(order, "not signed by");
    order.signer = NULL;
    order.key = other_key;
    order.issuer = ca;
    order.certificate = delegate;
    order.key = ca_key;
    ocsp_says_nothing(order, "other certificates");
    order = (struct mint_ocsp_order){.status = V_OCSP_CERTSTATUS_GOOD, .until = MINT_NOW - 400};
    ocsp_says_nothing(order, "out of date");
    order = (struct mint_ocsp_order){.status = V_OCSP_CERTSTATUS_GOOD, .from = MINT_NOW - 90000, .until = -1};
    ocsp_says_nothing(order, "out of date");
    order = (struct mint_ocsp_order){.status = V_OCSP_CERTSTATUS_GOOD, .from = MINT_NOW + 400};
    ocsp_says_nothing(order, "future");
    order = (struct mint_ocsp_order){.status = V_OCSP_CERTSTATUS_GOOD, .digest = "SHA1"};
    ocsp_says_nothing(order, "too weak");
}
END_TEST

START_TEST(ocsp_refusals)
{
    const struct revocation_subject who = subject();
    struct revocation_status status;
    uint8_t der[OCSP_REFUSAL_MAX_BYTES];
    size_t n = ocsp_request_refuse(OCSP_REFUSAL_TRY_LATER, der);

    ck_assert_uint_eq(n, 5);
    ck_assert_mem_eq(der, "\x30\x03\x0a\x01\x03", 5);
    ck_assert(!ocsp_query_check(bytes_of(der, n), &who, &status));
    ck_assert_msg(strstr(status.why, "trylater"), "%s", status.why);
    ck_assert(!ocsp_query_check(bytes_of(der, 3), &who, &status));
    n = ocsp_request_refuse(OCSP_REFUSAL_MALFORMED, der);
    ck_assert_mem_eq(der, "\x30\x03\x0a\x01\x01", n);
}
END_TEST

// ---- requests of the public

typedef Bulkhead__Internal__V1__PkiSignOcspRequest sign_request;

static int read_request(OCSP_REQUEST *request, sign_request **ret_typed)
{
    uint8_t *der = NULL;
    int n = i2d_OCSP_REQUEST(request, &der), r;

    *ret_typed = NULL;
    r = ocsp_request_read(bytes_of(der, (size_t)n), ret_typed);
    for (int cut = 0; cut < n; cut++) {
        sign_request *none;

        ck_assert_int_eq(ocsp_request_read(bytes_of(der, (size_t)cut), &none), -EBADMSG);
    }
    OPENSSL_free(der);
    OCSP_REQUEST_free(request);
    return r;
}

static OCSP_REQUEST *make_request(const EVP_MD *digest, size_t nonce_bytes, int questions)
{
    OCSP_REQUEST *request = OCSP_REQUEST_new();
    uint8_t nonce[64] = {1, 2, 3};

    for (int i = 0; i < questions; i++)
        OCSP_request_add0_id(request, OCSP_cert_to_id(digest, own, ca));
    if (nonce_bytes)
        OCSP_request_add1_nonce(request, nonce, (int)nonce_bytes);
    return request;
}

START_TEST(reads_requests)
{
    sign_request *typed;

    ck_assert_int_eq(read_request(make_request(EVP_sha1(), 32, 1), &typed), 0);
    ck_assert_uint_eq(typed->n_questions, 1);
    ck_assert_uint_eq(typed->questions[0]->hash, 1);
    ck_assert_uint_eq(typed->questions[0]->issuer_key_hash.len, 20);
    ck_assert_uint_eq(typed->questions[0]->serial.len, 2);
    ck_assert_mem_eq(typed->questions[0]->serial.data, "\x12\x34", 2);
    ck_assert_uint_eq(typed->nonce.len, 32);
    ck_assert_int_eq(typed->nonce.data[2], 3);
    bulkhead__internal__v1__pki_sign_ocsp_request__free_unpacked(typed, NULL);
    ck_assert_int_eq(read_request(make_request(EVP_sha256(), 0, 16), &typed), 0);
    ck_assert_uint_eq(typed->n_questions, 16);
    ck_assert_uint_eq(typed->questions[15]->hash, 2);
    ck_assert_uint_eq(typed->nonce.len, 0);
    bulkhead__internal__v1__pki_sign_ocsp_request__free_unpacked(typed, NULL);
}
END_TEST

START_TEST(refuses_requests)
{
    OCSP_REQUEST *request = make_request(EVP_sha1(), 0, 1);
    X509_EXTENSION *critical = mint_extension("1.2.3.4=critical,ASN1:NULL", NULL, NULL);
    sign_request *typed;

    ck_assert_int_eq(read_request(make_request(EVP_sha1(), 33, 1), &typed), -EBADMSG);
    ck_assert_int_eq(read_request(make_request(EVP_sha1(), 0, 17), &typed), -EBADMSG);
    ck_assert_int_eq(read_request(make_request(EVP_sha1(), 0, 0), &typed), -EBADMSG);
    ck_assert_int_eq(read_request(make_request(EVP_md5(), 0, 1), &typed), -EBADMSG);
    OCSP_request_add0_id(request, OCSP_cert_to_id(EVP_sha1(), own, own)); // of another issuer
    ck_assert_int_eq(read_request(request, &typed), -EBADMSG);
    request = make_request(EVP_sha1(), 0, 1);
    OCSP_REQUEST_add_ext(request, critical, -1);
    ck_assert_int_eq(read_request(request, &typed), -EBADMSG);
    X509_EXTENSION_free(critical);
}
END_TEST

// What we ask is what our own responder would understand.
START_TEST(asks_what_can_be_read)
{
    const struct revocation_subject who = subject();
    struct bytes der = ocsp_query_encode(&who);
    sign_request *typed = NULL;

    ck_assert_int_eq(ocsp_request_read(der, &typed), 0);
    ck_assert_uint_eq(typed->n_questions, 1);
    ck_assert_uint_eq(typed->nonce.len, 0);
    bulkhead__internal__v1__pki_sign_ocsp_request__free_unpacked(typed, NULL);
    mint_free_der(der);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("revocation_status");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, crl_says);
    tcase_add_test(tcase, crl_says_nothing_when);
    tcase_add_test(tcase, weak_signatures);
    tcase_add_test(tcase, crl_in_pieces);
    tcase_add_test(tcase, ocsp_says);
    tcase_add_test(tcase, ocsp_says_nothing_when);
    tcase_add_test(tcase, ocsp_refusals);
    tcase_add_test(tcase, reads_requests);
    tcase_add_test(tcase, refuses_requests);
    tcase_add_test(tcase, asks_what_can_be_read);
    return run_case(tcase);
}
