// When a worker pauses to let packets gather: for many small arrivals, not for few, and not for large ones.
#include "esp-d/esp_limits.h"
#include "esp-d/pace.h"
#include "tests/unit/lib/run.h"

#define MS 1000000u

// Arrivals spread evenly over a time, a question after each, and one at the end. Returns the last answer.
static bool run(struct pace *pace, uint64_t *now_ns, unsigned arrivals, unsigned per_ms, unsigned bytes)
{
    for (unsigned i = 0; i < arrivals; i++) {
        *now_ns += MS / per_ms;
        pace_note(pace, bytes);
        pace_is_hot(pace, *now_ns);
    }
    return pace_is_hot(pace, *now_ns);
}

START_TEST(follows_what_arrives)
{
    struct pace pace = {0};
    uint64_t now_ns = (uint64_t)1000 * MS;

    ck_assert(!pace_is_hot(&pace, now_ns));
    ck_assert(!run(&pace, &now_ns, 100, 10, 100));    // 10,000 a second
    ck_assert(run(&pace, &now_ns, 500, 100, 1400));   // 100,000
    ck_assert(!run(&pace, &now_ns, 500, 100, 60000)); // super-packets
    ck_assert(run(&pace, &now_ns, 500, 50, 60));
    now_ns += 5 * MS; // silence, and the first packet behind it
    ck_assert(!run(&pace, &now_ns, 1, 1, 60));
    ck_assert(!run(&pace, &now_ns, 3, 1, 60));
}
END_TEST

START_TEST(needs_more_than_a_lump)
{
    struct pace pace = {0};
    uint64_t now_ns = (uint64_t)1000 * MS;

    pace_is_hot(&pace, now_ns);
    for (unsigned i = 0; i < 30; i++) // a short burst of one application
        pace_note(&pace, 1000);
    ck_assert(!pace_is_hot(&pace, now_ns + 2 * MS));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {follows_what_arrives, needs_more_than_a_lump};

    return run_tests("pace", tests, RUN_COUNT(tests));
}
