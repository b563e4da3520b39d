#include "esp-d/cipher_self_test.h"

#include <string.h>

#include "esp-d/cipher_known.h"
#include "esp-d/esp_limits.h"

// Enough for every lane of a multi-buffer backend, of many lengths.
#define BURST_PKTS     19u
#define TEXT_BYTES_MAX 1536u
#define TEST_BYTES     (CIPHER_HEADER_BYTES + CIPHER_IV_BYTES_MAX + TEXT_BYTES_MAX + CIPHER_ICV_BYTES_MAX)
#define SEQUENCE_HIGH  0x01020304u

struct packets {
    uint8_t b[BURST_PKTS][TEST_BYTES];
    uint32_t bytes[BURST_PKTS];
    unsigned n;
};

// Any partner will do: what a cipher encrypts doesn't hang on the ICV, nor does an ICV on whether the cipher is right.
static bool suite_of(const struct cipher_algorithm *a, bool esn, struct cipher_suite *ret_suite)
{
    bool ok = a->encr ? !cipher_suite_find(a->encr, a->key_bits, 0, ret_suite) ||
                            !cipher_suite_find(a->encr, a->key_bits, INTEG_HMAC_SHA2_256_128, ret_suite)
                      : !cipher_suite_find(ENCR_AES_CBC, 128, a->integ, ret_suite);

    ret_suite->esn = esn;
    return ok;
}

static struct cipher_key *key_of(const struct cipher_party *p, const struct cipher_suite *suite,
                                 enum cipher_direction direction)
{
    uint8_t material[CIPHER_KNOWN_MATERIAL_BYTES] = {0};
    struct cipher_key *key = NULL;
    struct bytes keys[2] = {bytes_of(material, (size_t)suite->key_bytes + suite->salt_bytes),
                            bytes_of(material + CIPHER_KNOWN_INTEG_AT, suite->integ_key_bytes)};

    for (size_t i = 0; i < sizeof(material); i++)
        material[i] = (uint8_t)(i * 7 + 1);
    cipher_key_new(p->backend, suite, direction, keys, &key);
    return key;
}

// Runs all of a burst; true when each packet's outcome is the one expected.
static bool run(const struct cipher_party *p, const struct cipher_suite *suite, enum cipher_direction direction,
                struct packets *packets, bool expected)
{
    struct cipher_key *key = key_of(p, suite, direction);
    struct cipher_op ops[BURST_PKTS];
    bool ok = key != NULL;

    for (unsigned i = 0; i < packets->n; i++)
        ops[i] = (struct cipher_op){
            .key = key, .packet = packets->b[i], .bytes = packets->bytes[i], .sequence_high = SEQUENCE_HIGH};
    if (ok)
        (direction == CIPHER_SEAL ? p->backend->seal : p->backend->open)(p->engine, ops, packets->n);
    for (unsigned i = 0; i < packets->n && ok; i++) {
        if (p->faulty)
            packets->b[i][packets->bytes[i] - suite->icv_bytes - 1] ^= 1;
        ok = (ops[i].ok != p->faulty) == expected;
    }
    cipher_key_free(key);
    return ok;
}

static void fill(struct packets *packets, const struct cipher_suite *suite, unsigned n)
{
    packets->n = n;
    for (unsigned i = 0; i < n; i++) {
        uint32_t text = i ? i * 272u % TEXT_BYTES_MAX + 16 : CIPHER_KNOWN_TEXT_BYTES;

        packets->bytes[i] = CIPHER_HEADER_BYTES + suite->iv_bytes + text + suite->icv_bytes;
        for (uint32_t k = 0; k < packets->bytes[i]; k++)
            packets->b[i][k] = (uint8_t)(k + i);
    }
}

static bool equals(const struct packets *a, const struct packets *b, const struct cipher_suite *suite, bool with_icv)
{
    for (unsigned i = 0; i < a->n; i++) {
        if (memcmp(a->b[i], b->b[i], a->bytes[i] - (with_icv ? 0 : suite->icv_bytes)) != 0)
            return false;
    }
    return true;
}

// A bit of the ICV, of the encrypted part or of the header is another one.
static void forge(struct packets *packets, const struct cipher_suite *suite)
{
    for (unsigned i = 0; i < packets->n; i++) {
        uint32_t at[3] = {packets->bytes[i] - 1, CIPHER_HEADER_BYTES + suite->iv_bytes, i % CIPHER_HEADER_BYTES};

        packets->b[i][at[i % 3]] ^= (uint8_t)(1u << i % 8);
    }
}

static bool makes_known(const struct cipher_party *p, const struct cipher_algorithm *a,
                        const struct cipher_suite *suite)
{
    uint8_t known[CIPHER_ICV_BYTES_MAX], *icv;
    size_t n = cipher_known_answer(a, known);
    struct packets packets;

    fill(&packets, suite, 1);
    icv = packets.b[0] + packets.bytes[0] - suite->icv_bytes;
    if (!n || n > suite->icv_bytes)
        return false;
    if (!a->encr) {
        memcpy(icv, known, n);
        return n == suite->icv_bytes && run(p, suite, CIPHER_OPEN, &packets, true);
    }
    return run(p, suite, CIPHER_SEAL, &packets, true) && !memcmp(suite->aead ? icv : icv - n, known, n);
}

// What it seals it opens, unless it was forged.
static bool returns(const struct cipher_party *p, const struct cipher_suite *suite)
{
    struct packets clear, sealed, forged;

    fill(&clear, suite, BURST_PKTS);
    sealed = clear;
    if (!run(p, suite, CIPHER_SEAL, &sealed, true))
        return false;
    forged = sealed;
    forge(&forged, suite);
    return run(p, suite, CIPHER_OPEN, &forged, false) && run(p, suite, CIPHER_OPEN, &sealed, true) &&
           equals(&sealed, &clear, suite, false);
}

bool cipher_self_test(struct cipher_party *p, const struct cipher_algorithm *a)
{
    struct cipher_suite suite;

    if (!suite_of(a, false, &suite) || !makes_known(p, a, &suite) || !returns(p, &suite))
        return false;
    suite.esn = true;
    return returns(p, &suite);
}

bool cipher_self_test_pair(struct cipher_party *a, struct cipher_party *b, const struct cipher_algorithm *algorithm)
{
    for (unsigned esn = 0; esn < 2; esn++) {
        struct packets of_a, of_b;
        struct cipher_suite suite;

        if (!suite_of(algorithm, esn, &suite))
            return false;
        fill(&of_a, &suite, BURST_PKTS);
        of_b = of_a;
        if (!run(a, &suite, CIPHER_SEAL, &of_a, true) || !run(b, &suite, CIPHER_SEAL, &of_b, true))
            return false;
        if (algorithm->encr && !equals(&of_a, &of_b, &suite, suite.aead))
            return false;
        // A cipher's partner may be wrong, which is not the cipher's fault.
        if ((suite.aead || !algorithm->encr) &&
            (!run(a, &suite, CIPHER_OPEN, &of_b, true) || !run(b, &suite, CIPHER_OPEN, &of_a, true)))
            return false;
    }
    return true;
}
