// The anti-replay window, as numbered steps: what comes, and whether it is new.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "esp-d/esp_limits.h"
#include "esp-d/replay.h"
#include "tests/unit/lib/run.h"

#define W 4096u

static struct replay_pool pool;

static bool update(struct replay *r, uint64_t sequence)
{
    uint64_t top = replay_top(r);
    bool is_newest = false, is_new = replay_update(r, sequence, &is_newest);

    if (is_newest != (is_new && sequence > top))
        ck_abort_msg("wrong about the newest");
    return is_new;
}

struct step {
    uint64_t sequence;
    bool is_new;
};

static void run_steps(uint32_t window, const struct step *steps, size_t n)
{
    struct replay r;

    ck_assert_int_eq(replay_init(&r, &pool, window), 0);
    for (size_t i = 0; i < n; i++) {
        ck_assert_msg(replay_check(&r, steps[i].sequence) == steps[i].is_new, "check %zu", i + 1);
        ck_assert_msg(update(&r, steps[i].sequence) == steps[i].is_new, "update %zu", i + 1);
    }
    replay_done(&r, &pool);
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
        ck_assert_int_eq(replay_init(&r, &pool, window), 0);
        r.top = base;
        for (unsigned i = 0; i < 200000; i++) {
            uint64_t s = base + 1 + (i * (uint64_t)(n / 1000) / 250 + (uint32_t)rand() % (window * 2)) % (n - 1);
            bool expected = s > top || (top - s < window && !seen[s - base]);

            if (s > top || top - s < window)
                right = right && replay_extend(&r, (uint32_t)s, &guess) && guess == s;
            right = right && update(&r, s) == expected;
            if (expected)
                seen[s - base] = true;
            if (s > top)
                top = s;
        }
        ck_assert(right);
        replay_done(&r, &pool);
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

    ck_assert_int_eq(replay_init(&r, &pool, 64), 0);
    for (size_t i = 0; i < RUN_COUNT(cases); i++) {
        uint64_t sequence = 0;

        r.top = cases[i].top;
        ck_assert_msg(replay_extend(&r, cases[i].low, &sequence) == (cases[i].sequence != 0), "case %zu", i + 1);
        ck_assert_msg(sequence == cases[i].sequence, "case %zu: %llx", i + 1, (unsigned long long)sequence);
    }
    replay_done(&r, &pool);
}
END_TEST

// Numbers that several threads get copies of, in an order of their own.
#define THREADS 4u
#define NUMBERS 65536u

struct race {
    struct replay replay;
    uint32_t window;
    uint64_t base;
    _Atomic uint32_t taken[NUMBERS];  // how often
    _Atomic uint32_t newest[NUMBERS]; // how often it was the newest
};

struct racer {
    struct race *race;
    pthread_t thread;
    unsigned seed;
};

static void try_number(struct race *race, uint32_t i)
{
    uint64_t sequence = race->base + i;
    bool is_newest;

    if (replay_check(&race->replay, sequence) && replay_update(&race->replay, sequence, &is_newest)) {
        atomic_fetch_add(&race->taken[i], 1);
        atomic_fetch_add(&race->newest[i], is_newest);
    }
}

// Each thread tries every number at least once, close to its turn but not in order, and old ones again and again.
static void *run_race(void *arg)
{
    struct racer *me = arg;
    struct race *race = me->race;
    uint32_t step = race->window / 8;

    for (uint32_t from = 0; from < NUMBERS; from += step) {
        for (uint32_t i = 0; i < step; i++)
            try_number(race, from + (i * 5 + me->seed) % step); // 5 and step have no common factor
        for (uint32_t i = 0; i < step; i++)
            try_number(race, (uint32_t)rand_r(&me->seed) % (from + step));
    }
    return NULL;
}

// One of the threads is always the first with a number: it is taken, unless that thread had fallen behind by then.
START_TEST(takes_each_number_once)
{
    static const uint32_t windows[] = {64, 4096, 65536};
    static struct race race;

    for (size_t k = 0; k < RUN_COUNT(windows); k++) {
        struct racer racers[THREADS];
        uint64_t newest = 0;

        memset(&race, 0, sizeof(race));
        race.window = windows[k];
        race.base = (2ull << 32) - NUMBERS / 2;
        ck_assert_int_eq(replay_init(&race.replay, &pool, race.window), 0);
        for (unsigned i = 0; i < THREADS; i++) {
            racers[i] = (struct racer){.race = &race, .seed = i + 1};
            ck_assert_int_eq(pthread_create(&racers[i].thread, NULL, run_race, &racers[i]), 0);
        }
        for (unsigned i = 0; i < THREADS; i++)
            pthread_join(racers[i].thread, NULL);
        ck_assert(replay_top(&race.replay) == race.base + NUMBERS - 1);
        for (uint32_t i = 0; i < NUMBERS; i++) {
            ck_assert_uint_le(race.taken[i], 1);
            ck_assert_uint_le(race.newest[i], race.taken[i]);
            newest += race.newest[i];
        }
        ck_assert_uint_gt(newest, 0);
        ck_assert_uint_eq(race.newest[NUMBERS - 1], 1);
        replay_done(&race.replay, &pool);
    }
}
END_TEST

// The threads meet after each part that is smaller than the window: then no number may be missing either.
static pthread_barrier_t barrier;

static void *run_in_step(void *arg)
{
    struct racer *me = arg;
    struct race *race = me->race;
    uint32_t step = race->window - 1;

    for (uint32_t from = 0; from + step <= NUMBERS; from += step) {
        pthread_barrier_wait(&barrier);
        for (uint32_t i = 0; i < step; i++)
            try_number(race, from + (me->seed % 2 ? i : step - 1 - i));
    }
    return NULL;
}

START_TEST(misses_none_inside_the_window)
{
    static const uint32_t windows[] = {64, 1000, 4096};
    static struct race race;

    for (size_t k = 0; k < RUN_COUNT(windows); k++) {
        struct racer racers[THREADS];
        uint32_t all;

        memset(&race, 0, sizeof(race));
        race.window = windows[k];
        race.base = 1;
        all = NUMBERS / (race.window - 1) * (race.window - 1);
        ck_assert_int_eq(replay_init(&race.replay, &pool, race.window), 0);
        pthread_barrier_init(&barrier, NULL, THREADS);
        for (unsigned i = 0; i < THREADS; i++) {
            racers[i] = (struct racer){.race = &race, .seed = i};
            ck_assert_int_eq(pthread_create(&racers[i].thread, NULL, run_in_step, &racers[i]), 0);
        }
        for (unsigned i = 0; i < THREADS; i++)
            pthread_join(racers[i].thread, NULL);
        for (uint32_t i = 0; i < all; i++)
            ck_assert_uint_eq(race.taken[i], 1);
        pthread_barrier_destroy(&barrier);
        replay_done(&race.replay, &pool);
    }
}
END_TEST

static size_t resident_pages(void)
{
    FILE *f = fopen("/proc/self/statm", "r");
    size_t total = 0, resident = 0;

    ck_assert_ptr_nonnull(f);
    ck_assert_int_eq(fscanf(f, "%zu %zu", &total, &resident), 2);
    fclose(f);
    return resident;
}

// A thousand SAs that carry nothing cost nothing; what comes back is clean.
START_TEST(takes_memory_with_the_packets)
{
    static struct replay r[1000];
    size_t before;

    ck_assert_int_eq(replay_init(&r[0], &pool, 65536), 0);
    before = resident_pages();
    for (unsigned i = 1; i < 1000; i++)
        ck_assert_int_eq(replay_init(&r[i], &pool, 65536), 0);
    ck_assert_uint_lt(resident_pages() - before, 1000); // of 8000 that the rings have
    for (unsigned turn = 0; turn < 2; turn++) {
        for (unsigned i = 0; i < 1000; i++) {
            for (uint64_t s = 1; s < 40000; s += 3000)
                ck_assert(replay_check(&r[i], s) && update(&r[i], s) && !replay_check(&r[i], s));
            replay_done(&r[i], &pool);
            ck_assert_int_eq(replay_init(&r[i], &pool, turn ? 65536 : 64 + i), 0);
        }
    }
    for (unsigned i = 0; i < 1000; i++)
        replay_done(&r[i], &pool);
    replay_pool_done(&pool);
}
END_TEST

START_TEST(checks_its_bounds)
{
    struct replay r;

    ck_assert_int_lt(replay_init(&r, &pool, 63), 0);
    ck_assert_int_lt(replay_init(&r, &pool, 65537), 0);
    ck_assert_int_eq(replay_init(&r, &pool, 65536), 0);
    ck_assert(update(&r, 70000) && update(&r, 70000 - 65535) && !update(&r, 70000 - 65536));
    replay_done(&r, &pool);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        knows_what_it_has_seen, forgets_after_a_jump,   agrees_with_a_plain_list,      checks_its_bounds,
        guesses_the_high_half,  takes_each_number_once, misses_none_inside_the_window, takes_memory_with_the_packets};

    TCase *tcase = tcase_create("replay");

    tcase_set_timeout(tcase, 120); // threads that race on a busy machine
    for (size_t i = 0; i < RUN_COUNT(tests); i++)
        tcase_add_test(tcase, tests[i]);
    return run_case(tcase);
}
