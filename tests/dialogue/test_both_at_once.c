// Both gateways do the same at the same time: they start, or apply a changed configuration, within milliseconds of each
// other. One IKE SA and one pair of SAs is what stays, and traffic flows at once (RFC 7296 2.4).
#include <check.h>

#include "ike-d/sa/ike_sa.h"
#include "tests/dialogue/world.h"
#include "tests/unit/lib/run.h"

static struct world world;
static const struct plan old_plan, new_plan = {.liveness_s = 40};

// The second follows the first within 0-39 ms.
START_TEST(both_start)
{
    world_init(&world, (uint64_t)_i + 1);
    world_configure(&world, A, &old_plan, 1);
    world_run(&world, (uint64_t)_i % 40);
    world_configure(&world, B, &old_plan, 1);
    world_assert_stays_joined(&world, 2000, 20000);
    world_done(&world);
}
END_TEST

START_TEST(both_change)
{
    world_init(&world, (uint64_t)_i + 1);
    world_configure(&world, A, &old_plan, 1);
    world_configure(&world, B, &old_plan, 1);
    world_assert_joined(&world, 20000);
    world_run(&world, 20000);
    world_configure(&world, A, &new_plan, 1);
    world_run(&world, (uint64_t)_i % 40);
    world_configure(&world, B, &new_plan, 1);
    world_assert_stays_joined(&world, 2000, 20000);
    world_done(&world);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("both_at_once");
    TCase *t = tcase_create("dialogues");
    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, both_start, 0, 120);
    tcase_add_loop_test(t, both_change, 0, 120);
    suite_add_tcase(s, t);
    return s;
}

int main(void)
{
    return run_suite(suite());
}
