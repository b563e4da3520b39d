// No key outlives its SA in OpenSSL's contexts: all memory of that library is watched, and searched for the keys.
#include <openssl/crypto.h>

#include "esp-d/cipher.h"
#include "tests/unit/esp-d/world.h"
#include "tests/unit/lib/run.h"

#define BLOCKS_MAX 65536

struct block {
    uint8_t *p;
    size_t n;
};

static struct block blocks[BLOCKS_MAX];
static uint8_t keys[2][72]; // 32 bytes of cipher, 4 of salt; 64 of HMAC
static unsigned freed_with_a_key;

static bool holds_a_key(const struct block *b)
{
    return memmem(b->p, b->n, keys[0], 16) || memmem(b->p, b->n, keys[1], 16);
}

static unsigned keys_in_memory(void)
{
    unsigned n = 0;

    for (size_t i = 0; i < BLOCKS_MAX; i++)
        n += blocks[i].p && holds_a_key(&blocks[i]);
    return n;
}

static void *on_malloc(size_t n, const char *file, int line)
{
    uint8_t *p = malloc(n);
    size_t i = 0;

    (void)file;
    (void)line;
    while (i < BLOCKS_MAX && blocks[i].p)
        i++;
    world_require(p && i < BLOCKS_MAX);
    blocks[i] = (struct block){p, n};
    return p;
}

static void on_free(void *p, const char *file, int line)
{
    (void)file;
    (void)line;
    for (size_t i = 0; p && i < BLOCKS_MAX; i++) {
        if (blocks[i].p != p)
            continue;
        freed_with_a_key += holds_a_key(&blocks[i]);
        blocks[i].p = NULL;
        free(p);
        return;
    }
}

static void *on_realloc(void *p, size_t n, const char *file, int line)
{
    uint8_t *moved = on_malloc(n, file, line);

    for (size_t i = 0; p && i < BLOCKS_MAX; i++) {
        if (blocks[i].p == p)
            memcpy(moved, p, blocks[i].n < n ? blocks[i].n : n);
    }
    on_free(p, file, line);
    return moved;
}

// Seals a packet; true when it came out as before.
static bool seal(struct cipher_engine *engine, struct cipher_key *key, uint8_t packet[128], const uint8_t *before)
{
    struct cipher_op op = {.key = key, .packet = packet, .bytes = 72u + key->suite.iv_bytes + key->suite.icv_bytes};

    memset(packet, 5, 128);
    cipher_openssl.seal(engine, &op, 1);
    return op.ok && (!before || !memcmp(packet, before, 128));
}

START_TEST(keeps_no_key_while_it_rests)
{
    for (size_t i = 0; i < WORLD_SUITES_N; i++) {
        const struct world_suite *s = &world_suites[i];
        struct cipher_engine *engine = cipher_openssl.engine_new();
        uint8_t first[128], again[128];
        struct cipher_suite suite;
        struct cipher_key *key;

        ck_assert_int_eq(cipher_suite_find(s->encr, s->key_bits, s->integ, &suite), 0);
        for (unsigned k = 0; k < sizeof(keys[0]); k++) {
            keys[0][k] = (uint8_t)(k * 73 + i * 29 + 1);
            keys[1][k] = (uint8_t)(k * 41 + i * 31 + 2);
        }
        freed_with_a_key = 0;
        ck_assert_int_eq(cipher_key_new(&cipher_openssl, &suite, CIPHER_SEAL,
                                        (struct bytes[]){bytes_of(keys[0], (size_t)suite.key_bytes + suite.salt_bytes),
                                                         bytes_of(keys[1], suite.integ_key_bytes)},
                                        &key),
                         0);
        ck_assert(seal(engine, key, first, NULL));
        // The search does find them; 3DES and CMAC keep other forms of theirs.
        ck_assert_uint_ge(keys_in_memory(), suite.aead || suite.encr == ENCR_3DES || suite.mac != MAC_HMAC ? 1 : 2);
        cipher_openssl.engine_rest(engine);
        ck_assert_uint_eq(keys_in_memory(), 0);
        ck_assert(seal(engine, key, again, first));
        cipher_key_free(key);
        cipher_openssl.engine_rest(engine);
        cipher_openssl.engine_rest(engine);
        ck_assert_uint_eq(keys_in_memory(), 0);
        cipher_openssl.engine_free(engine);
        ck_assert_uint_eq(freed_with_a_key, 0);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {keeps_no_key_while_it_rests};

    world_require(CRYPTO_set_mem_functions(on_malloc, on_realloc, on_free) == 1); // before anything else of it
    return run_tests("cipher_rest", tests, RUN_COUNT(tests));
}
