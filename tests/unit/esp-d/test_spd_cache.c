// What is remembered of policies must be what the list says, also after another list took its place.
#include <stdio.h>

#include "esp-d/spd_cache.h"
#include "tests/unit/esp-d/world.h"
#include "tests/unit/lib/run.h"

static struct spd_cache cache;
static struct database db;

static struct selector random_selector(void)
{
    unsigned prefix = 16 + (unsigned)rand() % 17;
    char text[64];
    struct selector s;

    snprintf(text, sizeof(text), "10.%u.%u.%u", rand() % 3, rand() % 3, rand() % 3);
    s = world_selector(text, rand() % 2 ? "udp" : "", "");
    for (unsigned bit = prefix; bit < 32; bit++) {
        s.range.start.b[bit / 8] &= (uint8_t) ~(0x80 >> bit % 8);
        s.range.end.b[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
    }
    return s;
}

static void set_random_policies(unsigned n)
{
    static uint64_t generation;

    generation = generation % 2 + 1; // the peer's number says nothing
    for (unsigned i = 0; i < n; i++) {
        struct database_policy p = {.tunnel = "t", .action = (enum policy_action)(1 + rand() % 3)};

        p.local = random_selector();
        p.remote = random_selector();
        ck_assert_int_eq(database_add_policy(&db, generation, &p), 0);
    }
    ck_assert_int_eq(database_commit_policies(&db, generation), 0);
    retire_flush(&db.retire);
}

static struct flow random_flow(void)
{
    struct flow f = {.family = 4, .protocol = rand() % 2 ? 17 : 6, .opaque = rand() % 8 == 0};

    for (unsigned i = 0; i < 3; i++) {
        f.source = f.source << 8 | (unsigned)(rand() % 4);
        f.destination = f.destination << 8 | (unsigned)(rand() % 4);
    }
    f.source |= 10u << 24;
    f.destination |= 10u << 24;
    f.source_port = (uint16_t)(rand() % 3);
    f.total_bytes = (uint32_t)rand(); // no matter
    return f;
}

START_TEST(says_what_the_list_says)
{
    unsigned matches = 0;

    srand(5);
    ck_assert_int_eq(database_init(&db, &cipher_openssl), 0);
    for (unsigned round = 0; round < 12; round++) {
        const struct spd *spd;

        set_random_policies(round % 4 == 3 ? 3 : 60);
        spd = atomic_load(&db.spd);
        for (unsigned i = 0; i < 3000; i++) {
            struct flow f = random_flow();
            struct policy *expected = spd_find(spd, &f, FILTER_OUTBOUND);

            ck_assert_ptr_eq(spd_cache_find(&cache, spd, &f, FILTER_OUTBOUND), expected);
            ck_assert_ptr_eq(spd_cache_find(&cache, spd, &f, FILTER_OUTBOUND), expected);
            matches += expected != NULL;
        }
    }
    ck_assert_uint_gt(matches, 1000);
    ck_assert_ptr_null(spd_cache_find(&cache, NULL, &(struct flow){0}, FILTER_OUTBOUND));
    database_done(&db);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {says_what_the_list_says};

    return run_tests("spd_cache", tests, RUN_COUNT(tests));
}
