// Files that administrators import: every form of certificate and key, wrong passphrases told from damage, and CRLs.
#include <check.h>
#include <errno.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>

#include "lib/ipc/edge_message.h"
#include "pki-d/importer/import.h"
#include "pki-d/importer/import_crl.h"
#include "pki-d/verifier/verifier_limits.h"
#include "tests/unit/lib/run.h"
#include "tests/unit/pki-d/mint_status.h"

#define PASSPHRASE "0123456789"

static OSSL_PROVIDER *providers[2];
static EVP_PKEY *ca_key, *key;
static X509 *ca, *own;
static BIO *file; // what is imported
static char reason[VERIFIER_REASON_MAX];
static store_import_message stored;

static void set_up_with(const char *kind)
{
    const struct mint_order root = {.subject = "CN=root", .extensions = {MINT_CA}};
    struct mint_order order = {.subject = "O=Example,CN=anna", .extensions = {"subjectAltName=email:anna@example.com"}};

    providers[0] = OSSL_PROVIDER_load(NULL, "default");
    providers[1] = OSSL_PROVIDER_load(NULL, "legacy");
    ca_key = mint_key("EC");
    ca = mint_certificate(&root, ca_key);
    key = mint_key(kind);
    order.issuer = ca;
    order.issuer_key = ca_key;
    own = mint_certificate(&order, key);
    file = BIO_new(BIO_s_mem());
}

static void set_up(void)
{
    set_up_with("RSA2048");
}

static void tear_down(void)
{
    X509_free(ca);
    X509_free(own);
    EVP_PKEY_free(ca_key);
    EVP_PKEY_free(key);
    BIO_free(file);
    OSSL_PROVIDER_unload(providers[0]);
    OSSL_PROVIDER_unload(providers[1]);
}

static ProtobufCBinaryData data_of(const char *text)
{
    return (ProtobufCBinaryData){.data = (uint8_t *)(uintptr_t)text, .len = strlen(text)};
}

static int import_with(const char *passphrase)
{
    Bulkhead__V1__ImportCertificateRequest request = BULKHEAD__V1__IMPORT_CERTIFICATE_REQUEST__INIT;
    char *bytes;
    long n = BIO_get_mem_data(file, &bytes);

    request.name = (char[]){"anna"};
    request.data = (ProtobufCBinaryData){.data = (uint8_t *)bytes, .len = (size_t)n};
    request.passphrase = data_of(passphrase);
    reason[0] = '\0';
    return import_read(&request, &stored, reason);
}

static void take(const char *passphrase, size_t certificates, bool with_key)
{
    ck_assert_msg(import_with(passphrase) == 0, "%s", reason);
    ck_assert_uint_eq(stored.n_certificates, certificates);
    ck_assert_str_eq(stored.certificates[0]->subject, "CN=anna,O=Example");
    ck_assert(!stored.key == !with_key);
    import_done(&stored);
}

static void refuse(const char *passphrase, const char *why)
{
    ck_assert_int_eq(import_with(passphrase), -EBADMSG);
    ck_assert_msg(strstr(reason, why), "%s", reason);
}

static void write_pkcs12(int key_nid, int certificate_nid)
{
    STACK_OF(X509) *others = sk_X509_new_null();
    PKCS12 *p12;

    sk_X509_push(others, ca);
    p12 = PKCS12_create(PASSPHRASE, "anna", key, own, others, key_nid, certificate_nid, 0, 0, 0);
    ck_assert_ptr_nonnull(p12);
    ck_assert_int_eq(i2d_PKCS12_bio(file, p12), 1);
    PKCS12_free(p12);
    sk_X509_free(others);
}

static const struct {
    int key, certificate;
} encryptions[] = {
    {NID_aes_256_cbc, NID_aes_256_cbc},
    {NID_pbe_WithSHA1And3_Key_TripleDES_CBC, NID_pbe_WithSHA1And3_Key_TripleDES_CBC},
    {NID_pbe_WithSHA1And3_Key_TripleDES_CBC, NID_pbe_WithSHA1And40BitRC2_CBC},
};

START_TEST(pkcs12)
{
    write_pkcs12(encryptions[_i].key, encryptions[_i].certificate);
    take(PASSPHRASE, 2, true);
    refuse("wrong", "data: the passphrase is wrong");
    refuse("", "data: it is encrypted: its passphrase is needed");
}
END_TEST

START_TEST(damaged_pkcs12)
{
    char *bytes;
    long n;

    write_pkcs12(NID_aes_256_cbc, NID_aes_256_cbc);
    n = BIO_get_mem_data(file, &bytes);
    bytes[0] ^= 1;
    refuse(PASSPHRASE, "damaged");
    bytes[0] ^= 1;
    for (long i = n / 4; i < n; i += n / 4) {
        bytes[i] ^= 0x55;
        ck_assert_int_eq(import_with(PASSPHRASE), -EBADMSG);
        bytes[i] ^= 0x55;
    }
    take(PASSPHRASE, 2, true);
}
END_TEST

START_TEST(pem_in_any_order)
{
    PEM_write_bio_X509(file, ca);
    PEM_write_bio_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL);
    PEM_write_bio_X509(file, own);
    PEM_write_bio_X509(file, own);
    take("", 2, true);
}
END_TEST

START_TEST(pem_without_key)
{
    PEM_write_bio_X509(file, own);
    take("", 1, false);
}
END_TEST

START_TEST(der_certificate)
{
    i2d_X509_bio(file, own);
    take("", 1, false);
}
END_TEST

START_TEST(encrypted_pkcs8)
{
    PEM_write_bio_X509(file, own);
    PEM_write_bio_PKCS8PrivateKey(file, key, EVP_aes_256_cbc(), PASSPHRASE, sizeof(PASSPHRASE) - 1, NULL, NULL);
    take(PASSPHRASE, 1, true);
    refuse("wrong", "the passphrase is wrong");
    refuse("", "passphrase is needed");
}
END_TEST

START_TEST(older_pem_key)
{
    PEM_write_bio_X509(file, own);
    PEM_write_bio_PrivateKey_traditional(file, key, EVP_aes_128_cbc(), (unsigned char *)(uintptr_t)PASSPHRASE,
                                         sizeof(PASSPHRASE) - 1, NULL, NULL);
    take(PASSPHRASE, 1, true);
    refuse("", "passphrase is needed");
    for (int i = 0; i < 300; i++) { // some leave well-formed padding behind
        char wrong[16];

        snprintf(wrong, sizeof(wrong), "wrong%d", i);
        refuse(wrong, "the passphrase is wrong");
    }
}
END_TEST

// The key in a file of its own, DER.
START_TEST(key_apart)
{
    Bulkhead__V1__ImportCertificateRequest request = BULKHEAD__V1__IMPORT_CERTIFICATE_REQUEST__INIT;
    uint8_t *der = NULL;
    char *bytes;
    long n;

    PEM_write_bio_X509(file, own);
    n = BIO_get_mem_data(file, &bytes);
    request.data = (ProtobufCBinaryData){.data = (uint8_t *)bytes, .len = (size_t)n};
    request.key.len = (size_t)i2d_PrivateKey(key, &der);
    request.key.data = der;
    ck_assert_msg(import_read(&request, &stored, reason) == 0, "%s", reason);
    ck_assert_ptr_nonnull(stored.key);
    import_done(&stored);
    request.key.len /= 2;
    ck_assert_int_eq(import_read(&request, &stored, reason), -EBADMSG);
    ck_assert_msg(strncmp(reason, "key: ", 5) == 0, "%s", reason);
    OPENSSL_free(der);
}
END_TEST

START_TEST(what_is_refused)
{
    PEM_write_bio_PrivateKey(file, ca_key, NULL, NULL, 0, NULL, NULL);
    refuse("", "no certificate is in there");
    PEM_write_bio_X509(file, own);
    refuse("", "belongs to none of the certificates");
    PEM_write_bio_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL);
    refuse("", "more than one private key");
    (void)BIO_reset(file);
    BIO_puts(file, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    refuse("", "certificate 1 is damaged");
    (void)BIO_reset(file);
    BIO_puts(file, "-----BEGIN CERTIFICATE-----\n!!!!");
    refuse("", "the PEM file is damaged");
    (void)BIO_reset(file);
    BIO_puts(file, "nothing at all");
    refuse("", "neither PEM nor DER");
    (void)BIO_reset(file);
    refuse("", "1 to 49152 bytes");
}
END_TEST

static const char *const kinds[] = {"RSA2048", "RSA3072", "EC", "P-384", "P-521", "ED25519"};

// What pki-d gets is the whole key.
static void check_key(const Bulkhead__Internal__V1__PrivateKey *typed)
{
    BIGNUM *expected = NULL, *found;

    if (EVP_PKEY_is_a(key, "ED25519")) {
        EVP_PKEY *again = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, typed->secret.data, typed->secret.len);

        ck_assert_int_eq(EVP_PKEY_eq(again, key), 1);
        EVP_PKEY_free(again);
        return;
    }
    ck_assert_int_eq(EVP_PKEY_get_bn_param(
                         key, EVP_PKEY_is_a(key, "RSA") ? OSSL_PKEY_PARAM_RSA_D : OSSL_PKEY_PARAM_PRIV_KEY, &expected),
                     1);
    found = EVP_PKEY_is_a(key, "RSA") ? BN_bin2bn(typed->d.data, (int)typed->d.len, NULL)
                                      : BN_bin2bn(typed->secret.data, (int)typed->secret.len, NULL);
    ck_assert_int_eq(BN_cmp(expected, found), 0);
    BN_free(expected);
    BN_free(found);
}

START_TEST(every_kind_of_key)
{
    tear_down();
    set_up_with(kinds[_i]);
    PEM_write_bio_X509(file, own);
    PEM_write_bio_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL);
    ck_assert_msg(import_with("") == 0, "%s", reason);
    ck_assert_int_eq(stored.key->type, stored.certificates[0]->key->type);
    check_key(stored.key);
    import_done(&stored);
}
END_TEST

START_TEST(key_without_a_place)
{
    tear_down();
    set_up_with("secp256k1");
    PEM_write_bio_X509(file, own);
    PEM_write_bio_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL);
    refuse("", "key: it must be RSA");
}
END_TEST

// ---- CRLs

static struct bytes make_crl(X509 *issuer, EVP_PKEY *signer, int64_t next, const char *extension)
{
    const struct mint_crl_order order = {
        .issuer = issuer, .key = signer, .revoked = own, .reason = 1, .until = next, .extension = extension};

    return mint_crl(&order);
}

static int read_crl(struct bytes crl, store_crl_message *ret_message)
{
    struct bytes authority = mint_der(ca);
    int r = import_crl_read(crl, authority, MINT_NOW, ret_message, reason);

    mint_free_der(authority);
    mint_free_der(crl);
    return r;
}

START_TEST(crls)
{
    store_crl_message message;

    ck_assert_msg(read_crl(make_crl(ca, ca_key, MINT_NOW + 3600, NULL), &message) == 0, "%s", reason);
    ck_assert_uint_eq(message.n_entries, 1);
    ck_assert_int_eq(message.entries[0]->reason, BULKHEAD__V1__REVOCATION_REASON__REVOCATION_REASON_KEY_COMPROMISE);
    ck_assert_int_eq(message.entries[0]->time, MINT_NOW - 60);
    ck_assert_uint_eq(message.entries[0]->serial.len, 2);
    ck_assert_int_eq(message.next_update, MINT_NOW + 3600);
    ck_assert_uint_eq(message.authority_sha256.len, 32);
    import_crl_done(&message);
    ck_assert_int_eq(read_crl(make_crl(ca, key, MINT_NOW + 3600, NULL), &message), -EBADMSG);
    ck_assert_msg(strstr(reason, "signature is wrong"), "%s", reason);
    ck_assert_int_eq(read_crl(make_crl(own, ca_key, MINT_NOW + 3600, NULL), &message), -EBADMSG);
    ck_assert_msg(strstr(reason, "another issuer"), "%s", reason);
    ck_assert_int_eq(read_crl(make_crl(ca, ca_key, MINT_NOW - 3600, NULL), &message), -EBADMSG);
    ck_assert_msg(strstr(reason, "out of date"), "%s", reason);
    ck_assert_int_eq(
        read_crl(make_crl(ca, ca_key, MINT_NOW + 3600, "issuingDistributionPoint=critical,DER:30:03:81:01:ff"),
                 &message),
        -EBADMSG);
    ck_assert_msg(strstr(reason, "some of the authority"), "%s", reason);
    ck_assert_int_eq(read_crl(make_crl(ca, ca_key, MINT_NOW + 3600, "1.2.3.4=critical,ASN1:NULL"), &message), -EBADMSG);
    ck_assert_msg(strstr(reason, "critical"), "%s", reason);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("import");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, pkcs12, 0, (int)RUN_COUNT(encryptions));
    tcase_add_test(tcase, damaged_pkcs12);
    tcase_add_test(tcase, pem_in_any_order);
    tcase_add_test(tcase, pem_without_key);
    tcase_add_test(tcase, der_certificate);
    tcase_add_test(tcase, encrypted_pkcs8);
    tcase_add_test(tcase, older_pem_key);
    tcase_add_test(tcase, key_apart);
    tcase_add_test(tcase, what_is_refused);
    tcase_add_loop_test(tcase, every_kind_of_key, 0, (int)RUN_COUNT(kinds));
    tcase_add_test(tcase, key_without_a_place);
    tcase_add_test(tcase, crls);
    return run_case(tcase);
}
