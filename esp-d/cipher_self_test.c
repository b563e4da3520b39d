// At every start: every algorithm makes the ICV that it always makes, what one backend seals the other opens, byte for
// byte the same, and neither takes a forged packet. A CPU feature that a library gets wrong on this very machine is
// found before traffic depends on it.
#include "esp-d/crypt.h"

#include <endian.h>
#include <errno.h>
#include <string.h>

#define TEXT_BYTES 256u
#define TEST_BYTES (CIPHER_HEADER_BYTES + CIPHER_IV_BYTES_MAX + TEXT_BYTES + CIPHER_ICV_BYTES_MAX)

// The ICV's first 8 bytes, as tests/unit/esp-d/known_icvs.py computes them with other implementations.
// clang-format off
static const struct suite_row {
    const char *name;
    uint16_t encr, key_bits, integ;
    uint64_t icv;
} suites[] = {
    {"aes128gcm8", ENCR_AES_GCM_8, 128, 0, 0xefb2e43128ddd87d},
    {"aes192gcm8", ENCR_AES_GCM_8, 192, 0, 0x3ad0ef3b73e7a852},
    {"aes256gcm8", ENCR_AES_GCM_8, 256, 0, 0x8e4326c9e1001993},
    {"aes128gcm12", ENCR_AES_GCM_12, 128, 0, 0xefb2e43128ddd87d},
    {"aes192gcm12", ENCR_AES_GCM_12, 192, 0, 0x3ad0ef3b73e7a852},
    {"aes256gcm12", ENCR_AES_GCM_12, 256, 0, 0x8e4326c9e1001993},
    {"aes128gcm16", ENCR_AES_GCM_16, 128, 0, 0xefb2e43128ddd87d},
    {"aes192gcm16", ENCR_AES_GCM_16, 192, 0, 0x3ad0ef3b73e7a852},
    {"aes256gcm16", ENCR_AES_GCM_16, 256, 0, 0x8e4326c9e1001993},
    {"aes128ccm8", ENCR_AES_CCM_8, 128, 0, 0x04317453d8666346},
    {"aes192ccm8", ENCR_AES_CCM_8, 192, 0, 0x9b8fc9185aad4f8d},
    {"aes256ccm8", ENCR_AES_CCM_8, 256, 0, 0x536d196ad0b89a74},
    {"aes128ccm12", ENCR_AES_CCM_12, 128, 0, 0xc7552ab09861bf8b},
    {"aes192ccm12", ENCR_AES_CCM_12, 192, 0, 0xb9c63bf7310d034a},
    {"aes256ccm12", ENCR_AES_CCM_12, 256, 0, 0x4d6d72fb1a300142},
    {"aes128ccm16", ENCR_AES_CCM_16, 128, 0, 0xbaef29e4c0dd137f},
    {"aes192ccm16", ENCR_AES_CCM_16, 192, 0, 0x418a617b94eec4d0},
    {"aes256ccm16", ENCR_AES_CCM_16, 256, 0, 0x7dddfef36c627271},
    {"chacha20poly1305", ENCR_CHACHA20_POLY1305, 0, 0, 0x9d5b506bb0b7556b},
    {"aes128-sha256", ENCR_AES_CBC, 128, INTEG_HMAC_SHA2_256_128, 0xa7b48bae44ff866a},
    {"aes192-sha256", ENCR_AES_CBC, 192, INTEG_HMAC_SHA2_256_128, 0xdf2ce9ea138322ea},
    {"aes256-sha256", ENCR_AES_CBC, 256, INTEG_HMAC_SHA2_256_128, 0xcf5b4918f5cb8a44},
    {"aes128ctr-sha256", ENCR_AES_CTR, 128, INTEG_HMAC_SHA2_256_128, 0xd923685cf6dc4591},
    {"aes192ctr-sha256", ENCR_AES_CTR, 192, INTEG_HMAC_SHA2_256_128, 0xd2d802591c036957},
    {"aes256ctr-sha256", ENCR_AES_CTR, 256, INTEG_HMAC_SHA2_256_128, 0xd3e4f3179e706a92},
    {"3des-md5", ENCR_3DES, 0, INTEG_HMAC_MD5_96, 0x75716d1246b76121},
    {"aes128-sha1", ENCR_AES_CBC, 128, INTEG_HMAC_SHA1_96, 0xee96b5c3248e1a57},
    {"aes128-sha384", ENCR_AES_CBC, 128, INTEG_HMAC_SHA2_384_192, 0x484adaadd4235211},
    {"aes128-sha512", ENCR_AES_CBC, 128, INTEG_HMAC_SHA2_512_256, 0x52daa6b09702aa43},
    {"aes128-aesxcbc", ENCR_AES_CBC, 128, INTEG_AES_XCBC_96, 0x16e06606fc668a50},
    {"aes128-aescmac", ENCR_AES_CBC, 128, INTEG_AES_CMAC_96, 0xfdb0c4f6118d46c3},
};
// clang-format on

struct party {
    struct crypt crypt;
    struct cipher_key *seal;
    struct cipher_key *open;
};

static bool set_keys(struct party *p, const struct cipher_suite *suite)
{
    uint8_t material[128] = {0};
    struct bytes keys[2] = {bytes_of(material, (size_t)suite->key_bytes + suite->salt_bytes),
                            bytes_of(material + 64, suite->integ_key_bytes)};

    for (size_t i = 0; i < sizeof(material); i++)
        material[i] = (uint8_t)(i * 7 + 1);
    return !cipher_key_new(p->crypt.backend, suite, CIPHER_SEAL, keys, &p->seal) &&
           !cipher_key_new(p->crypt.backend, suite, CIPHER_OPEN, keys, &p->open);
}

static void drop_keys(struct party *p)
{
    cipher_key_free(p->seal);
    cipher_key_free(p->open);
    p->seal = p->open = NULL;
}

static bool seal(struct party *p, uint8_t *packet, uint32_t n)
{
    struct cipher_op op = {.key = p->seal, .packet = packet, .bytes = n, .sequence_high = 0x01020304};

    crypt_seal(&p->crypt, &op, 1);
    return op.ok;
}

static bool open(struct party *p, uint8_t *packet, uint32_t n, uint32_t sequence_high)
{
    struct cipher_op op = {.key = p->open, .packet = packet, .bytes = n, .sequence_high = sequence_high};

    crypt_open(&p->crypt, &op, 1);
    return op.ok;
}

static bool is_known(const struct suite_row *row, const struct cipher_suite *suite, const uint8_t *icv)
{
    uint64_t expected = htobe64(row->icv);

    return suite->esn || !memcmp(icv, &expected, sizeof(expected));
}

static bool exchange(struct party *from, struct party *to, const struct suite_row *row,
                     const struct cipher_suite *suite)
{
    uint32_t n = CIPHER_HEADER_BYTES + suite->iv_bytes + TEXT_BYTES + suite->icv_bytes;
    uint8_t clear[TEST_BYTES], packet[TEST_BYTES], other[TEST_BYTES];

    for (size_t i = 0; i < sizeof(clear); i++)
        clear[i] = (uint8_t)i;
    memcpy(packet, clear, n);
    memcpy(other, clear, n);
    if (!seal(from, packet, n) || !seal(to, other, n) || memcmp(packet, other, n) != 0 ||
        !is_known(row, suite, packet + n - suite->icv_bytes))
        return false;
    other[n / 2] ^= 1;
    if (open(to, other, n, 0x01020304))
        return false;
    memcpy(other, packet, n);
    if (suite->esn && open(to, other, n, 0x01020305))
        return false;
    return open(to, packet, n, 0x01020304) && !memcmp(packet, clear, n - suite->icv_bytes);
}

static bool test_suite(struct party *a, struct party *b, const struct suite_row *row, bool esn)
{
    struct cipher_suite suite;
    bool ok;

    if (cipher_suite_find(row->encr, row->key_bits, row->integ, &suite))
        return false;
    suite.esn = esn;
    ok = set_keys(a, &suite) && set_keys(b, &suite) && exchange(a, b, row, &suite) && exchange(b, a, row, &suite);
    drop_keys(a);
    drop_keys(b);
    return ok;
}

int cipher_self_test(const struct cipher_backend *a, const struct cipher_backend *b, const char **ret_failed)
{
    struct party pa = {0}, pb = {0};
    int err = crypt_init(&pa.crypt, a);

    *ret_failed = "engine";
    if (!err)
        err = crypt_init(&pb.crypt, b);
    for (size_t i = 0; i < 2 * sizeof(suites) / sizeof(suites[0]) && !err; i++) {
        if (test_suite(&pa, &pb, &suites[i / 2], i & 1))
            continue;
        *ret_failed = suites[i / 2].name;
        err = -EIO;
    }
    crypt_done(&pa.crypt);
    crypt_done(&pb.crypt);
    return err;
}
