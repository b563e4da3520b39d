// Signatures of AUTH payloads with every kind of key: what one makes another checks, and nothing else passes.
#include <check.h>
#include <errno.h>
#include <openssl/evp.h>
#include <string.h>

#include "lib/core/wiping.h"
#include "lib/crypto/auth_octets.h"
#include "lib/crypto/prf.h"
#include "lib/crypto/signature.h"
#include "tests/unit/lib/run.h"

static const struct {
    const char *type, *detail;
    size_t bits;
    struct signature_scheme scheme;
    size_t bytes; // of the signature; 0: varies
} rows[] = {
    {"RSA", NULL, 2048, {SIGNATURE_KEY_RSA_PKCS1, SIGNATURE_HASH_SHA1, false}, 256},
    {"RSA", NULL, 2048, {SIGNATURE_KEY_RSA_PKCS1, SIGNATURE_HASH_SHA2_256, false}, 256},
    {"RSA", NULL, 2048, {SIGNATURE_KEY_RSA_PSS, SIGNATURE_HASH_SHA2_384, false}, 256},
    {"RSA", NULL, 2048, {SIGNATURE_KEY_RSA_PSS, SIGNATURE_HASH_SHA2_512, false}, 256},
    {"EC", "P-256", 0, {SIGNATURE_KEY_ECDSA, SIGNATURE_HASH_SHA2_256, false}, 0},
    {"EC", "P-256", 0, {SIGNATURE_KEY_ECDSA, SIGNATURE_HASH_SHA2_256, true}, 64},
    {"EC", "P-384", 0, {SIGNATURE_KEY_ECDSA, SIGNATURE_HASH_SHA2_384, true}, 96},
    {"EC", "P-521", 0, {SIGNATURE_KEY_ECDSA, SIGNATURE_HASH_SHA2_512, true}, 132},
    {"ED25519", NULL, 0, {SIGNATURE_KEY_EDDSA, SIGNATURE_HASH_IDENTITY, false}, 64},
};

static EVP_PKEY *make_key(size_t row)
{
    EVP_PKEY *key;

    if (rows[row].bits)
        key = EVP_PKEY_Q_keygen(NULL, NULL, rows[row].type, rows[row].bits);
    else
        key = EVP_PKEY_Q_keygen(NULL, NULL, rows[row].type, rows[row].detail);
    ck_assert_ptr_nonnull(key);
    return key;
}

START_TEST(signs_and_verifies)
{
    const struct signature_scheme *scheme = &rows[_i].scheme;
    struct bytes data = bytes_of_str("what is signed"), other = bytes_of_str("what is singed");
    EVP_PKEY *key = make_key((size_t)_i), *stranger = make_key((size_t)_i);
    uint8_t signature[SIGNATURE_MAX_BYTES];
    size_t n = 0;

    ck_assert_int_eq(signature_sign(key, scheme, data, signature, &n), 0);
    if (rows[_i].bytes)
        ck_assert_uint_eq(n, rows[_i].bytes);
    ck_assert_int_eq(signature_verify(key, scheme, data, bytes_of(signature, n)), 0);
    ck_assert_int_eq(signature_verify(key, scheme, other, bytes_of(signature, n)), -EBADMSG);
    ck_assert_int_eq(signature_verify(stranger, scheme, data, bytes_of(signature, n)), -EBADMSG);
    for (size_t short_n = 0; short_n < n; short_n++)
        ck_assert_int_eq(signature_verify(key, scheme, data, bytes_of(signature, short_n)), -EBADMSG);
    signature[n - 1] ^= 1;
    ck_assert_int_eq(signature_verify(key, scheme, data, bytes_of(signature, n)), -EBADMSG);
    EVP_PKEY_free(key);
    EVP_PKEY_free(stranger);
}
END_TEST

// Every scheme with a key that it is not for.
START_TEST(wants_the_right_kind_of_key)
{
    const struct signature_scheme unknown = {.key = SIGNATURE_KEY_UNKNOWN};
    const struct signature_scheme method_9 = {SIGNATURE_KEY_ECDSA, SIGNATURE_HASH_SHA2_256, true};
    size_t right = (size_t)_i, wrong = rows[_i].scheme.key == SIGNATURE_KEY_EDDSA ? 0 : RUN_COUNT(rows) - 1;
    EVP_PKEY *key = make_key(wrong);
    uint8_t signature[SIGNATURE_MAX_BYTES];
    size_t n;

    ck_assert_int_eq(signature_sign(key, &rows[right].scheme, bytes_of_str("x"), signature, &n), -EINVAL);
    ck_assert_int_eq(signature_verify(key, &rows[right].scheme, bytes_of_str("x"), bytes_of_str("y")), -EINVAL);
    ck_assert_int_eq(signature_verify(key, &unknown, bytes_of_str("x"), bytes_of_str("y")), -EINVAL);
    EVP_PKEY_free(key);
    key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-384");
    ck_assert_int_eq(signature_verify(key, &method_9, bytes_of_str("x"), bytes_of_str("y")), -EINVAL);
    EVP_PKEY_free(key);
    key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "brainpoolP256r1");
    ck_assert_int_eq(signature_verify(key, &method_9, bytes_of_str("x"), bytes_of_str("y")), -EINVAL);
    EVP_PKEY_free(key);
}
END_TEST

START_TEST(octets_are_message_nonce_and_maced_identity)
{
    const struct prf_algorithm *prf = prf_find(PRF_HMAC_SHA2_256);
    const uint8_t identity[] = {2, 0, 0, 0, 'g', 'w'};
    uint8_t maced[PRF_BYTES_MAX];
    struct auth_octets octets = {.message = bytes_of_str("message"),
                                 .nonce = bytes_of_str("nonce"),
                                 .sk_p = bytes_of_str("sk_p"),
                                 .id_type = 2,
                                 .id_data = bytes_of_str("gw")};
    struct bytes data;

    ck_assert_int_eq(auth_octets_assemble(prf, &octets, &data), 0);
    ck_assert_int_eq(prf_compute(prf, octets.sk_p, PRF_INPUT(bytes_of(identity, sizeof(identity))), maced), 0);
    ck_assert_uint_eq(data.n, 12 + 32);
    ck_assert_mem_eq(data.p, "messagenonce", 12);
    ck_assert_mem_eq(data.p + 12, maced, 32);
    wiping_free((void *)(uintptr_t)data.p);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("signature");

    tcase_add_loop_test(tcase, signs_and_verifies, 0, (int)RUN_COUNT(rows));
    tcase_add_loop_test(tcase, wants_the_right_kind_of_key, 0, (int)RUN_COUNT(rows));
    tcase_add_test(tcase, octets_are_message_nonce_and_maced_identity);
    return run_case(tcase);
}
