// Project Wycheproof's vectors of AES-GCM and ChaCha20-Poly1305 through both backends: all of them by the backends' own
// parts, and those whose associated data are as long as ESP's as packets, too.
#include <endian.h>
#include <stdio.h>
#include <string.h>

#include "esp-d/cipher.h"
#include "tests/unit/lib/run.h"

#define FILE_NAME "tests/unit/esp-d/wycheproof.txt"
#define BYTES_MAX 1024

struct part {
    uint8_t b[BYTES_MAX];
    size_t n;
};

struct vector {
    unsigned number;
    bool gcm;
    bool valid;
    struct part key, nonce, associated, clear, sealed, tag;
};

static const struct cipher_backend *const backends[] = {&cipher_ipsec_mb, &cipher_openssl};

static void read_part(const char *word, struct part *part)
{
    int n = strcmp(word, "-") ? bytes_from_hex(word, part->b, sizeof(part->b)) : 0;

    ck_assert_int_ge(n, 0);
    part->n = (size_t)n;
}

static bool read_vector(FILE *f, struct vector *v)
{
    static char line[8 * BYTES_MAX];
    struct part *parts[] = {&v->key, &v->nonce, &v->associated, &v->clear, &v->sealed, &v->tag};
    char *rest, *word;

    do {
        if (!fgets(line, sizeof(line), f))
            return false;
    } while (line[0] == '#');
    v->gcm = !strcmp(strtok_r(line, " \n", &rest), "gcm");
    v->number = (unsigned)atoi(strtok_r(NULL, " \n", &rest));
    word = strtok_r(NULL, " \n", &rest);
    v->valid = !strcmp(word, "valid");
    ck_assert(v->valid || !strcmp(word, "invalid"));
    for (size_t i = 0; i < RUN_COUNT(parts); i++)
        read_part(strtok_r(NULL, " \n", &rest), parts[i]);
    return true;
}

// The salt is in the nonce; a key has both.
static struct cipher_key *key_of(const struct vector *v, const struct cipher_backend *b, bool seal, bool esn)
{
    struct cipher_key *key = NULL;
    struct cipher_suite suite;
    uint8_t both[64] = {0};
    struct bytes keys[2] = {bytes_of(both, v->key.n + 4), bytes_of(both, 0)};

    memcpy(both, v->key.b, v->key.n);
    memcpy(both + v->key.n, v->nonce.b, 4);
    ck_assert_int_eq(v->gcm ? cipher_suite_find(ENCR_AES_GCM_16, (uint16_t)(v->key.n * 8), 0, &suite)
                            : cipher_suite_find(ENCR_CHACHA20_POLY1305, 0, 0, &suite),
                     0);
    suite.esn = esn;
    ck_assert_int_eq(cipher_key_new(b, &suite, seal ? CIPHER_SEAL : CIPHER_OPEN, keys, &key), 0);
    return key;
}

static void check_outcome(const struct vector *v, const struct cipher_backend *b, bool seal, bool ok,
                          const uint8_t *text)
{
    const char *doing = seal ? "seal" : "open";

    ck_assert_msg(ok == (seal || v->valid), "%s: %s %u", b->name, doing, v->number);
    if (v->valid)
        ck_assert_msg(!memcmp(text, seal ? v->sealed.b : v->clear.b, v->clear.n), "%s: %s %u", b->name, doing,
                      v->number);
    if (seal)
        ck_assert_msg(!memcmp(text + v->clear.n, v->tag.b, 16) == v->valid, "%s: tag %u", b->name, v->number);
}

static void check_parts(const struct vector *v, const struct cipher_backend *b, bool seal)
{
    struct cipher_engine *engine = b->engine_new();
    struct cipher_key *key = key_of(v, b, seal, false);
    uint8_t text[BYTES_MAX + 16];
    struct cipher_aead a = {v->nonce.b, bytes_of(v->associated.b, v->associated.n), text, (uint32_t)v->clear.n,
                            text + v->clear.n};

    memcpy(text, seal ? v->clear.b : v->sealed.b, v->clear.n);
    memcpy(text + v->clear.n, v->tag.b, 16);
    check_outcome(v, b, seal, b->run_aead(engine, key, &a), text);
    cipher_key_free(key);
    b->engine_free(engine);
}

// SPI and sequence number are the associated data, with ESN its high half between them.
static void check_packet(const struct vector *v, const struct cipher_backend *b, bool seal)
{
    bool esn = v->associated.n == 12;
    struct cipher_engine *engine = b->engine_new();
    struct cipher_key *key = key_of(v, b, seal, esn);
    uint8_t packet[BYTES_MAX + 64], *text = packet + 16;
    struct cipher_op op = {.key = key, .packet = packet, .bytes = (uint32_t)(16 + v->clear.n + 16)};
    uint32_t high;

    memcpy(packet, v->associated.b, 4);
    memcpy(&high, v->associated.b + 4, 4);
    op.sequence_high = be32toh(high);
    memcpy(packet + 4, v->associated.b + (esn ? 8 : 4), 4);
    memcpy(packet + 8, v->nonce.b + 4, 8);
    memcpy(text, seal ? v->clear.b : v->sealed.b, v->clear.n);
    memcpy(text + v->clear.n, v->tag.b, 16);
    (seal ? b->seal : b->open)(engine, &op, 1);
    check_outcome(v, b, seal, op.ok, text);
    cipher_key_free(key);
    b->engine_free(engine);
}

START_TEST(agrees_with_wycheproof)
{
    FILE *f = fopen(FILE_NAME, "r");
    unsigned n = 0, packets = 0;
    static struct vector v;

    ck_assert_ptr_nonnull(f);
    for (; read_vector(f, &v); n++) {
        bool is_packet = v.associated.n == 8 || v.associated.n == 12;

        packets += is_packet;
        for (unsigned i = 0; i < 2 * RUN_COUNT(backends); i++) {
            check_parts(&v, backends[i / 2], i & 1);
            if (is_packet)
                check_packet(&v, backends[i / 2], i & 1);
        }
    }
    fclose(f);
    ck_assert_uint_eq(n, 436);
    ck_assert_uint_eq(packets, 45);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {agrees_with_wycheproof};

    return run_tests("wycheproof", tests, RUN_COUNT(tests));
}
