// Expanded keys come from a fixed pool: taken and given by several threads at once, and nothing fails when it is empty.
#include <pthread.h>
#include <stdlib.h>

#include "esp-d/cipher_ipsec_mb.h"
#include "tests/unit/esp-d/world.h"
#include "tests/unit/lib/run.h"

#define THREADS 4
#define TURNS   20000u
#define HELD    64u

// Each thread writes its mark into what it holds, and must find it again.
static void *take_and_give(void *arg)
{
    struct ipsec_mb_keys *held[HELD] = {0};
    uint8_t mark = (uint8_t)(uintptr_t)arg;
    unsigned random = mark;

    for (unsigned i = 0; i < TURNS; i++) {
        unsigned at = (random = random * 1103515245 + 12345) / 65536 % HELD;

        if (held[at]) {
            for (size_t k = 0; k < sizeof(*held[at]); k++)
                world_require(((uint8_t *)held[at])[k] == mark);
            ipsec_mb_pool_give(held[at]);
            held[at] = NULL;
        } else {
            held[at] = ipsec_mb_pool_take();
            world_require(held[at]);
            memset(held[at], mark, sizeof(*held[at]));
        }
    }
    for (unsigned i = 0; i < HELD; i++) {
        if (held[i])
            ipsec_mb_pool_give(held[i]);
    }
    return NULL;
}

START_TEST(threads_never_hold_the_same)
{
    pthread_t threads[THREADS];

    ck_assert(ipsec_mb_pool_open());
    for (uintptr_t i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, take_and_give, (void *)(i + 1)), 0);
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
}
END_TEST

static struct cipher_key *key_of(const struct world_suite *s, unsigned number, enum cipher_direction direction)
{
    uint8_t material[2][72];
    struct cipher_suite suite;
    struct cipher_key *key;

    memset(material, (int)(number * 17 + 5), sizeof(material));
    world_require(!cipher_suite_find(s->encr, s->key_bits, s->integ, &suite));
    suite.esn = s->esn;
    world_require(!cipher_key_new(&cipher_ipsec_mb, &suite, direction,
                                  (struct bytes[]){bytes_of(material[0], (size_t)suite.key_bytes + suite.salt_bytes),
                                                   bytes_of(material[1], suite.integ_key_bytes)},
                                  &key));
    return key;
}

// A burst in which keys take turns, sealed with or without room in the pool.
static void seal(struct cipher_engine *engine, uint8_t packets[8][512])
{
    struct cipher_key *keys[8];
    struct cipher_op ops[8];

    for (unsigned i = 0; i < 8; i++) {
        keys[i] = key_of(&world_suites[i % 4 * 2], i % 4, CIPHER_SEAL);
        memset(packets[i], (int)i, 512);
        ops[i] = (struct cipher_op){.key = keys[i], .packet = packets[i]};
        ops[i].bytes = CIPHER_HEADER_BYTES + keys[i]->suite.iv_bytes + 256u + keys[i]->suite.icv_bytes;
    }
    cipher_ipsec_mb.seal(engine, ops, 8);
    for (unsigned i = 0; i < 8; i++) {
        ck_assert(ops[i].ok);
        cipher_key_free(keys[i]);
    }
}

START_TEST(does_without_room)
{
    static struct ipsec_mb_keys *all[ESP_EXPANDED_KEYS_MAX];
    static uint8_t with[8][512], without[8][512];
    struct cipher_engine *engine = cipher_ipsec_mb.engine_new();
    static const struct ipsec_mb_keys empty;
    unsigned n = 0;

    ck_assert_ptr_nonnull(engine);
    seal(engine, with);
    ck_assert_uint_eq(engine->spares, 0);
    while ((all[n] = ipsec_mb_pool_take()))
        n++;
    ck_assert_uint_ge(n, ESP_EXPANDED_KEYS_MAX - 10 * ESP_BURST_PKTS);
    seal(engine, without);
    ck_assert_mem_eq(with, without, sizeof(with));
    ck_assert_uint_eq(engine->spares, 8);
    cipher_ipsec_mb.engine_rest(engine);
    ck_assert_uint_eq(engine->spares, 0);
    for (unsigned i = 0; i < ESP_BURST_PKTS; i++)
        ck_assert_mem_eq(engine->spare[i], &empty, sizeof(empty));
    ck_assert_ptr_null(cipher_ipsec_mb.engine_new());
    while (n)
        ipsec_mb_pool_give(all[--n]);
    seal(engine, without);
    ck_assert_mem_eq(with, without, sizeof(with));
    ck_assert_uint_eq(engine->spares, 0);
    cipher_ipsec_mb.engine_free(engine);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {threads_never_hold_the_same, does_without_room};

    return run_tests("cipher pool", tests, RUN_COUNT(tests));
}
