// Several CHILD_SAs of one tunnel (RFC 7296 1.3.1, 2.9): each in a slot of its own, with its own state.
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "ike-d/exch/child_failure.h"
#include "ike-d/sa/child_coverage.h"
#include "ike-d/sa/ike_sa.h"
#include "tests/dialogue/wire_text.h"
#include "tests/dialogue/world.h"
#include "tests/unit/lib/run.h"

static struct world world;

static void set_up(void)
{
    world_init(&world, 7);
}

static void tear_down(void)
{
    world_done(&world);
}

static struct plan plan_of(int side, enum tunnel_start start)
{
    struct plan plan = {.start = start, .one_per_child = true};
    static const char *const a[3] = {"10.1.0.0/24", "10.1.1.0/24", "10.1.2.0/24"};
    static const char *const b[3] = {"10.2.0.0/24", "10.2.1.0/24", "10.2.2.0/24"};
    for (int i = 0; i < 3; i++) {
        plan.local[i] = side == A ? a[i] : b[i];
        plan.remote[i] = side == A ? b[i] : a[i];
    }
    return plan;
}

static unsigned up_slots(int side)
{
    const struct tunnel *tunnel = world_tunnel(&world, side);
    unsigned n = 0;
    for (unsigned i = 0; i < tunnel->slots_n; i++) {
        n += tunnel->slots[i].state == CHILD_SLOT_UP;
    }
    return n;
}

static unsigned children(int side)
{
    const struct ike_sa *sa = world_ike_sa(&world, side);
    return sa ? child_sa_count(sa) : 0;
}

static void assert_all_up(void)
{
    for (int side = A; side <= B; side++) {
        const struct tunnel *tunnel = world_tunnel(&world, side);
        ck_assert_int_eq(tunnel->state, TUNNEL_STATE_UP);
        ck_assert_uint_eq(up_slots(side), tunnel->slots_n);
        ck_assert_uint_eq(world_ike_sas(&world, side), 1);
        ck_assert_uint_eq(children(side), 3);
        ck_assert_uint_eq(world_esp_sas(&world, side), 3);
    }
}

// A: IKE_AUTH with the first pair, CREATE_CHILD_SA with the second, CREATE_CHILD_SA with the third.
START_TEST(a_child_for_each_policy)
{
    struct plan a = plan_of(A, TUNNEL_START_UP);
    struct plan b = plan_of(B, _i ? TUNNEL_START_UP : TUNNEL_START_PASSIVE);
    world_configure(&world, B, &b, 1);
    world_configure(&world, A, &a, 1);
    world_run(&world, 10000);
    assert_all_up();
    ck_assert_uint_eq(world_tunnel(&world, A)->slots_n, 3);
    world_run(&world, 60000);
    assert_all_up();
    if (!_i) {
        ck_assert_uint_eq(world.sent_by_exchange[A][2], 2);
        ck_assert_uint_eq(world.gateway[A].installs, 3);
    }
}
END_TEST

// B has all three in one: what A makes with one pair each are no duplicates of each other.
START_TEST(against_a_shared_child)
{
    struct plan a = plan_of(A, TUNNEL_START_UP);
    struct plan b = plan_of(B, TUNNEL_START_PASSIVE);
    b.one_per_child = false;
    world_configure(&world, B, &b, 1);
    world_configure(&world, A, &a, 1);
    world_run(&world, 30000);
    assert_all_up();
    ck_assert_uint_eq(world_tunnel(&world, B)->slots_n, 1);
}
END_TEST

// A has all three in one, B each by itself: B takes the first and says that it takes more; A asks for the rest.
START_TEST(a_shared_child_in_parts)
{
    struct plan a = plan_of(A, TUNNEL_START_UP);
    struct plan b = plan_of(B, TUNNEL_START_PASSIVE);
    a.one_per_child = false;
    world_configure(&world, B, &b, 1);
    world_configure(&world, A, &a, 1);
    world_run(&world, 1500);
    assert_all_up();
    ck_assert_uint_eq(world_tunnel(&world, A)->slots_n, 1);
    ck_assert_uint_eq(world.gateway[A].installs, 3);
    world_run(&world, 60000);
    assert_all_up();
    world_kill_esp(&world, A); // each part is replaced by itself
    world_run(&world, 1000);
    world_start_esp(&world, A);
    world_run(&world, 20000);
    assert_all_up();
    ck_assert_uint_eq(world.gateway[A].installs, 6);
    ck_assert_uint_eq(child_coverage_count(&world_tunnel(&world, A)->slots[0]), 3);
}
END_TEST

// SINGLE_PAIR_REQUIRED was the answer once: A asks for each pair by itself, also of a peer that would take all.
START_TEST(one_pair_at_a_time)
{
    struct plan a = plan_of(A, TUNNEL_START_PASSIVE);
    struct plan b = plan_of(B, TUNNEL_START_PASSIVE);
    struct notify_payload notify = {.type = NOTIFY_SINGLE_PAIR_REQUIRED};
    a.one_per_child = b.one_per_child = false;
    world_configure(&world, B, &b, 1);
    world_configure(&world, A, &a, 1);
    struct child_slot *slot = &world_tunnel(&world, A)->slots[0];
    ck_assert(child_failure_learn_single_pair(slot, &notify));
    ck_assert(!child_failure_learn_single_pair(slot, &notify));
    tunnel_driver_up(&world.gateway[A].core, "office");
    world_run(&world, 1500);
    ck_assert_int_eq(world_tunnel(&world, A)->state, TUNNEL_STATE_UP);
    ck_assert_uint_eq(children(A), 1); // passive: the rest waits for a packet
    struct selector_pair packet = slot->config->pairs[2];
    tunnel_driver_acquire(&world.gateway[A].core, "office", &packet);
    world_run(&world, 1500);
    ck_assert_uint_eq(children(A), 2);
    ck_assert(child_coverage_has(slot, &packet));
    ck_assert(!child_coverage_has(slot, &slot->config->pairs[1]));
    a.start = TUNNEL_START_UP;
    world_configure(&world, A, &a, 1);
    slot = &world_tunnel(&world, A)->slots[0];
    ck_assert(child_failure_learn_single_pair(slot, &notify));
    world_run(&world, 10000);
    assert_all_up();
}
END_TEST

static bool see_single_pair(struct world *w, int from, const struct ike_header *header, struct bytes datagram)
{
    char text[WIRE_TEXT_MAX];
    if (from == B && header->exchange == EXCHANGE_CREATE_CHILD_SA && header->response) {
        const char *read = wire_text(&w->gateway[A].core, datagram, text);
        *(unsigned *)w->filter_arg += strstr(read, "N(SINGLE_PAIR_REQUIRED)") != NULL;
    }
    return true;
}

static void want(const char *local, const char *remote)
{
    struct selector_pair packet;
    const char *error;
    ck_assert_int_eq(selector_parse(local, "", "", &packet.local, &error), 0);
    ck_assert_int_eq(selector_parse(remote, "", "", &packet.remote, &error), 0);
    tunnel_driver_acquire(&world.gateway[A].core, "office", &packet);
    world_run(&world, 3000);
}

// A offers more than B has. When all of B's children stand and A asks for several pairs again, B can't tell which one
// it means, and says so on the wire; A asks for the packet's pair alone from then on.
START_TEST(which_pair_is_unclear)
{
    unsigned seen = 0;
    struct plan a = {
        .start = TUNNEL_START_UP, .local = {"10.1.0.0/24", "10.9.0.0/24"}, .remote = {"10.2.0.0/23", "10.2.0.0/23"}};
    struct plan b = {.start = TUNNEL_START_PASSIVE,
                     .local = {"10.2.0.0/24", "10.2.0.0/24"},
                     .remote = {"10.1.0.0/24", "10.9.0.0/24"},
                     .one_per_child = true};
    world.filter = see_single_pair;
    world.filter_arg = &seen;
    world_configure(&world, B, &b, 1);
    world_configure(&world, A, &a, 1);
    world_run(&world, 3000);
    struct child_slot *slot = &world_tunnel(&world, A)->slots[0];
    want("10.9.0.5/32", "10.2.0.5/32");
    ck_assert_uint_eq(children(B), 2);
    ck_assert_uint_eq(seen, 0);
    ck_assert(!slot->single_pair);
    want("10.1.0.5/32", "10.2.1.5/32");
    ck_assert_uint_eq(seen, 1);
    ck_assert(slot->single_pair);
    ck_assert_int_eq(world_tunnel(&world, A)->state, TUNNEL_STATE_UP);
}
END_TEST

// B takes less than A offers and does not say more: what is left out is asked for when a packet wants it, and not again
// at once when B refuses.
START_TEST(a_packet_beyond_what_stands)
{
    struct plan a = plan_of(A, TUNNEL_START_UP);
    struct plan b = plan_of(B, TUNNEL_START_PASSIVE);
    a.one_per_child = b.one_per_child = false;
    b.local[2] = "10.77.0.0/24";
    world_configure(&world, B, &b, 1);
    world_configure(&world, A, &a, 1);
    world_run(&world, 5000);
    const struct tunnel *tunnel = world_tunnel(&world, A);
    struct child_slot *slot = &tunnel->slots[0];
    struct selector_pair packet = slot->config->pairs[2];
    ck_assert_int_eq(tunnel->state, TUNNEL_STATE_UP);
    ck_assert_uint_eq(children(A), 1);
    ck_assert_uint_eq(child_coverage_count(slot), 2);
    for (int i = 0; i < 10; i++) {
        tunnel_driver_acquire(&world.gateway[A].core, "office", &packet);
        world_run(&world, 100);
    }
    ck_assert_uint_eq(world.sent_by_exchange[A][2], 1);
    ck_assert_int_eq(tunnel->state, TUNNEL_STATE_UP);
    ck_assert_uint_eq(children(A), 1);
    ck_assert_ptr_nonnull(slot->failure);
}
END_TEST

// B has no policy for the second: A's others stand all the same, and the second is tried again.
START_TEST(one_is_refused)
{
    struct plan a = plan_of(A, TUNNEL_START_UP);
    struct plan b = plan_of(B, TUNNEL_START_PASSIVE);
    b.remote[1] = "10.9.9.0/24";
    world_configure(&world, B, &b, 1);
    world_configure(&world, A, &a, 1);
    world_run(&world, 30000);
    const struct tunnel *tunnel = world_tunnel(&world, A);
    ck_assert_int_eq(tunnel->state, TUNNEL_STATE_PARTIAL);
    ck_assert_int_eq(world_tunnel(&world, B)->state, TUNNEL_STATE_UP);
    ck_assert_uint_eq(up_slots(A), 2);
    ck_assert_uint_eq(children(A), 2);
    const struct child_slot *slot = &tunnel->slots[1];
    ck_assert_int_ne(slot->state, CHILD_SLOT_UP);
    ck_assert_ptr_nonnull(slot->failure);
    ck_assert_str_eq(slot->failure->notify, "TS_UNACCEPTABLE");
    ck_assert_uint_ge(slot->attempts, 3);
    ck_assert_uint_ne(slot->next_try_s, 0);
    ck_assert_uint_ge(world.gateway[A].attempts_ended, 1);
    ck_assert_ptr_null(tunnel->slots[0].failure);
    ck_assert_uint_eq(tunnel->slots[0].since_s, tunnel->slots[2].since_s);
}
END_TEST

// A packet of the second policy asks for the second alone, and its selectors come first; `up` then asks for all.
START_TEST(on_demand)
{
    struct plan a = plan_of(A, TUNNEL_START_ON_DEMAND);
    struct plan b = plan_of(B, TUNNEL_START_PASSIVE);
    struct selector_pair packet;
    const char *why;
    world_configure(&world, B, &b, 1);
    world_configure(&world, A, &a, 1);
    world_run(&world, 10000);
    ck_assert_uint_eq(children(A), 0);
    ck_assert_int_eq(selector_parse("10.1.1.7", "udp", "9", &packet.local, &why), 0);
    ck_assert_int_eq(selector_parse("10.2.1.9", "udp", "7", &packet.remote, &why), 0);
    tunnel_driver_acquire(&world.gateway[A].core, "office", &packet);
    world_run(&world, 10000);
    const struct tunnel *tunnel = world_tunnel(&world, A);
    ck_assert_int_eq(tunnel->state, TUNNEL_STATE_UP);
    ck_assert_int_eq(tunnel->slots[0].state, CHILD_SLOT_WAITING);
    ck_assert_int_eq(tunnel->slots[1].state, CHILD_SLOT_UP);
    ck_assert_int_eq(tunnel->slots[2].state, CHILD_SLOT_WAITING);
    ck_assert_uint_eq(children(B), 1);
    ck_assert_int_eq(selector_parse("10.1.2.7", "", "", &packet.local, &why), 0);
    ck_assert_int_eq(selector_parse("10.2.2.9", "", "", &packet.remote, &why), 0);
    tunnel_driver_acquire(&world.gateway[A].core, "office", &packet);
    world_run(&world, 10000);
    ck_assert_int_eq(tunnel->slots[2].state, CHILD_SLOT_UP);
    ck_assert_int_eq(tunnel->slots[0].state, CHILD_SLOT_WAITING);
    tunnel_driver_up(&world.gateway[A].core, "office");
    world_run(&world, 10000);
    assert_all_up();
}
END_TEST

// esp-d dies with all of them, and returns: each is made anew in its own slot.
START_TEST(all_are_lost)
{
    struct plan a = plan_of(A, TUNNEL_START_UP);
    struct plan b = plan_of(B, TUNNEL_START_PASSIVE);
    world_configure(&world, B, &b, 1);
    world_configure(&world, A, &a, 1);
    world_run(&world, 10000);
    assert_all_up();
    world_kill_esp(&world, A);
    world_run(&world, 3000);
    world_start_esp(&world, A);
    world_run(&world, 20000);
    assert_all_up();
    ck_assert_uint_eq(world.gateway[A].installs, 6);
}
END_TEST

// Policies by the hundred: each with a CHILD_SA of its own; or shared, which needs three for their selectors.
START_TEST(many)
{
    struct plan a = {.start = TUNNEL_START_UP, .many = _i ? 600 : 200, .one_per_child = !_i};
    struct plan b = {.start = TUNNEL_START_PASSIVE, .many = a.many, .one_per_child = a.one_per_child};
    world_configure(&world, B, &b, 1);
    world_configure(&world, A, &a, 1);
    world_run(&world, 60000);
    for (int side = A; side <= B; side++) {
        const struct tunnel *tunnel = world_tunnel(&world, side);
        ck_assert_uint_eq(tunnel->slots_n, _i ? 3 : 200);
        ck_assert_int_eq(tunnel->state, TUNNEL_STATE_UP);
        ck_assert_uint_eq(up_slots(side), tunnel->slots_n);
        ck_assert_uint_eq(children(side), tunnel->slots_n);
        for (unsigned i = 0; i < tunnel->slots_n; i++) {
            ck_assert_uint_eq(child_coverage_count(&tunnel->slots[i]), tunnel->slots[i].config->pairs_n);
        }
    }
    tunnel_driver_down(&world.gateway[A].core, "office");
    world_run(&world, 60000);
    ck_assert_msg(world_is_empty(&world), "%s", world_why());
}
END_TEST

// A new ike-d finds the SAs of the old one. They go when the new ones stand, also when one of these is refused by now.
START_TEST(orphans_of_a_refused_one)
{
    struct plan a = plan_of(A, TUNNEL_START_UP);
    struct plan b = plan_of(B, TUNNEL_START_PASSIVE);
    world_configure(&world, B, &b, 1);
    world_configure(&world, A, &a, 1);
    world_run(&world, 10000);
    assert_all_up();
    world_kill(&world, A);
    world_start(&world, A);
    b.remote[1] = "10.9.9.0/24";
    world_configure(&world, B, &b, 1);
    world_configure(&world, A, &a, 1);
    world_adopt(&world, A);
    world_run(&world, 20000);
    ck_assert_int_eq(world_tunnel(&world, A)->state, TUNNEL_STATE_PARTIAL);
    ck_assert_uint_eq(children(A), 2);
    ck_assert_uint_eq(world_esp_sas(&world, A), 2);
    ck_assert_uint_eq(world_esp_sas(&world, B), 2);
}
END_TEST

// Both want all, with loss and reordering: one of each is left in the end.
START_TEST(over_a_lossy_link)
{
    struct plan a = plan_of(A, TUNNEL_START_UP);
    struct plan b = plan_of(B, TUNNEL_START_UP);
    world_done(&world);
    world_init(&world, 100 + (unsigned)_i);
    world.drop_percent = 20;
    world.reorder_percent = 20;
    world.double_percent = 10;
    world_configure(&world, B, &b, 1);
    world_configure(&world, A, &a, 1);
    world_run(&world, 120000);
    world.drop_percent = world.reorder_percent = world.double_percent = 0;
    world_run(&world, 200000);
    assert_all_up();
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("slots");
    TCase *t = tcase_create("dialogues");
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_loop_test(t, a_child_for_each_policy, 0, 2);
    tcase_add_test(t, against_a_shared_child);
    tcase_add_test(t, a_shared_child_in_parts);
    tcase_add_test(t, one_pair_at_a_time);
    tcase_add_test(t, which_pair_is_unclear);
    tcase_add_test(t, a_packet_beyond_what_stands);
    tcase_add_test(t, one_is_refused);
    tcase_add_test(t, on_demand);
    tcase_add_test(t, all_are_lost);
    tcase_add_loop_test(t, many, 0, 2);
    tcase_add_test(t, orphans_of_a_refused_one);
    tcase_add_loop_test(t, over_a_lossy_link, 0, 20);
    suite_add_tcase(s, t);
    return s;
}

int main(void)
{
    return run_suite(suite());
}
