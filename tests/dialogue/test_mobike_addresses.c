// MOBIKE (RFC 4555 3.4, 3.6): both sides say at which other addresses they can be reached, and again when that changes.
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "ike-d/exch/mobike_addresses.h"
#include "ike-d/exch/mobike_initiator.h"
#include "ike-d/exch/next_request.h"
#include "tests/dialogue/wire_text.h"
#include "tests/dialogue/world.h"
#include "tests/unit/lib/run.h"

static struct world world;
static unsigned none_said[2]; // messages with NO_ADDITIONAL_ADDRESSES

static bool watch(struct world *w, int from, const struct ike_header *header, struct bytes datagram)
{
    char text[WIRE_TEXT_MAX];
    if (header->exchange != EXCHANGE_IKE_SA_INIT) {
        none_said[from] +=
            strstr(wire_text(&w->gateway[!from].core, datagram, text), "NO_ADDITIONAL_ADDRESSES") != NULL;
    }
    return true;
}

static void set_up(void)
{
    world_init(&world, 77);
    world.filter = watch;
    none_said[A] = none_said[B] = 0;
}

static void tear_down(void)
{
    world_done(&world);
}

static void join(void)
{
    world_configure_both(&world, TUNNEL_START_UP, TUNNEL_START_PASSIVE);
    ck_assert_msg(world_run_until(&world, world_is_joined, 5000), "%s", world_why());
    world_run(&world, 200);
}

static void have(int side, const char *first, const char *second)
{
    struct gateway *gateway = &world.gateway[side];
    gateway->others[0] = first;
    gateway->others[1] = second;
    gateway->others_n = first ? second ? 2 : 1 : 0;
}

static void change(int side, const char *first, const char *second)
{
    have(side, first, second);
    mobike_initiator_review_all(&world.gateway[side].core);
    mobike_addresses_review(&world.gateway[side].core);
    ike_core_run(&world.gateway[side].core);
    world_run(&world, 200);
}

// What that side knows of the other's further addresses, as "a b".
static const char *known(int side)
{
    static char text[256];
    const struct mobike *mobike = world_ike_sa(&world, side)->mobike;
    char one[ADDRESS_TEXT_MAX];
    size_t n = 0;
    text[0] = 0;
    for (unsigned i = 0; i < mobike->others_n; i++) {
        n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s", i ? " " : "",
                              address_format(&mobike->others[i], one, sizeof(one)));
    }
    return text;
}

START_TEST(both_tell_each_other)
{
    have(A, "198.51.100.7", "2001:db8::7");
    have(B, "198.51.100.9", NULL);
    join();
    ck_assert_str_eq(known(B), "198.51.100.7 2001:db8::7");
    ck_assert_str_eq(known(A), "198.51.100.9");
    ck_assert_uint_eq(none_said[A] + none_said[B], 0);
    ck_assert_uint_eq(world.sent_by_exchange[A][3], 0); // in IKE_AUTH, and not again
    ck_assert_uint_eq(world.sent_by_exchange[B][3], 0);
}
END_TEST

START_TEST(none_is_said_as_well)
{
    join();
    ck_assert_uint_eq(none_said[A], 1);
    ck_assert_uint_eq(none_said[B], 1);
}
END_TEST

static void assert_untold(const char *address)
{
    have(A, address, "198.51.100.7");
    join();
    ck_assert_str_eq(known(B), "198.51.100.7");
}

START_TEST(some_are_nobodys_business)
{
    static const char *const addresses[] = {
        "10.1.0.1", // the tunnel leads there
        "127.0.0.1",   "::1",        "169.254.1.1", "fe80::7",
        "192.168.7.7", "100.64.0.7", "fd00::7", // private: the peer comes from elsewhere
        "192.0.2.1",                            // the one that it talks to
        "224.0.0.7",   "0.0.0.0"};
    for (size_t i = 0; i < RUN_COUNT(addresses); i++) {
        assert_untold(addresses[i]);
        tear_down();
        set_up();
    }
}
END_TEST

START_TEST(a_chosen_address_is_the_only_one)
{
    struct plan plan = {.start = TUNNEL_START_UP, .local_address = "192.0.2.1"};
    struct plan passive = {.start = TUNNEL_START_PASSIVE};
    have(A, "198.51.100.7", NULL);
    world_configure(&world, B, &passive, 1);
    world_configure(&world, A, &plan, 1);
    ck_assert_msg(world_run_until(&world, world_is_joined, 5000), "%s", world_why());
    ck_assert_str_eq(known(B), "");
    ck_assert_uint_eq(none_said[A], 1);
    change(A, "198.51.100.8", NULL);
    ck_assert_uint_eq(world.sent_by_exchange[A][3], 0);
}
END_TEST

// _i: who answered can tell, too.
START_TEST(changes_are_told)
{
    int side = _i ? B : A;
    join();
    change(side, "198.51.100.7", NULL);
    ck_assert_str_eq(known(!side), "198.51.100.7");
    change(side, "198.51.100.8", "2001:db8::8");
    ck_assert_str_eq(known(!side), "198.51.100.8 2001:db8::8");
    unsigned sent = world.sent_by_exchange[side][3];
    change(side, "2001:db8::8", "198.51.100.8"); // the same in another order
    ck_assert_uint_eq(world.sent_by_exchange[side][3], sent);
    change(side, NULL, NULL);
    ck_assert_str_eq(known(!side), "");
    ck_assert_uint_eq(none_said[side], 2);
    ck_assert_msg(world_is_joined(&world), "%s", world_why());
}
END_TEST

// The update that moves the SAs takes the list along: the address that was left is among the others now.
START_TEST(a_move_tells_the_list)
{
    struct plan plan_a = {.start = TUNNEL_START_UP, .local_id = "a.example", .remote_id = "b.example"};
    struct plan plan_b = {
        .start = TUNNEL_START_PASSIVE, .local_id = "b.example", .remote_id = "a.example", .remote_any = true};
    have(A, "198.51.100.7", NULL);
    world_configure(&world, B, &plan_b, 1);
    world_configure(&world, A, &plan_a, 1);
    ck_assert_msg(world_run_until(&world, world_is_joined, 5000), "%s", world_why());
    ck_assert_int_eq(address_parse("198.51.100.7", &world.gateway[A].address), 0);
    change(A, "192.0.2.1", NULL);
    ck_assert_str_eq(known(B), "192.0.2.1");
    ck_assert_uint_eq(world.sent_by_exchange[A][3], 2); // the update, and its answer to B's check
}
END_TEST

// What B has told is where A looks for it when it is silent.
START_TEST(a_told_address_is_used)
{
    struct address other;
    have(B, "198.51.100.9", "10.2.0.1"); // the tunnel leads to that one
    join();
    ck_assert_str_eq(known(A), "198.51.100.9");
    ck_assert_int_eq(address_parse("198.51.100.9", &other), 0);
    world.gateway[B].address = other;
    world_run(&world, 90000);
    ck_assert(address_equal(&world.gateway[A].sas->remote.address, &other));
    ck_assert_uint_eq(world.gateway[A].installs, 1);
    ck_assert_msg(world_is_joined(&world), "%s", world_why());
}
END_TEST

START_TEST(a_rekeyed_ike_sa_goes_on)
{
    join();
    world_ike_sa(&world, A)->rekey_wanted = true;
    next_request_start(world_ike_sa(&world, A));
    world_run(&world, 2000);
    unsigned sent = world.sent_by_exchange[A][3];
    unsigned said = none_said[A];
    world_run(&world, 2000);
    ck_assert_uint_eq(world.sent_by_exchange[A][3], sent);
    ck_assert_uint_eq(none_said[A], said);
    change(A, "198.51.100.7", NULL);
    ck_assert_str_eq(known(B), "198.51.100.7");
}
END_TEST

static void translate(struct world *w, int from, struct endpoint *source, struct endpoint *destination)
{
    struct address outside;
    ck_assert_int_eq(address_parse("203.0.113.1", &outside), 0);
    if (from == A) {
        source->address = outside;
    } else if (address_equal(&destination->address, &outside)) {
        destination->address = w->gateway[A].address;
    }
}

// _i: with a NAT in front, a private address can't be reached.
START_TEST(a_private_one_to_a_private_one)
{
    struct plan plan_a = {.start = TUNNEL_START_UP, .local_id = "a.example"};
    struct plan plan_b = {.start = TUNNEL_START_PASSIVE, .remote_id = "a.example", .remote_any = true};
    ck_assert_int_eq(address_parse("172.16.0.1", &world.gateway[A].address), 0);
    world.translate = _i ? translate : NULL;
    have(A, "172.16.5.1", NULL);
    world_configure(&world, B, &plan_b, 1);
    world_configure(&world, A, &plan_a, 1);
    ck_assert_msg(world_run_until(&world, world_is_joined, 5000), "%s", world_why());
    ck_assert_str_eq(known(B), _i ? "" : "172.16.5.1");
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("mobike_addresses");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, both_tell_each_other);
    tcase_add_test(tcase, none_is_said_as_well);
    tcase_add_test(tcase, some_are_nobodys_business);
    tcase_add_test(tcase, a_chosen_address_is_the_only_one);
    tcase_add_loop_test(tcase, changes_are_told, 0, 2);
    tcase_add_test(tcase, a_move_tells_the_list);
    tcase_add_test(tcase, a_told_address_is_used);
    tcase_add_test(tcase, a_rekeyed_ike_sa_goes_on);
    tcase_add_loop_test(tcase, a_private_one_to_a_private_one, 0, 2);
    return run_case(tcase);
}
