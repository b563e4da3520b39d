// What happens to a tunnel that stands: deletions from either side, a peer that dies, an esp-d or ike-d that dies,
// another configuration (RFC 7296 1.4.1, 2.4, 2.8).
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "ike-d/exch/recovery.h"
#include "ike-d/sa/ike_sa.h"
#include "tests/dialogue/world.h"
#include "tests/unit/lib/run.h"

static struct world world;

static void set_up(void)
{
    world_init(&world, 3);
}

static void tear_down(void)
{
    world_done(&world);
}

static void join(enum tunnel_start a, enum tunnel_start b)
{
    world_configure_both(&world, a, b);
    world_assert_joined(&world, 60000);
}

static bool is_empty(struct world *w)
{
    return world_is_empty(w);
}

// down on one side: DELETE -> <- empty; both are empty, and the peer's passive side stays so.
START_TEST(initiator_goes_down)
{
    join(TUNNEL_START_UP, TUNNEL_START_PASSIVE);
    ck_assert_int_eq(tunnel_driver_down(&world.gateway[A].core, "office"), 0);
    ck_assert(world_run_until(&world, is_empty, 1000));
    ck_assert_uint_eq(world_tunnel(&world, A)->state, TUNNEL_STATE_DOWN);
    ck_assert_uint_eq(world_tunnel(&world, B)->state, TUNNEL_STATE_WAITING);
    world_run(&world, 100000);
    ck_assert(world_is_empty(&world));
    ck_assert_int_eq(tunnel_driver_up(&world.gateway[A].core, "office"), 0);
    world_assert_joined(&world, 1000);
}
END_TEST

// A tunnel held down refuses a peer that wants it up; it comes back with `up`.
START_TEST(responder_goes_down)
{
    join(TUNNEL_START_UP, TUNNEL_START_PASSIVE);
    ck_assert_int_eq(tunnel_driver_down(&world.gateway[B].core, "office"), 0);
    world_run(&world, 100000);
    ck_assert(world_is_empty(&world));
    ck_assert_str_eq(world_tunnel(&world, A)->failure->notify, "TEMPORARY_FAILURE");
    ck_assert_uint_eq(world_tunnel(&world, B)->state, TUNNEL_STATE_DOWN);
    ck_assert_int_eq(tunnel_driver_up(&world.gateway[B].core, "office"), 0);
    world_assert_joined(&world, 1000);
}
END_TEST

START_TEST(both_go_down_at_once)
{
    join(TUNNEL_START_UP, TUNNEL_START_UP);
    (void)tunnel_driver_down(&world.gateway[A].core, "office");
    (void)tunnel_driver_down(&world.gateway[B].core, "office");
    ck_assert(world_run_until(&world, is_empty, 3000));
}
END_TEST

START_TEST(dead_peer)
{
    join(TUNNEL_START_UP, TUNNEL_START_PASSIVE);
    world_kill(&world, B);
    world_run(&world, 90000);
    ck_assert_uint_eq(world_esp_sas(&world, A), 0);
    ck_assert_uint_ne(world_tunnel(&world, A)->state, TUNNEL_STATE_UP);
    ck_assert_str_eq(world_tunnel(&world, A)->failure->notify, "TIMEOUT");

    struct plan plan = {.start = TUNNEL_START_PASSIVE};
    world_start(&world, B);
    world_configure(&world, B, &plan, 1);
    world_adopt(&world, B);
    world_assert_joined(&world, 120000);
}
END_TEST

// Nothing is said while the peer is heard; an empty INFORMATIONAL when it is not.
START_TEST(liveness_is_checked)
{
    join(TUNNEL_START_UP, TUNNEL_START_PASSIVE);
    unsigned before = world.sent_by_exchange[A][3] + world.sent_by_exchange[B][3];
    world_run(&world, 20000);
    ck_assert_uint_eq(world.sent_by_exchange[A][3] + world.sent_by_exchange[B][3], before);
    world_run(&world, 60000);
    ck_assert_uint_ge(world.sent_by_exchange[A][3] + world.sent_by_exchange[B][3], before + 2);
    ck_assert(world_is_joined(&world));
}
END_TEST

// esp-d dies with its SAs: the CHILD_SA is replaced on the same IKE SA, under new keys.
START_TEST(esp_dies)
{
    join(TUNNEL_START_UP, TUNNEL_START_PASSIVE);
    int side = _i;
    uint64_t spi_i = world_ike_sa(&world, A)->spi_i;
    unsigned installs = world.gateway[side].installs;
    world_kill_esp(&world, side);
    world_run(&world, 500);
    world_start_esp(&world, side);
    world_assert_joined(&world, 5000);
    ck_assert_uint_eq(world_ike_sa(&world, A)->spi_i, spi_i);
    ck_assert_uint_eq(world.gateway[side].installs, installs + 1);
}
END_TEST

START_TEST(both_esp_die)
{
    join(TUNNEL_START_UP, TUNNEL_START_PASSIVE);
    world_kill_esp(&world, A);
    world_kill_esp(&world, B);
    world_start_esp(&world, A);
    world_start_esp(&world, B);
    world_assert_joined(&world, 10000);
}
END_TEST

// While the peer's esp-d is away too, its TEMPORARY_FAILUREs are not answered by a storm of requests.
START_TEST(peer_cannot_replace_yet)
{
    join(TUNNEL_START_UP, TUNNEL_START_PASSIVE);
    world_kill_esp(&world, A);
    world_kill_esp(&world, B);
    world_start_esp(&world, A);
    unsigned before = world.sent_by_exchange[A][2];
    world_run(&world, 20000);
    ck_assert_uint_ge(world.sent_by_exchange[A][2] - before, 3);
    ck_assert_uint_le(world.sent_by_exchange[A][2] - before, 8);
    world_start_esp(&world, B);
    world_assert_joined(&world, 20000);
}
END_TEST

// A new ike-d finds the old SAs in esp-d, leaves them until it has its own, then deletes them.
START_TEST(ike_dies)
{
    join(TUNNEL_START_UP, TUNNEL_START_UP);
    struct plan plan = {.start = TUNNEL_START_UP};
    uint32_t old = world.gateway[A].sas->spi_in;
    world_kill(&world, A);
    world_run(&world, 2000);
    world_start(&world, A);
    world_configure(&world, A, &plan, 1);
    world_adopt(&world, A);
    ck_assert_uint_eq(world.gateway[A].sas->spi_in, old);
    world_assert_joined(&world, 5000);
    ck_assert_uint_ne(world.gateway[A].sas->spi_in, old);
}
END_TEST

START_TEST(on_demand)
{
    world_configure_both(&world, TUNNEL_START_ON_DEMAND, TUNNEL_START_PASSIVE);
    world_run(&world, 60000);
    ck_assert_uint_eq(world.sent[A], 0);
    ck_assert_uint_eq(world_tunnel(&world, A)->state, TUNNEL_STATE_WAITING);
    tunnel_driver_acquire(&world.gateway[A].core, "office", NULL);
    world_assert_joined(&world, 1000);
}
END_TEST

// Two tunnels; one changes, the other keeps its SAs.
START_TEST(configuration_changes)
{
    struct plan two[2] = {{.start = TUNNEL_START_UP, .name = "one", .local_id = "fqdn:a1", .remote_id = "fqdn:b1"},
                          {.start = TUNNEL_START_UP, .name = "two", .local_id = "fqdn:a2", .remote_id = "fqdn:b2"}};
    struct plan peer[2] = {
        {.start = TUNNEL_START_PASSIVE, .name = "one", .local_id = "fqdn:b1", .remote_id = "fqdn:a1"},
        {.start = TUNNEL_START_PASSIVE, .name = "two", .local_id = "fqdn:b2", .remote_id = "fqdn:a2"}};
    world_configure(&world, B, peer, 2);
    world_configure(&world, A, two, 2);
    world_run(&world, 5000);
    ck_assert_uint_eq(world_esp_sas(&world, A), 2);
    ck_assert_uint_eq(world_esp_sas(&world, B), 2);
    struct ike_sa *kept = world_tunnel(&world, A)->sas;
    unsigned installs = world.gateway[A].installs;

    two[1].liveness_s = 77;
    world_configure(&world, A, two, 2);
    world_run(&world, 5000);
    ck_assert_ptr_eq(world_tunnel(&world, A)->sas, kept);
    ck_assert_uint_eq(world.gateway[A].installs, installs + 1);
    ck_assert_uint_eq(world_esp_sas(&world, A), 2);
    ck_assert_uint_eq(world_esp_sas(&world, B), 2);

    world_configure(&world, A, two, 1); // the second one goes
    world_run(&world, 5000);
    ck_assert_uint_eq(world_esp_sas(&world, A), 1);
    ck_assert_uint_eq(world_esp_sas(&world, B), 1);
    ck_assert_uint_eq(world_ike_sas(&world, B), 1);
}
END_TEST

// RFC 4303 3.3.3: before its sequence numbers end, a CHILD_SA is replaced, and the traffic never stands still.
START_TEST(child_expires)
{
    join(TUNNEL_START_UP, TUNNEL_START_PASSIVE);
    uint32_t old = world.gateway[B].sas->spi_in;
    recovery_on_expire(&world.gateway[B].core, old, false);
    ck_assert_uint_eq(world_esp_sas(&world, B), 1);
    world_run(&world, 1000);
    ck_assert_msg(world_is_joined(&world), "%s", world_why());
    ck_assert_uint_ne(world.gateway[B].sas->spi_in, old);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("life");
    TCase *t = tcase_create("dialogues");
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t, initiator_goes_down);
    tcase_add_test(t, responder_goes_down);
    tcase_add_test(t, both_go_down_at_once);
    tcase_add_test(t, dead_peer);
    tcase_add_test(t, liveness_is_checked);
    tcase_add_loop_test(t, esp_dies, A, B + 1);
    tcase_add_test(t, both_esp_die);
    tcase_add_test(t, peer_cannot_replace_yet);
    tcase_add_test(t, ike_dies);
    tcase_add_test(t, on_demand);
    tcase_add_test(t, configuration_changes);
    tcase_add_test(t, child_expires);
    suite_add_tcase(s, t);
    return s;
}

int main(void)
{
    return run_suite(suite());
}
