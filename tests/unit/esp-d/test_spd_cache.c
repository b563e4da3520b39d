// What the index says of policies, and what is remembered of that, must be what the list says, also after another list
// took its place.
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
    s = world_selector(text, "udp", rand() % 4 ? "" : "1");
    if (rand() % 2 && s.end_port == 65535)
        s.protocol = 0;
    if (rand() % 10 == 0) { // no prefix
        s.range.end.b[3] = (uint8_t)(s.range.end.b[3] + 5);
        return s;
    }
    if (rand() % 40 == 0)
        prefix = 0;
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

// RFC 4301 4.4.1: the first one that matches.
static struct policy *walk(const struct spd *spd, const struct flow *flow, enum filter_direction direction)
{
    for (unsigned i = 0; i < spd->n; i++) {
        if (filter_matches(&spd->policy[i].local, &spd->policy[i].remote, flow, direction))
            return &spd->policy[i];
    }
    return NULL;
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
            struct policy *expected = walk(spd, &f, FILTER_OUTBOUND);

            ck_assert_ptr_eq(spd_find(spd, &f, FILTER_OUTBOUND), expected);
            ck_assert_ptr_eq(spd_find(spd, &f, FILTER_INBOUND), walk(spd, &f, FILTER_INBOUND));

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

// Both families, tens of thousands of them: each network finds its own.
START_TEST(finds_one_of_thousands)
{
    const unsigned n = 20000;

    ck_assert_int_eq(database_init(&db, &cipher_openssl), 0);
    for (unsigned i = 0; i < n; i++) {
        struct database_policy p = {.tunnel = "t", .action = POLICY_PROTECT};
        char text[64];

        snprintf(text, sizeof(text), i % 2 ? "10.%u.%u.0/24" : "fd00:%x:%x::/64", i >> 8, i & 255);
        p.local = world_selector(i % 2 ? "192.0.2.0/24" : "fd01::/16", "", "");
        p.remote = world_selector(text, "", "");
        ck_assert_int_eq(database_add_policy(&db, 1, &p), 0);
    }
    ck_assert_int_eq(database_commit_policies(&db, 1), 0);
    for (unsigned i = 0; i < n; i++) {
        struct flow f = {.family = i % 2 ? 4 : 6, .protocol = 17};
        const struct spd *spd = atomic_load(&db.spd);

        if (i % 2) {
            f.source = 0xc0000207;
            f.destination = 10u << 24 | i << 8 | 9;
        } else {
            f.source = (address_key)0xfd01 << 112 | 5;
            f.destination = (address_key)0xfd00 << 112 | (address_key)(i >> 8) << 96 | (address_key)(i & 255) << 80 | 9;
        }
        if (spd_find(spd, &f, FILTER_OUTBOUND) != &spd->policy[i])
            ck_abort_msg("policy %u", i);
    }
    database_done(&db);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {says_what_the_list_says, finds_one_of_thousands};

    return run_tests("spd_cache", tests, RUN_COUNT(tests));
}
