// A link that drops, doubles and reorders: whatever it does, both sides end in the same state (RFC 7296 2.1, 2.8).
#include <check.h>
#include <stdlib.h>

#include "ike-d/exch/recovery.h"
#include "tests/dialogue/world.h"
#include "tests/unit/lib/run.h"

#define SEEDS 1000u

static struct world world;

static void worsen(unsigned percent)
{
    world.drop_percent = percent;
    world.double_percent = percent;
    world.reorder_percent = percent;
}

// Which story a seed tells: who initiates, and what happens meanwhile.
static void tell(uint32_t seed)
{
    enum tunnel_start a = seed % 3 == 2 ? TUNNEL_START_PASSIVE : TUNNEL_START_UP;
    enum tunnel_start b = seed % 3 == 1 ? TUNNEL_START_PASSIVE : TUNNEL_START_UP;
    struct plan plan_a = {.start = a, .liveness_s = 20};
    struct plan plan_b = {.start = b, .liveness_s = 20};
    world_configure(&world, A, &plan_a, 1);
    world_run(&world, world_random(&world, 50));
    world_configure(&world, B, &plan_b, 1);
    world_run(&world, world_random(&world, 20000));
    switch (seed % 5) {
    case 1: // esp-d of one side dies
        world_kill_esp(&world, (int)(seed / 5 % 2));
        world_run(&world, world_random(&world, 3000));
        world_start_esp(&world, (int)(seed / 5 % 2));
        break;
    case 2: // down and up again
        (void)tunnel_driver_down(&world.gateway[A].core, "office");
        world_run(&world, world_random(&world, 5000));
        (void)tunnel_driver_up(&world.gateway[A].core, "office");
        break;
    case 3: // both esp-d die
        world_kill_esp(&world, A);
        world_kill_esp(&world, B);
        world_start_esp(&world, A);
        world_start_esp(&world, B);
        break;
    default:
        break;
    }
    world_run(&world, 60000);
}

// The storm goes on for a while; then the link is good again, and both must agree, for good.
START_TEST(seed_ends_in_agreement)
{
    for (uint32_t seed = (uint32_t)_i * (SEEDS / 10); seed < ((uint32_t)_i + 1) * (SEEDS / 10); seed++) {
        world_init(&world, seed + 1);
        worsen(30);
        tell(seed);
        bool joined = world_run_until(&world, world_is_joined, 900000); // still in the storm
        ck_assert_msg(joined, "seed %u: %s", seed, world_why());
        worsen(0);
        world_run(&world, 300000);
        ck_assert_msg(world_is_joined(&world), "seed %u, at the end: %s", seed, world_why());
        world_done(&world);
    }
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("lossy link");
    TCase *t = tcase_create("seeds");
    tcase_set_timeout(t, 120);
    tcase_add_loop_test(t, seed_ends_in_agreement, 0, 10);
    suite_add_tcase(s, t);
    return s;
}

int main(void)
{
    return run_suite(suite());
}
