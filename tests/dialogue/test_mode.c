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
    world_assert_joined(&world, 10000);
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
    world_assert_joined(&world, 90000);
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

static struct address address_of(const char *text)
{
    struct address address;
    ck_assert_int_eq(address_parse(text, &address), 0);
    return address;
}

#define OUTSIDE_A "203.0.113.1"
#define OUTSIDE_B "203.0.113.2"

static bool nat_before_b;

// A behind a NAT, perhaps B behind another one that forwards its ports.
static void translate(struct world *w, int from, struct endpoint *source, struct endpoint *destination)
{
    bool has_nat[2] = {true, nat_before_b};
    struct address outside[2] = {address_of(OUTSIDE_A), address_of(OUTSIDE_B)};
    if (has_nat[from]) {
        source->address = outside[from];
    }
    if (has_nat[!from] && address_equal(&destination->address, &outside[!from])) {
        destination->address = w->gateway[!from].address;
    }
}

static void assert_address(const char *expected, const struct address *address)
{
    char text[ADDRESS_TEXT_MAX];
    ck_assert_str_eq(address->family ? address_format(address, text, sizeof(text)) : "", expected);
}

// RFC 7296 2.23.1: each side has the selectors of the packets that it sees itself, and knows the addresses that the
// other side made the inner checksums with.
START_TEST(transport_behind_a_nat)
{
    nat_before_b = _i == 1;
    const char *b_outside = nat_before_b ? OUTSIDE_B : "192.0.2.2";
    struct plan a = {.start = TUNNEL_START_UP,
                     .transport = true,
                     .local_id = "a.example",
                     .remote_id = "b.example",
                     .local = {"192.0.2.1"},
                     .remote = {b_outside},
                     .remote_address = b_outside};
    struct plan b = {.start = TUNNEL_START_PASSIVE,
                     .transport = true,
                     .local_id = "b.example",
                     .remote_id = "a.example",
                     .local = {"192.0.2.2"},
                     .remote = {OUTSIDE_A},
                     .remote_any = true};
    world.translate = translate;
    world_configure(&world, B, &b, 1);
    world_configure(&world, A, &a, 1);
    world_run(&world, 3000);
    for (int side = A; side <= B; side++) {
        const struct fake_sa *esp = world.gateway[side].sas;
        ck_assert_int_eq(world_tunnel(&world, side)->state, TUNNEL_STATE_UP);
        ck_assert_ptr_nonnull(esp);
        ck_assert(esp->transport);
        assert_address(side == A ? "192.0.2.1" : "192.0.2.2", &esp->local_first.range.start);
        assert_address(side == A ? b_outside : OUTSIDE_A, &esp->remote_first.range.start);
    }
    const struct fake_sa *esp_a = world.gateway[A].sas;
    const struct fake_sa *esp_b = world.gateway[B].sas;
    assert_address("192.0.2.1", &esp_b->original_remote);
    assert_address(nat_before_b ? OUTSIDE_B : "", &esp_b->original_local);
    assert_address(OUTSIDE_A, &esp_a->original_local);
    assert_address(nat_before_b ? "192.0.2.2" : "", &esp_a->original_remote);
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
    tcase_add_loop_test(t, transport_behind_a_nat, 0, 2);
    suite_add_tcase(s, t);
    return s;
}

int main(void)
{
    return run_suite(suite());
}
