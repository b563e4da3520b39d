// How long a daemon that died stays away.
#include "launcher/backoff.h"
#include "tests/unit/lib/run.h"

START_TEST(grows_while_it_dies_soon)
{
    static const uint32_t waits[] = {20, 40, 80, 160, 320, 640, 1280, 2560, 5000, 5000, 5000};
    uint32_t wait_ms = 0;

    for (size_t i = 0; i < RUN_COUNT(waits); i++) {
        wait_ms = backoff_next(wait_ms, BACKOFF_STEADY_MS - 1);
        ck_assert_uint_eq(wait_ms, waits[i]);
    }
}
END_TEST

START_TEST(starts_over_after_a_steady_life)
{
    ck_assert_uint_eq(backoff_next(0, 0), BACKOFF_MIN_MS);
    ck_assert_uint_eq(backoff_next(0, UINT64_MAX), BACKOFF_MIN_MS);
    ck_assert_uint_eq(backoff_next(5000, BACKOFF_STEADY_MS), BACKOFF_MIN_MS);
    ck_assert_uint_eq(backoff_next(UINT32_MAX, 0), BACKOFF_MAX_MS);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {grows_while_it_dies_soon, starts_over_after_a_steady_life};

    return run_tests("backoff", tests, RUN_COUNT(tests));
}
