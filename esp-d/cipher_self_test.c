// At every start: what one backend seals the other opens, byte for byte the same, and neither takes a forged packet. A
// CPU feature that a library gets wrong on this very machine is found before traffic depends on it.
#include "esp-d/cipher.h"

#include <errno.h>
#include <string.h>

#include "lib/crypto/algorithm.h"

#define TEST_BYTES (CIPHER_HEADER_BYTES + CIPHER_IV_BYTES_MAX + 256 + CIPHER_ICV_BYTES_MAX)

static const struct {
    const char *name;
    uint16_t encr, key_bits, integ;
} suites[] = {
    {"aes128gcm16", ENCR_AES_GCM_16, 128, 0},
    {"aes256gcm16", ENCR_AES_GCM_16, 256, 0},
    {"aes128-sha1", ENCR_AES_CBC, 128, INTEG_HMAC_SHA1_96},
    {"aes128-sha256", ENCR_AES_CBC, 128, INTEG_HMAC_SHA2_256_128},
    {"aes256-sha384", ENCR_AES_CBC, 256, INTEG_HMAC_SHA2_384_192},
    {"aes256-sha512", ENCR_AES_CBC, 256, INTEG_HMAC_SHA2_512_256},
};

struct party {
    const struct cipher_backend *backend;
    struct cipher_engine *engine;
    struct cipher_key *seal;
    struct cipher_key *open;
};

static bool party_init(struct party *p, const struct cipher_backend *backend, const struct cipher_suite *suite)
{
    uint8_t material[128] = {0};
    struct bytes keys[2] = {bytes_of(material, (size_t)suite->key_bytes + suite->salt_bytes),
                            bytes_of(material + 64, suite->integ_key_bytes)};

    for (size_t i = 0; i < sizeof(material); i++)
        material[i] = (uint8_t)(i * 7 + 1);
    p->backend = backend;
    p->engine = backend->engine_new();
    return p->engine && !cipher_key_new(backend, p->engine, suite, CIPHER_SEAL, keys, &p->seal) &&
           !cipher_key_new(backend, p->engine, suite, CIPHER_OPEN, keys, &p->open);
}

static void party_done(struct party *p)
{
    cipher_key_free(p->seal);
    cipher_key_free(p->open);
    if (p->backend)
        p->backend->engine_free(p->engine);
}

static bool exchange(const struct party *from, const struct party *to, const struct cipher_suite *suite)
{
    uint32_t n = CIPHER_HEADER_BYTES + suite->iv_bytes + 256u + suite->icv_bytes;
    uint8_t clear[TEST_BYTES], packet[TEST_BYTES], other[TEST_BYTES], forged[TEST_BYTES];
    struct cipher_op op = {.key = from->seal, .packet = packet, .bytes = n};

    for (size_t i = 0; i < sizeof(clear); i++)
        clear[i] = (uint8_t)i;
    memcpy(packet, clear, n);
    memcpy(other, clear, n);
    from->backend->seal(from->engine, &op, 1);
    if (!op.ok ||
        !memcmp(packet + CIPHER_HEADER_BYTES + suite->iv_bytes, clear + CIPHER_HEADER_BYTES + suite->iv_bytes, 256))
        return false;
    op = (struct cipher_op){.key = to->seal, .packet = other, .bytes = n};
    to->backend->seal(to->engine, &op, 1);
    if (!op.ok || memcmp(packet, other, n) != 0)
        return false;
    memcpy(forged, packet, n);
    forged[n / 2] ^= 1;
    op = (struct cipher_op){.key = to->open, .packet = forged, .bytes = n};
    to->backend->open(to->engine, &op, 1);
    if (op.ok)
        return false;
    op = (struct cipher_op){.key = to->open, .packet = packet, .bytes = n};
    to->backend->open(to->engine, &op, 1);
    return op.ok && !memcmp(packet, clear, n - suite->icv_bytes);
}

static bool test_suite(const struct cipher_backend *a, const struct cipher_backend *b, const struct cipher_suite *suite)
{
    struct party pa = {0}, pb = {0};
    bool ok;

    ok = party_init(&pa, a, suite) && party_init(&pb, b, suite) && exchange(&pa, &pb, suite) &&
         exchange(&pb, &pa, suite);
    party_done(&pa);
    party_done(&pb);
    return ok;
}

int cipher_self_test(const struct cipher_backend *a, const struct cipher_backend *b, const char **ret_failed)
{
    struct cipher_suite suite;

    for (size_t i = 0; i < sizeof(suites) / sizeof(suites[0]); i++) {
        if (cipher_suite_find(suites[i].encr, suites[i].key_bits, suites[i].integ, &suite) ||
            !test_suite(a, b, &suite)) {
            *ret_failed = suites[i].name;
            return -EIO;
        }
    }
    return 0;
}
