// MOBIKE (RFC 4555): who began changes its address, or finds another one of its peer, and neither the IKE SA nor a
// CHILD_SA is lost; who answered sends nothing to an address before the peer has shown that it receives there.
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ike-d/exch/ike_sa_life.h"
#include "ike-d/exch/mobike_initiator.h"
#include "ike-d/exch/next_request.h"
#include "tests/dialogue/script.h"
#include "tests/dialogue/world.h"
#include "tests/unit/lib/run.h"

static struct world world;
static uint64_t spi_i;
static unsigned installs[2];

static void set_up(void)
{
    world_init(&world, 31);
}

static void tear_down(void)
{
    world_done(&world);
}

static void join_with(const struct plan *plan_a, const struct plan *plan_b)
{
    world_configure(&world, B, plan_b, 1);
    world_configure(&world, A, plan_a, 1);
    world_assert_joined(&world, 5000);
    spi_i = world_ike_sa(&world, A)->spi_i;
    installs[A] = world.gateway[A].installs;
    installs[B] = world.gateway[B].installs;
}

static const struct plan caller = {
    .start = TUNNEL_START_UP, .liveness_s = 5, .local_id = "a.example", .remote_id = "b.example"};
static const struct plan called = {
    .start = TUNNEL_START_PASSIVE, .local_id = "b.example", .remote_id = "a.example", .remote_any = true};

static void join(void)
{
    join_with(&caller, &called);
}

static void give_address(int side, const char *text)
{
    ck_assert_int_eq(address_parse(text, &world.gateway[side].address), 0);
}

static void move(const char *text)
{
    give_address(A, text);
    mobike_initiator_review_all(&world.gateway[A].core);
    ike_core_run(&world.gateway[A].core);
}

// Where the ESP SA of a side sends to.
static bool sends_to(int side, const char *text)
{
    struct address address;
    ck_assert_int_eq(address_parse(text, &address), 0);
    return address_equal(&world.gateway[side].sas->remote.address, &address);
}

static void assert_same_sas(void)
{
    ck_assert_msg(world_is_joined(&world), "%s", world_why());
    ck_assert_uint_eq(world_ike_sa(&world, A)->spi_i, spi_i);
    ck_assert_uint_eq(world.gateway[A].installs, installs[A]);
    ck_assert_uint_eq(world.gateway[B].installs, installs[B]);
}

START_TEST(the_caller_moves)
{
    join();
    move("198.51.100.7");
    world_run(&world, 100);
    assert_same_sas();
    ck_assert(sends_to(B, "198.51.100.7"));
    move("198.51.100.8");
    move("198.51.100.9"); // at once
    world_run(&world, 3000);
    assert_same_sas();
    ck_assert(sends_to(B, "198.51.100.9"));
}
END_TEST

static bool drop_answers_of_a(struct world *w, int from, const struct ike_header *header, struct bytes datagram)
{
    (void)w;
    (void)datagram;
    return !(from == A && header->response);
}

// 3.7: the request may have come by way of somebody else.
START_TEST(traffic_waits_for_the_check)
{
    join();
    world.filter = drop_answers_of_a;
    move("198.51.100.7");
    world_run(&world, 2000);
    ck_assert(sends_to(B, "192.0.2.1"));
    world.filter = NULL;
    world_run(&world, 5000);
    ck_assert(sends_to(B, "198.51.100.7"));
    assert_same_sas();
}
END_TEST

// A request that is out goes on from the new address, then the update follows.
START_TEST(a_request_is_out)
{
    join();
    world.drop_percent = 100;
    world_run(&world, 6000);
    ck_assert_ptr_nonnull(world_ike_sa(&world, A)->request.message.p);
    move("198.51.100.7");
    world_run(&world, 500);
    world.drop_percent = 0;
    world_run(&world, 5000);
    ck_assert(sends_to(B, "198.51.100.7"));
    assert_same_sas();
}
END_TEST

START_TEST(who_is_called_does_not_move)
{
    join();
    give_address(B, "198.51.100.7");
    mobike_initiator_review_all(&world.gateway[B].core);
    world_run(&world, 100);
    ck_assert_uint_eq(world.gateway[B].updates, 0);
}
END_TEST

START_TEST(without_agreement_nobody_moves)
{
    struct plan plan_b = called;
    plan_b.no_mobike = true;
    join_with(&caller, &plan_b);
    ck_assert_ptr_null(world_ike_sa(&world, A)->mobike);
    ck_assert_ptr_null(world_ike_sa(&world, B)->mobike);
    move("198.51.100.7");
    world_run(&world, 100);
    ck_assert(sends_to(B, "192.0.2.1"));
}
END_TEST

// The peer's address dies; it had told us of another.
START_TEST(the_peer_has_another_address)
{
    join();
    struct mobike *mobike = world_ike_sa(&world, A)->mobike;
    mobike->others = calloc(2, sizeof(*mobike->others));
    mobike->others_n = 2;
    ck_assert_int_eq(address_parse("198.51.100.99", &mobike->others[0]), 0); // is not there
    ck_assert_int_eq(address_parse("198.51.100.7", &mobike->others[1]), 0);
    give_address(B, "198.51.100.7");
    world_run(&world, 25000);
    ck_assert(sends_to(A, "198.51.100.7"));
    assert_same_sas();
}
END_TEST

// A peer that can't move its ESP SAs replaces them as soon as it has moved: the check of its address is over while
// esp-d has not taken the new one yet.
START_TEST(a_new_child_catches_up)
{
    script_begin(&world, &caller, &called);
    unsigned before = world.gateway[B].installs;
    move("198.51.100.7");
    pass(A, "UPDATE_SA_ADDRESSES");
    pass(B, "INFORMATIONAL response");
    say(A, REKEY_CHILD);
    pass(B, "COOKIE2");
    world.install_ms = 100;
    pass(A, REQUEST);
    ck_assert_uint_eq(world.gateway[B].installs, before + 1);
    ck_assert(sends_to(B, "192.0.2.1"));
    pass(A, "COOKIE2");
    ck_assert(sends_to(B, "198.51.100.7"));
    silence(B, MADE); // esp-d has not answered yet
    come_to_rest(false);
    ck_assert_uint_eq(world.gateway[B].installs, before + 1);
    ck_assert(sends_to(B, "198.51.100.7"));
}
END_TEST

START_TEST(the_rekeyed_ike_sa_moves_too)
{
    join();
    struct ike_sa *sa = world_ike_sa(&world, _i ? B : A);
    sa->rekey_wanted = true;
    next_request_start(sa);
    world_run(&world, 2000);
    ck_assert_uint_ne(world_ike_sa(&world, A)->spi_i, spi_i);
    spi_i = world_ike_sa(&world, A)->spi_i;
    move("198.51.100.7");
    world_run(&world, 200);
    ck_assert(sends_to(B, "198.51.100.7"));
    assert_same_sas();
}
END_TEST

static uint16_t port_shift;

static void translate(struct world *w, int from, struct endpoint *source, struct endpoint *destination)
{
    struct address outside;
    ck_assert_int_eq(address_parse("203.0.113.1", &outside), 0);
    if (from == A) {
        source->address = outside;
        source->port = (uint16_t)(source->port + port_shift);
    } else if (address_equal(&destination->address, &outside)) {
        destination->address = w->gateway[A].address;
        destination->port = (uint16_t)(destination->port - port_shift);
    }
}

// 3.8: who is behind the NAT finds out, and says so.
START_TEST(a_new_mapping_is_found)
{
    world.translate = translate;
    port_shift = 40000;
    join();
    ck_assert_uint_eq(world_ike_sa(&world, B)->remote.port, 44500);
    world_run(&world, 6000);
    unsigned updates = world.gateway[B].updates;
    port_shift = 41000;
    world_run(&world, 7000);
    ck_assert_uint_eq(world_ike_sa(&world, B)->remote.port, 45500);
    ck_assert_uint_eq(world.gateway[B].sas->remote.port, 45500);
    ck_assert_uint_eq(world.gateway[B].updates, updates + 1);
    assert_same_sas();
    world_run(&world, 60000);
    ck_assert_uint_eq(world.gateway[B].updates, updates + 1);
}
END_TEST

// From in front of the NAT to behind it, and back: ESP stays in UDP, with keepalives, and without them.
START_TEST(a_nat_comes_and_goes)
{
    world.gateway[A].core.esp_protocol_50 = world.gateway[B].core.esp_protocol_50 = true;
    join();
    ck_assert(world.gateway[A].sas->in_udp);
    ck_assert_int_eq(world_ike_sa(&world, A)->esp.reason, ENCAPSULATION_PREFERRED);
    world.translate = translate;
    port_shift = 40000;
    move("10.0.0.7");
    world_run(&world, 200);
    for (int side = A; side <= B; side++) {
        ck_assert(world.gateway[side].sas->in_udp);
    }
    ck_assert_int_eq(world_ike_sa(&world, A)->esp.reason, ENCAPSULATION_LOCAL_NAT);
    ck_assert_int_eq(world_ike_sa(&world, B)->esp.reason, ENCAPSULATION_REMOTE_NAT);
    ck_assert_uint_eq(world.gateway[A].sas->keepalive_s, 20);
    ck_assert(world.gateway[B].sas->follow_remote);
    ck_assert_uint_eq(world.gateway[B].sas->remote.port, 44500);
    world.translate = NULL;
    move("192.0.2.1");
    world_run(&world, 200);
    assert_same_sas();
    ck_assert(world.gateway[A].sas->in_udp && world.gateway[B].sas->in_udp);
    ck_assert_int_eq(world_ike_sa(&world, B)->esp.reason, ENCAPSULATION_PREFERRED);
    ck_assert_uint_eq(world.gateway[A].sas->keepalive_s, 0);
}
END_TEST

// 3.9: off means that no NAT may be there.
START_TEST(no_nats_allowed)
{
    struct plan plan_a = caller;
    plan_a.encapsulation = TUNNEL_ENCAPSULATION_OFF;
    world.gateway[A].core.esp_protocol_50 = world.gateway[B].core.esp_protocol_50 = true;
    join_with(&plan_a, &called);
    move("198.51.100.7");
    world_run(&world, 200);
    assert_same_sas();
    world.translate = translate;
    port_shift = 40000;
    move("10.0.0.7");
    world_run(&world, 200);
    const struct tunnel_failure *failure = world_tunnel(&world, A)->failure;
    ck_assert_ptr_nonnull(failure);
    ck_assert_str_eq(failure->notify, "UNEXPECTED_NAT_DETECTED");
    ck_assert_int_eq(failure->cause, FAILURE_CAUSE_NAT_IN_BETWEEN);
}
END_TEST

// Moves at any moment, with rekeys of the IKE SA from either side, on a bad link: in the end all is where A is.
START_TEST(moves_cross_rekeys)
{
    for (unsigned seed = 1; seed <= 60; seed++) {
        char address[20];
        if (seed > 1) {
            world_done(&world);
            world_init(&world, seed);
        }
        join();
        world.drop_percent = world.double_percent = world.reorder_percent = seed % 3 * 8;
        for (unsigned i = 0; i < 6; i++) {
            struct ike_sa *sa = world_ike_sa(&world, (int)world_random(&world, 2));
            if (sa && sa->tunnel && world_random(&world, 2)) {
                sa->rekey_wanted = true;
                next_request_start(sa);
            }
            world_run(&world, world_random(&world, 40));
            (void)snprintf(address, sizeof(address), "198.51.100.%u", i + 1);
            move(address);
            world_run(&world, world_random(&world, 3000));
        }
        world.drop_percent = world.double_percent = world.reorder_percent = 0;
        world_run(&world, 60000);
        ck_assert_msg(world_is_joined(&world), "seed %u: %s", seed, world_why());
        ck_assert_msg(sends_to(B, "198.51.100.6"), "seed %u", seed);
    }
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("mobike");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, the_caller_moves);
    tcase_add_test(tcase, traffic_waits_for_the_check);
    tcase_add_test(tcase, a_request_is_out);
    tcase_add_test(tcase, who_is_called_does_not_move);
    tcase_add_test(tcase, without_agreement_nobody_moves);
    tcase_add_test(tcase, the_peer_has_another_address);
    tcase_add_test(tcase, a_new_child_catches_up);
    tcase_add_loop_test(tcase, the_rekeyed_ike_sa_moves_too, 0, 2);
    tcase_add_test(tcase, a_new_mapping_is_found);
    tcase_add_test(tcase, a_nat_comes_and_goes);
    tcase_add_test(tcase, no_nats_allowed);
    tcase_add_test(tcase, moves_cross_rekeys);
    return run_case(tcase);
}
