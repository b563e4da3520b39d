// NATs between two gateways, and what they make of encapsulation (RFC 7296 2.23, RFC 3948): told from none although ESP
// in UDP is wanted either way, followed when they move a peer, kept alive, refused when ESP may not go in UDP.
#include <check.h>
#include <string.h>

#include "ike-d/exch/next_request.h"
#include "ike-d/exch/recovery.h"
#include "tests/dialogue/world.h"
#include "tests/unit/lib/run.h"

static struct world world;
static bool nat_before[2];
static uint16_t port_shift; // of what the NATs make of ports

static struct address outside(int side)
{
    struct address address;
    ck_assert_int_eq(address_parse(side == A ? "203.0.113.1" : "203.0.113.2", &address), 0);
    return address;
}

// Outbound of `from`'s NAT, then inbound of the other one's.
static void translate(struct world *w, int from, struct endpoint *source, struct endpoint *destination)
{
    if (nat_before[from]) {
        source->address = outside(from);
        source->port = (uint16_t)(source->port + port_shift);
    }
    struct address other = outside(!from);
    if (nat_before[!from] && address_equal(&destination->address, &other)) {
        destination->address = w->gateway[!from].address;
        if (destination->port != 500 && destination->port != 4500) { // else a port that is forwarded
            destination->port = (uint16_t)(destination->port - port_shift);
        }
    }
}

static void set_up(void)
{
    world_init(&world, 21);
    nat_before[A] = nat_before[B] = false;
    port_shift = 40000;
}

static void tear_down(void)
{
    world_done(&world);
}

static void can_protocol_50(void)
{
    world.gateway[A].core.esp_protocol_50 = world.gateway[B].core.esp_protocol_50 = true;
}

static void configure(enum tunnel_encapsulation a, enum tunnel_encapsulation b)
{
    bool nat = nat_before[A] || nat_before[B];
    world.translate = nat ? translate : NULL;
    struct plan plan_a = {.start = TUNNEL_START_UP,
                          .encapsulation = a,
                          .liveness_s = 5,
                          .no_mobike = true,
                          .local_id = "a.example",
                          .remote_id = "b.example",
                          .remote_address = nat_before[B] ? "203.0.113.2" : NULL};
    struct plan plan_b = {.start = TUNNEL_START_PASSIVE,
                          .encapsulation = b,
                          .local_id = "b.example",
                          .remote_id = "a.example",
                          .remote_any = nat};
    world_configure(&world, B, &plan_b, 1);
    world_configure(&world, A, &plan_a, 1);
}

static void join(void)
{
    world_assert_joined(&world, 5000);
}

static void assert_nats(int side, bool local, bool remote)
{
    const struct ike_sa *sa = world_ike_sa(&world, side);
    const struct fake_sa *esp = world.gateway[side].sas;
    ck_assert_ptr_nonnull(sa);
    ck_assert_int_eq(sa->esp.local_nat, local);
    ck_assert_int_eq(sa->esp.remote_nat, remote);
    ck_assert_int_eq(esp->follow_remote, remote && !local);
    ck_assert_uint_eq(esp->keepalive_s, local ? 20 : 0);
}

// Without MOBIKE nothing but ESP in UDP needs port 4500.
static void assert_in_udp(bool in_udp)
{
    ck_assert_int_eq(world.gateway[A].sas->in_udp, in_udp);
    ck_assert_int_eq(world.gateway[B].sas->in_udp, in_udp);
    ck_assert_uint_eq(world_ike_sa(&world, A)->remote.port % 40000, in_udp ? 4500 : 500);
}

START_TEST(without_protocol_50_no_nat_is_invented)
{
    configure(TUNNEL_ENCAPSULATION_AUTO, TUNNEL_ENCAPSULATION_AUTO);
    join();
    assert_nats(A, false, false);
    assert_nats(B, false, false);
    assert_in_udp(true);
    world_run(&world, 60000);
    ck_assert_uint_eq(world.keepalives[A] + world.keepalives[B], 0);
}
END_TEST

static void assert_reasons(enum encapsulation_reason a, enum encapsulation_reason b)
{
    ck_assert_int_eq(world_ike_sa(&world, A)->esp.reason, a);
    ck_assert_int_eq(world_ike_sa(&world, B)->esp.reason, b);
}

START_TEST(auto_prefers_udp_and_follows_who_does_not)
{
    static const struct {
        enum tunnel_encapsulation a, b;
        bool in_udp;
        enum encapsulation_reason why_a, why_b;
    } cases[] = {
        {TUNNEL_ENCAPSULATION_AUTO, TUNNEL_ENCAPSULATION_AUTO, true, ENCAPSULATION_PREFERRED, ENCAPSULATION_PREFERRED},
        {TUNNEL_ENCAPSULATION_AUTO, TUNNEL_ENCAPSULATION_OFF, false, ENCAPSULATION_PEER_REFUSES, ENCAPSULATION_OFF},
        {TUNNEL_ENCAPSULATION_OFF, TUNNEL_ENCAPSULATION_AUTO, false, ENCAPSULATION_OFF, ENCAPSULATION_PEER_REFUSES},
        {TUNNEL_ENCAPSULATION_OFF, TUNNEL_ENCAPSULATION_OFF, false, ENCAPSULATION_OFF, ENCAPSULATION_OFF},
        {TUNNEL_ENCAPSULATION_AUTO, TUNNEL_ENCAPSULATION_FORCE, true, ENCAPSULATION_PEER_FORCES, ENCAPSULATION_FORCED},
        {TUNNEL_ENCAPSULATION_FORCE, TUNNEL_ENCAPSULATION_AUTO, true, ENCAPSULATION_FORCED, ENCAPSULATION_PEER_FORCES},
    };
    can_protocol_50();
    configure(cases[_i].a, cases[_i].b);
    join();
    assert_nats(A, false, false);
    assert_nats(B, false, false);
    assert_in_udp(cases[_i].in_udp);
    assert_reasons(cases[_i].why_a, cases[_i].why_b);
}
END_TEST

// The side that has no raw sockets wants what it can.
START_TEST(who_can_do_udp_alone_gets_it)
{
    world.gateway[_i].core.esp_protocol_50 = true;
    configure(TUNNEL_ENCAPSULATION_AUTO, TUNNEL_ENCAPSULATION_AUTO);
    join();
    assert_nats(A, false, false);
    assert_nats(B, false, false);
    assert_in_udp(true);
    assert_reasons(_i == A ? ENCAPSULATION_PEER_FORCES : ENCAPSULATION_ALONE,
                   _i == B ? ENCAPSULATION_PEER_FORCES : ENCAPSULATION_ALONE);
}
END_TEST

START_TEST(either_side_can_force_udp)
{
    can_protocol_50();
    configure(_i ? TUNNEL_ENCAPSULATION_FORCE : TUNNEL_ENCAPSULATION_AUTO,
              _i ? TUNNEL_ENCAPSULATION_AUTO : TUNNEL_ENCAPSULATION_FORCE);
    join();
    assert_nats(A, false, false);
    assert_nats(B, false, false);
    assert_in_udp(true);
}
END_TEST

// Whatever esp-d can do, and whoever forges his hash because of that.
START_TEST(nats_are_found)
{
    nat_before[A] = _i & 1;
    nat_before[B] = _i & 2;
    if (_i & 4) {
        can_protocol_50();
    }
    configure(TUNNEL_ENCAPSULATION_AUTO, TUNNEL_ENCAPSULATION_AUTO);
    join();
    assert_nats(A, nat_before[A], nat_before[B]);
    assert_nats(B, nat_before[B], nat_before[A]);
    assert_in_udp(true);
}
END_TEST

// The peer's ESP comes as protocol 50 although it was told of a NAT: what may follow it does.
START_TEST(a_peer_that_ignores_what_it_is_told)
{
    static const struct {
        enum tunnel_encapsulation a;
        bool nat;
        enum encapsulation_reason why;
    } cases[] = {
        {TUNNEL_ENCAPSULATION_AUTO, false, ENCAPSULATION_PEER_SENDS_BARE},
        {TUNNEL_ENCAPSULATION_FORCE, false, ENCAPSULATION_FORCED},
        {TUNNEL_ENCAPSULATION_AUTO, true, ENCAPSULATION_LOCAL_NAT},
    };
    can_protocol_50();
    nat_before[A] = cases[_i].nat;
    configure(cases[_i].a, TUNNEL_ENCAPSULATION_AUTO);
    join();
    bool follows = cases[_i].why == ENCAPSULATION_PEER_SENDS_BARE;
    unsigned updates = world.gateway[A].updates;
    struct endpoint remote = {.address = world_ike_sa(&world, A)->remote.address};
    recovery_on_address_change(&world.gateway[A].core, world.gateway[A].sas->spi_in, &remote);
    ck_assert_int_eq(world_ike_sa(&world, A)->esp.reason, cases[_i].why);
    ck_assert_int_eq(world.gateway[A].sas->in_udp, !follows);
    ck_assert_uint_eq(world.gateway[A].updates, updates + follows);
    ck_assert_uint_eq(world_ike_sa(&world, A)->remote.port, 4500);
    recovery_on_address_change(&world.gateway[A].core, 0xdead, &remote); // deleted meanwhile

    world_ike_sa(&world, A)->children->replace_wanted = true; // the next one begins so
    next_request_start(world_ike_sa(&world, A));
    world_run(&world, 10000);
    ck_assert_msg(world_is_joined(&world), "%s", world_why());
    ck_assert_int_eq(world.gateway[A].sas->in_udp, !follows);
}
END_TEST

// A firewall stops port 4500.
static void stop_port(struct world *w, int from, struct endpoint *source, struct endpoint *destination)
{
    (void)w;
    (void)from;
    (void)source;
    if (destination->port == 4500) {
        ck_assert_int_eq(address_parse("203.0.113.99", &destination->address), 0);
    }
}

static void configure_stopped(enum tunnel_encapsulation a, enum tunnel_encapsulation b)
{
    struct plan plan_a = {.start = TUNNEL_START_UP, .encapsulation = a, .liveness_s = 5};
    struct plan plan_b = {.start = TUNNEL_START_PASSIVE, .encapsulation = b, .liveness_s = 5};
    world.translate = stop_port;
    world_configure(&world, B, &plan_b, 1);
    world_configure(&world, A, &plan_a, 1);
}

START_TEST(a_stopped_port_is_gone_round)
{
    static const struct {
        enum tunnel_encapsulation a, b;
        enum encapsulation_reason why_a, why_b;
    } cases[] = {
        {TUNNEL_ENCAPSULATION_AUTO, TUNNEL_ENCAPSULATION_AUTO, ENCAPSULATION_PORT_SILENT, ENCAPSULATION_PEER_REFUSES},
        {TUNNEL_ENCAPSULATION_AUTO, TUNNEL_ENCAPSULATION_OFF, ENCAPSULATION_PEER_REFUSES, ENCAPSULATION_OFF},
        {TUNNEL_ENCAPSULATION_OFF, TUNNEL_ENCAPSULATION_AUTO, ENCAPSULATION_OFF, ENCAPSULATION_PEER_REFUSES},
    };
    can_protocol_50();
    configure_stopped(cases[_i].a, cases[_i].b);
    world_assert_joined(&world, 20000);
    assert_nats(A, false, false);
    assert_nats(B, false, false);
    assert_in_udp(false);
    assert_reasons(cases[_i].why_a, cases[_i].why_b);
    ck_assert(!ike_sa_has_mobike(world_ike_sa(&world, A)));
    world_run(&world, 60000);
    ck_assert_msg(world_is_joined(&world), "%s", world_why());

    // The next attempt begins as usual, and the port is open again.
    world.translate = NULL;
    tunnel_driver_down(&world.gateway[A].core, "office");
    world_run(&world, 1000);
    tunnel_driver_up(&world.gateway[A].core, "office");
    world_assert_joined(&world, 5000);
    ck_assert_uint_eq(world_ike_sa(&world, A)->remote.port, 4500);
    ck_assert(ike_sa_has_mobike(world_ike_sa(&world, A)));
}
END_TEST

// There is no other way: as long as always, and the reason.
START_TEST(a_stopped_port_that_is_needed)
{
    if (_i) {
        can_protocol_50();
    }
    configure_stopped(TUNNEL_ENCAPSULATION_AUTO, _i ? TUNNEL_ENCAPSULATION_FORCE : TUNNEL_ENCAPSULATION_AUTO);
    world_run(&world, 80000);
    const struct tunnel_failure *failure = world_tunnel(&world, A)->failure;
    ck_assert_ptr_nonnull(failure);
    ck_assert_int_eq(failure->cause, FAILURE_CAUSE_NO_ANSWER_ON_4500);
    ck_assert_ptr_null(strstr(failure->message, "before that"));
    ck_assert_uint_eq(world_esp_sas(&world, A), 0);
}
END_TEST

static bool drop_auth(struct world *w, int from, const struct ike_header *header, struct bytes datagram)
{
    (void)w;
    (void)from;
    (void)datagram;
    return header->exchange != EXCHANGE_IKE_AUTH;
}

// Silence on both ports is told so, once, and the next attempt begins on port 4500 again.
START_TEST(silence_on_both_ports)
{
    can_protocol_50();
    configure_stopped(TUNNEL_ENCAPSULATION_AUTO, TUNNEL_ENCAPSULATION_AUTO);
    world.translate = NULL;
    world.filter = drop_auth;
    world_run(&world, 80000);
    ck_assert_ptr_null(world_tunnel(&world, A)->failure);
    world_run(&world, 15000);
    const struct tunnel_failure *failure = world_tunnel(&world, A)->failure;
    ck_assert_ptr_nonnull(failure);
    ck_assert_int_eq(failure->cause, FAILURE_CAUSE_NO_ANSWER_ON_4500);
    ck_assert_ptr_nonnull(strstr(failure->message, "before that"));
    world.filter = NULL;
    world_assert_joined(&world, 20000);
    assert_reasons(ENCAPSULATION_PREFERRED, ENCAPSULATION_PREFERRED);
}
END_TEST

static void assert_refused(int side, enum failure_cause cause)
{
    world_run(&world, 6000);
    const struct tunnel_failure *failure = world_tunnel(&world, side)->failure;
    ck_assert_ptr_nonnull(failure);
    ck_assert_str_eq(failure->notify, "ENCAPSULATION");
    ck_assert_int_eq(failure->cause, cause);
    ck_assert_uint_eq(world_esp_sas(&world, A) + world_esp_sas(&world, B), 0);
}

START_TEST(off_does_not_go_through_a_nat)
{
    can_protocol_50();
    nat_before[_i] = true;
    configure(TUNNEL_ENCAPSULATION_OFF, TUNNEL_ENCAPSULATION_AUTO);
    assert_refused(A, FAILURE_CAUSE_NAT_IN_BETWEEN);
}
END_TEST

START_TEST(off_does_not_go_with_a_peer_that_forces_udp)
{
    can_protocol_50();
    configure(_i ? TUNNEL_ENCAPSULATION_OFF : TUNNEL_ENCAPSULATION_FORCE,
              _i ? TUNNEL_ENCAPSULATION_FORCE : TUNNEL_ENCAPSULATION_OFF);
    assert_refused(_i ? A : B, FAILURE_CAUSE_FEATURE_MISSING);
    ck_assert_ptr_nonnull(strstr(world_tunnel(&world, _i ? A : B)->failure->message, "here or at the peer"));
}
END_TEST

START_TEST(off_needs_protocol_50)
{
    configure(TUNNEL_ENCAPSULATION_OFF, TUNNEL_ENCAPSULATION_AUTO);
    assert_refused(A, FAILURE_CAUSE_FEATURE_MISSING);
}
END_TEST

// The NAT forgets us and gives us another port; our next liveness check tells the peer.
START_TEST(a_new_mapping_is_followed)
{
    nat_before[A] = true;
    configure(TUNNEL_ENCAPSULATION_AUTO, TUNNEL_ENCAPSULATION_AUTO);
    join();
    ck_assert_uint_eq(world_ike_sa(&world, B)->remote.port, 44500);
    port_shift = 41000;
    world_run(&world, 6000);
    ck_assert_uint_eq(world_ike_sa(&world, B)->remote.port, 45500);
    ck_assert_msg(world_is_joined(&world), "%s", world_why());
}
END_TEST

// Nobody follows a peer that is not behind a NAT, nor when it is itself (RFC 7296 2.23).
START_TEST(without_its_nat_no_peer_moves)
{
    nat_before[A] = nat_before[B] = _i;
    configure(TUNNEL_ENCAPSULATION_AUTO, TUNNEL_ENCAPSULATION_AUTO);
    join();
    struct endpoint before = world_ike_sa(&world, B)->remote;
    nat_before[A] = true;
    world.translate = translate;
    port_shift = 41000;
    world_run(&world, 6000);
    ck_assert(endpoint_equal(&before, &world_ike_sa(&world, B)->remote));
}
END_TEST

START_TEST(the_ike_sa_alone_keeps_its_mapping)
{
    nat_before[A] = true;
    configure(TUNNEL_ENCAPSULATION_AUTO, TUNNEL_ENCAPSULATION_AUTO);
    join();
    world_run(&world, 65000);
    ck_assert_uint_eq(world.keepalives[A], 0); // esp-d does it
    world_ike_sa(&world, A)->children->installed = false;
    world_run(&world, 65000);
    ck_assert_uint_ge(world.keepalives[A], 3);
    ck_assert_uint_eq(world.keepalives[B], 0);
    world_ike_sa(&world, A)->children->installed = true;
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("nat");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, without_protocol_50_no_nat_is_invented);
    tcase_add_loop_test(tcase, auto_prefers_udp_and_follows_who_does_not, 0, 6);
    tcase_add_loop_test(tcase, who_can_do_udp_alone_gets_it, 0, 2);
    tcase_add_loop_test(tcase, either_side_can_force_udp, 0, 2);
    tcase_add_loop_test(tcase, nats_are_found, 0, 8);
    tcase_add_loop_test(tcase, a_peer_that_ignores_what_it_is_told, 0, 3);
    tcase_add_loop_test(tcase, a_stopped_port_is_gone_round, 0, 3);
    tcase_add_loop_test(tcase, a_stopped_port_that_is_needed, 0, 2);
    tcase_add_test(tcase, silence_on_both_ports);
    tcase_add_loop_test(tcase, off_does_not_go_through_a_nat, 0, 2);
    tcase_add_loop_test(tcase, off_does_not_go_with_a_peer_that_forces_udp, 0, 2);
    tcase_add_test(tcase, off_needs_protocol_50);
    tcase_add_test(tcase, a_new_mapping_is_followed);
    tcase_add_loop_test(tcase, without_its_nat_no_peer_moves, 0, 2);
    tcase_add_test(tcase, the_ike_sa_alone_keeps_its_mapping);
    return run_case(tcase);
}
