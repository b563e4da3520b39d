// The anti-replay window, as numbered steps: what comes, and whether it is new.
#include "esp-d/esp_limits.h"
#include "esp-d/replay.h"
#include <string.h>
#include "tests/unit/lib/run.h"

#define W 4096u

struct step {
    uint64_t sequence;
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

// Against the simplest memory there is, in a random order, over a border of the low half, which is all that is carried.
START_TEST(agrees_with_a_plain_list)
{
    static const uint32_t windows[] = {64, 100, 128, 4096, 65536};
    static bool seen[400000];

    srand(7);
    for (size_t k = 0; k < RUN_COUNT(windows); k++) {
        uint64_t base = (3ull << 32) - 4000, top = base, guess;
        uint32_t window = windows[k], n = window < 5000 ? 20000 : 400000;
        struct replay r;
        bool right = true;

        memset(seen, 0, sizeof(seen));
        ck_assert_int_eq(replay_init(&r, window), 0);
        r.top = base;
        for (unsigned i = 0; i < 200000; i++) {
            uint64_t s = base + 1 + (i * (uint64_t)(n / 1000) / 250 + (uint32_t)rand() % (window * 2)) % (n - 1);
            bool expected = s > top || (top - s < window && !seen[s - base]);

            if (s > top || top - s < window)
                right = right && replay_extend(&r, (uint32_t)s, &guess) && guess == s;
            right = right && replay_update(&r, s) == expected;
            if (expected)
                seen[s - base] = true;
            if (s > top)
                top = s;
        }
        ck_assert(right);
        replay_done(&r);
    }
}
END_TEST

// RFC 4303 appendix A2.1, at both borders of both cases.
START_TEST(guesses_the_high_half)
{
    static const struct {
        uint64_t top;
        uint32_t low;
        uint64_t sequence; // 0: none
    } cases[] = {
        {0, 1, 1},
        {0, 0xffffffc0, 0xffffffc0}, // bottom is 0xffffffc1: still a jump ahead
        {0, 0xffffffc1, 0},          // older than the first
        {62, 0xffffffff, 0},
        {63, 0xffffffff, 0xffffffff},
        {64, 0, 0x100000000},
        {100, 37, 37},
        {100, 36, 0x100000024},
        {0xffffffff, 0, 0x100000000},
        {0xffffffff, 0xffffffc0, 0xffffffc0},
        {0xffffffff, 0xffffffbf, 0x1ffffffbf},
        {0x100000000, 0xffffffff, 0xffffffff},
        {0x100000000, 0xffffffc1, 0xffffffc1},
        {0x100000000, 0xffffffc0, 0x1ffffffc0},
        {0x10000003e, 0xffffffff, 0xffffffff},
        {0x10000003f, 0xffffffff, 0x1ffffffff},
        {0x500000040, 5, 0x500000005},
        {0x500000040, 0, 0x600000000},
    };
    struct replay r;

    ck_assert_int_eq(replay_init(&r, 64), 0);
    for (size_t i = 0; i < RUN_COUNT(cases); i++) {
        uint64_t sequence = 0;

        r.top = cases[i].top;
        ck_assert_msg(replay_extend(&r, cases[i].low, &sequence) == (cases[i].sequence != 0), "case %zu", i + 1);
        ck_assert_msg(sequence == cases[i].sequence, "case %zu: %llx", i + 1, (unsigned long long)sequence);
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
                                  checks_its_bounds, guesses_the_high_half};

    return run_tests("replay", tests, RUN_COUNT(tests));
}
