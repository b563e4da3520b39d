// IKE_SA_INIT and IKE_AUTH between two cores (RFC 7296 1.2, 2.6, 2.7, 2.21).
#include <check.h>
#include <stdlib.h>

#include "tests/dialogue/world.h"
#include "tests/unit/lib/run.h"

static struct world world;

static void set_up(void)
{
    world_init(&world, 1);
}

static void tear_down(void)
{
    world_done(&world);
}

static void assert_joined(void)
{
    world_assert_stays_joined(&world, 60000, 5000);
}

// A: IKE_SA_INIT ->   <- B   A: IKE_AUTH ->   <- B; both up after four messages, on port 4500.
START_TEST(four_messages_make_a_tunnel)
{
    world_configure_both(&world, TUNNEL_START_UP, TUNNEL_START_PASSIVE);
    assert_joined();
    ck_assert_uint_eq(world.sent[A], 2);
    ck_assert_uint_eq(world.sent[B], 2);
    ck_assert_uint_eq(world_ike_sa(&world, A)->local.port, 4500);
    ck_assert_uint_eq(world_ike_sa(&world, B)->remote.port, 4500);
    ck_assert_ptr_null(world_tunnel(&world, A)->failure);
}
END_TEST

static const char *const suites[][2] = {
    {"aes256gcm16-prfsha384-ecp384", "aes256gcm16"}, {"aes128gcm16-prfsha256-x25519", "aes128gcm16"},
    {"aes256-sha256-ecp256", "aes256-sha256"},       {"aes256-sha256-modp2048", "aes256-sha256"},
    {"aes128-sha1-modp2048", "aes128-sha1"},         {"aes256-sha384-ecp521", "aes256-sha384"},
    {"aes256-sha512-modp3072", "aes256-sha512"},     {"aes128-sha256-modp4096", "aes128-sha256-modp2048"},
};

START_TEST(every_suite)
{
    struct plan plan = {.start = TUNNEL_START_UP, .ike = suites[_i][0], .esp = suites[_i][1]};
    world_configure(&world, A, &plan, 1);
    plan.start = TUNNEL_START_PASSIVE;
    world_configure(&world, B, &plan, 1);
    assert_joined();
}
END_TEST

// Both initiate, the second one up to 60 ms later, which crosses at every step; reordered, but nothing is lost. One IKE
// SA is left at once, and no tunnel that was up goes down for it.
START_TEST(both_initiate)
{
    for (unsigned seed = 0; seed < 100; seed++) {
        struct plan plan = {.start = TUNNEL_START_UP};
        world_done(&world);
        world_init(&world, 1000u * (unsigned)_i + seed);
        world_configure(&world, A, &plan, 1);
        world_run(&world, (uint64_t)_i);
        world_configure(&world, B, &plan, 1);
        ck_assert_msg(world_run_until(&world, world_is_joined, 1500), "seed %u: %s", seed, world_why());
        uint64_t since_s[2] = {world_tunnel(&world, A)->since_s, world_tunnel(&world, B)->since_s};
        world_run(&world, 60000);
        ck_assert_msg(world_is_joined(&world), "seed %u: %s", seed, world_why());
        ck_assert_uint_eq(world_tunnel(&world, A)->since_s, since_s[A]);
        ck_assert_uint_eq(world_tunnel(&world, B)->since_s, since_s[B]);
    }
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("establish");
    TCase *t = tcase_create("dialogues");
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t, four_messages_make_a_tunnel);
    tcase_add_loop_test(t, every_suite, 0, sizeof(suites) / sizeof(suites[0]));
    tcase_add_loop_test(t, both_initiate, 0, 30);
    suite_add_tcase(s, t);
    return s;
}

int main(void)
{
    return run_suite(suite());
}
