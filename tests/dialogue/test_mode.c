// Transport and tunnel mode (RFC 7296 1.3.1): agreed upon, or refused; never the other one in silence.
#include <check.h>
#include <stdlib.h>

#include "ike-d/sa/ike_sa.h"
#include "tests/dialogue/world.h"
#include "tests/unit/lib/run.h"

static struct world world;

static void set_up(void)
{
    world_init(&world, 11);
}

static void tear_down(void)
{
    world_done(&world);
}

static void configure(int side, enum tunnel_start start, bool transport)
{
    struct plan plan = {.start = start, .transport = transport};
    plan.local[0] = side == A ? "192.0.2.1" : "192.0.2.2";
    plan.remote[0] = side == A ? "192.0.2.2" : "192.0.2.1";
    world_configure(&world, side, &plan, 1);
}

START_TEST(both_want_transport)
{
    configure(B, TUNNEL_START_PASSIVE, true);
    configure(A, TUNNEL_START_UP, true);
    ck_assert_msg(world_run_until(&world, world_is_joined, 10000), "%s", world_why());
    ck_assert(world.gateway[A].sas->transport);
    ck_assert(world.gateway[B].sas->transport);
    world_kill_esp(&world, A); // the replacement is made by CREATE_CHILD_SA
    world_run(&world, 1000);
    world_start_esp(&world, A);
    world_run(&world, 10000);
    ck_assert_msg(world_is_joined(&world), "%s", world_why());
    ck_assert(world.gateway[A].sas->transport);
    ck_assert(world.gateway[B].sas->transport);
}
END_TEST

// A asks for transport mode, B leaves the notify out: A deletes what B has made.
START_TEST(the_responder_declines)
{
    configure(B, TUNNEL_START_PASSIVE, false);
    configure(A, TUNNEL_START_UP, true);
    world_run(&world, 1500);
    const struct tunnel *tunnel = world_tunnel(&world, A);
    ck_assert_ptr_nonnull(tunnel->failure);
    ck_assert_int_eq(tunnel->failure->cause, FAILURE_CAUSE_MODE_MISMATCH);
    ck_assert_int_eq(tunnel->failure->side, TUNNEL_SIDE_LOCAL);
    ck_assert_str_eq(tunnel->failure->comparison.local, "transport");
    ck_assert_str_eq(tunnel->failure->comparison.remote, "tunnel");
    ck_assert_int_eq(tunnel->state, TUNNEL_STATE_DOWN);
    ck_assert_uint_eq(world_esp_sas(&world, A), 0);
    ck_assert_uint_eq(world_esp_sas(&world, B), 0);
    configure(B, TUNNEL_START_PASSIVE, true);
    ck_assert_msg(world_run_until(&world, world_is_joined, 90000), "%s", world_why());
    ck_assert_ptr_null(tunnel->failure);
}
END_TEST

// A wants tunnel mode, B has nothing but transport mode: B refuses.
START_TEST(the_responder_insists)
{
    configure(B, TUNNEL_START_PASSIVE, true);
    configure(A, TUNNEL_START_UP, false);
    world_run(&world, 1500);
    const struct tunnel_failure *a = world_tunnel(&world, A)->failure;
    const struct tunnel_failure *b = world_tunnel(&world, B)->failure;
    ck_assert_ptr_nonnull(a);
    ck_assert_ptr_nonnull(b);
    ck_assert_str_eq(a->notify, "TS_UNACCEPTABLE");
    ck_assert_int_eq(b->cause, FAILURE_CAUSE_MODE_MISMATCH);
    ck_assert_uint_eq(world.gateway[A].installs, 0);
    ck_assert_uint_eq(world.gateway[B].installs, 0);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("mode");
    TCase *t = tcase_create("dialogues");
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t, both_want_transport);
    tcase_add_test(t, the_responder_declines);
    tcase_add_test(t, the_responder_insists);
    suite_add_tcase(s, t);
    return s;
}

int main(void)
{
    return run_suite(suite());
}
