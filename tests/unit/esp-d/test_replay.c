// The anti-replay window, as numbered steps: what comes, and whether it is new.
#include "esp-d/esp_limits.h"
#include "esp-d/replay.h"
#include "tests/unit/lib/run.h"

#define W 4096u

struct step {
    uint32_t sequence;
    bool is_new;
};

static void run_steps(uint32_t window, const struct step *steps, size_t n)
{
    struct replay r;

    ck_assert_int_eq(replay_init(&r, window), 0);
    for (size_t i = 0; i < n; i++) {
        ck_assert_msg(replay_check(&r, steps[i].sequence) == steps[i].is_new, "check %zu", i + 1);
        ck_assert_msg(replay_update(&r, steps[i].sequence) == steps[i].is_new, "update %zu", i + 1);
    }
    replay_done(&r);
}

START_TEST(knows_what_it_has_seen)
{
    static const struct step steps[] = {
        /*  1 */ {0, false},
        /*  2 */ {1, true},
        /*  3 */ {1, false},
        /*  4 */ {9, true},
        /*  5 */ {8, true},
        /*  6 */ {7, true},
        /*  7 */ {7, false},
        /*  8 */ {W, true},
        /*  9 */ {W - 1, true},
        /* 10 */ {W - 1, false},
        /* 11 */ {W - 2, true},
        /* 12 */ {2, true},
        /* 13 */ {2, false},
        /* 14 */ {W + 16, true},
        /* 15 */ {3, false},
        /* 16 */ {16, false},
        /* 17 */ {17, true},
        /* 18 */ {17, false},
        /* 19 */ {W * 4, true},
        /* 20 */ {W * 4 - (W - 1), true},
        /* 21 */ {10, false},
        /* 22 */ {W * 4 - W, false},
        /* 23 */ {W * 4 - (W + 1), false},
        /* 24 */ {W * 4 - (W - 2), true},
        /* 25 */ {W * 4 + 1 - W, false},
        /* 26 */ {0, false},
        /* 27 */ {UINT32_MAX, true},
        /* 28 */ {UINT32_MAX, false},
        /* 29 */ {UINT32_MAX - 1, true},
        /* 30 */ {UINT32_MAX - (W - 1), true},
        /* 31 */ {UINT32_MAX - W, false},
        /* 32 */ {1, false},
    };

    run_steps(W, steps, RUN_COUNT(steps));
}
END_TEST

// A jump over the whole ring must not leave bits of the lap before.
START_TEST(forgets_after_a_jump)
{
    static const struct step steps[] = {
        {1, true},         {64, true},           {65, true},           {64 * 200, true},      {64 * 200 - 63, true},
        {64 * 199, false}, {64 * 200 - 1, true}, {64 * 200 + 1, true}, {64 * 200 + 64, true}, {64 * 200 + 2, true},
    };

    run_steps(64, steps, RUN_COUNT(steps));
}
END_TEST

// Against the simplest memory there is, in a random order.
START_TEST(agrees_with_a_plain_list)
{
    static bool seen[20000];
    struct replay r;
    uint32_t top = 0;

    srand(7);
    ck_assert_int_eq(replay_init(&r, 100), 0); // not a multiple of a word
    for (unsigned i = 0; i < 200000; i++) {
        uint32_t s = 1 + (i / 12 + (uint32_t)rand() % 260) % 19999;
        bool expected = s > top || (top - s < 100 && !seen[s]);

        ck_assert(replay_update(&r, s) == expected);
        if (expected)
            seen[s] = true;
        if (s > top)
            top = s;
    }
    replay_done(&r);
}
END_TEST

START_TEST(checks_its_bounds)
{
    struct replay r;

    ck_assert_int_lt(replay_init(&r, 63), 0);
    ck_assert_int_lt(replay_init(&r, 65537), 0);
    ck_assert_int_eq(replay_init(&r, 65536), 0);
    ck_assert(replay_update(&r, 70000) && replay_update(&r, 70000 - 65535) && !replay_update(&r, 70000 - 65536));
    replay_done(&r);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {knows_what_it_has_seen, forgets_after_a_jump, agrees_with_a_plain_list,
                                  checks_its_bounds};

    return run_tests("replay", tests, RUN_COUNT(tests));
}
