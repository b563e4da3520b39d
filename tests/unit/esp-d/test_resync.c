// RFC 4303 A3: after laps of the low half were lost the window finds the peer again, and strangers can't lead it
// astray.
#include "esp-d/resync.h"
#include "tests/unit/esp-d/world.h"
#include "tests/unit/lib/run.h"

static struct world world;

// Seals one as number `sequence` and opens it, changed when it is to be forged.
static struct open_packet carry(uint64_t sequence, bool is_forged)
{
    static const struct endpoint nowhere;
    static uint8_t room[500];
    struct open_packet p = {.esp = room + 50, .remote = &nowhere, .local = &nowhere};
    uint8_t inner[200];

    atomic_store(&world.side[0].child->out.next_sequence, sequence);
    p.esp_bytes = (uint32_t)world_seal(&world, 0, inner, world_udp(inner, 4, 20), p.esp);
    p.esp[p.esp_bytes - 1] ^= is_forged;
    open_burst(&world.side[1].opener, &p, 1);
    return p;
}

static void run_suite_of(const struct world_suite *suite, uint64_t lost)
{
    const struct replay *window;
    uint64_t sequence = 1;
    unsigned failures = 0;

    world_init(&world, suite, &cipher_ipsec_mb, &cipher_openssl);
    window = &world.side[1].child->in.replay;
    for (; sequence <= 10; sequence++)
        ck_assert_int_eq(carry(sequence, false).drop, DROP_NONE);
    for (unsigned i = 0; i < 5 * ESP_RESYNC_FAILURES; i++)
        ck_assert_int_eq(carry(1000 + i, true).drop, DROP_INTEGRITY);
    ck_assert_int_eq(carry(sequence, false).drop, DROP_NONE);
    ck_assert(replay_top(window) == sequence);
    ck_assert_uint_eq(atomic_load(&world.side[1].child->esn_failures), 0);
    for (sequence += lost + 1000; carry(sequence, false).drop; sequence++)
        ck_assert_uint_lt(failures++, ESP_RESYNC_FAILURES);
    ck_assert_uint_eq(failures, ESP_RESYNC_FAILURES); // not earlier either
    ck_assert(replay_top(window) == sequence);
    for (unsigned i = 0; i < 10; i++) {
        struct open_packet p = carry(++sequence, false);

        ck_assert_int_eq(p.drop, DROP_NONE);
        ck_assert(p.sequence == sequence && p.newest);
    }
    ck_assert_int_ne(carry(20, false).drop, DROP_NONE); // of a lap that is over
    world_done(&world);
}

START_TEST(finds_a_lost_lap_again)
{
    for (size_t i = 0; i < WORLD_SUITES_N; i++) {
        if (!world_suites[i].esn)
            continue;
        run_suite_of(&world_suites[i], 1ull << 32);
        run_suite_of(&world_suites[i], (ESP_RESYNC_TRIES - 1ull) << 32);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {finds_a_lost_lap_again};

    return run_tests("resync", tests, RUN_COUNT(tests));
}
