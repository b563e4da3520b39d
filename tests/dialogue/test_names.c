// A peer that is configured by name: it is called where the name leads, again where it leads then, and expected from
// there; a tunnel that stands is left alone.
#include <check.h>
#include <string.h>

#include "ike-d/exch/name_refresh.h"
#include "tests/dialogue/world.h"
#include "tests/unit/lib/run.h"

#define LEADS_TO(...) ((const char *const[]){__VA_ARGS__ __VA_OPT__(, ) NULL})
#define ADDRESS_B     "192.0.2.2"
#define NOBODY        "192.0.2.99"

static struct world world;

static struct fake_names *names(void)
{
    return &world.gateway[A].names;
}

static void set_up(void)
{
    world_init(&world, 11);
    fake_names_set(names(), 60, LEADS_TO(ADDRESS_B));
}

static void tear_down(void)
{
    world_done(&world);
}

// A calls B by its name.
static void configure(enum tunnel_start a, enum tunnel_start b)
{
    world_configure_two(&world, (struct plan){.remote_name = "b.example", .start = a}, (struct plan){.start = b});
}

static bool has_failed(struct world *w)
{
    const struct tunnel_failure *failure = world_tunnel(w, A)->failure;
    return failure && failure->cause == FAILURE_CAUSE_NAME_UNRESOLVED;
}

START_TEST(a_peer_is_called_by_its_name)
{
    configure(TUNNEL_START_UP, TUNNEL_START_PASSIVE);
    world_assert_joined(&world, 5000);
    ck_assert_uint_eq(names()->questions, 1);
}
END_TEST

START_TEST(a_peer_is_expected_where_its_name_leads)
{
    configure(TUNNEL_START_PASSIVE, TUNNEL_START_UP);
    world_assert_joined(&world, 10000);
}
END_TEST

START_TEST(addresses_are_tried_in_turn)
{
    fake_names_set(names(), 60, LEADS_TO(NOBODY, ADDRESS_B));
    configure(TUNNEL_START_UP, TUNNEL_START_PASSIVE);
    world_assert_joined(&world, 60000);
}
END_TEST

START_TEST(a_name_that_leads_nowhere_is_named_and_tried_again)
{
    fake_names_set(names(), 60, LEADS_TO());
    configure(TUNNEL_START_UP, TUNNEL_START_PASSIVE);
    ck_assert(world_run_until(&world, has_failed, 5000));
    ck_assert_ptr_nonnull(strstr(world_tunnel(&world, A)->failure->message, "b.example"));
    fake_names_set(names(), 60, LEADS_TO(ADDRESS_B));
    world_assert_joined(&world, 20000);
}
END_TEST

START_TEST(the_courier_comes_and_it_goes_on_at_once)
{
    names()->away = true;
    configure(TUNNEL_START_UP, TUNNEL_START_PASSIVE);
    world_run(&world, 100000);
    ck_assert(has_failed(&world));
    names()->away = false;
    name_refresh_on_courier(&world.gateway[A].core);
    ike_core_run(&world.gateway[A].core);
    world_assert_joined(&world, 3000);
}
END_TEST

START_TEST(a_tunnel_that_stands_is_left_alone)
{
    fake_names_set(names(), 5, LEADS_TO(ADDRESS_B));
    configure(TUNNEL_START_UP, TUNNEL_START_PASSIVE);
    world_assert_joined(&world, 5000);
    fake_names_set(names(), 5, LEADS_TO(NOBODY));
    world_assert_stays_joined(&world, 100, 30000);
    ck_assert_uint_ge(names()->questions, 4); // by its time to live
    fake_names_set(names(), 5, LEADS_TO());
    world_assert_stays_joined(&world, 100, 30000);
    names()->away = true;
    world_assert_stays_joined(&world, 100, 30000);
}
END_TEST

START_TEST(the_next_attempt_uses_what_the_name_leads_to_then)
{
    fake_names_set(names(), 86400, LEADS_TO(NOBODY));
    configure(TUNNEL_START_UP, TUNNEL_START_PASSIVE);
    world_run(&world, 60000);
    fake_names_set(names(), 86400, LEADS_TO(ADDRESS_B));
    world_assert_joined(&world, 300000); // not after a day
    ck_assert_uint_ge(names()->anew, 1);
}
END_TEST

START_TEST(a_silent_courier_does_not_forget_addresses)
{
    fake_names_set(names(), 5, LEADS_TO(ADDRESS_B));
    configure(TUNNEL_START_PASSIVE, TUNNEL_START_PASSIVE);
    world_run(&world, 1000);
    names()->away = true;
    world_run(&world, 60000);
    ck_assert_int_eq(tunnel_driver_up(&world.gateway[A].core, "office"), 0);
    ike_core_run(&world.gateway[A].core);
    world_assert_joined(&world, 10000);
}
END_TEST

START_TEST(it_may_go_while_it_asks)
{
    configure(TUNNEL_START_UP, TUNNEL_START_PASSIVE);
    tunnel_driver_configure(&world.gateway[A].core, NULL, 0);
    world_run(&world, 5000);
    ck_assert(world_is_empty(&world));
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("names");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_peer_is_called_by_its_name);
    tcase_add_test(tcase, a_peer_is_expected_where_its_name_leads);
    tcase_add_test(tcase, addresses_are_tried_in_turn);
    tcase_add_test(tcase, a_name_that_leads_nowhere_is_named_and_tried_again);
    tcase_add_test(tcase, the_courier_comes_and_it_goes_on_at_once);
    tcase_add_test(tcase, a_tunnel_that_stands_is_left_alone);
    tcase_add_test(tcase, the_next_attempt_uses_what_the_name_leads_to_then);
    tcase_add_test(tcase, a_silent_courier_does_not_forget_addresses);
    tcase_add_test(tcase, it_may_go_while_it_asks);
    return run_case(tcase);
}
