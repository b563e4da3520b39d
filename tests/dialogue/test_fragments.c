// Messages that are too long for one packet (RFC 7383): divided when both sides can, divided anew when the path takes
// less, repeated when their first fragment comes again, and never mistaken for what a stranger sent.
#include <check.h>
#include <string.h>

#include "ike-d/exch/fragment.h"
#include "ike-d/exch/transmit.h"
#include "ike-d/wire/message.h"
#include "tests/dialogue/world.h"
#include "tests/unit/lib/run.h"

#define POLICIES 200u

static struct world world;
static size_t longest[2];       // datagrams, by sender
static size_t path[2];          // what the link takes, by sender; 0: all
static unsigned losses;         // of fragments that were too long
static unsigned damage_percent; // of the fragments come with a bit turned

static bool on_link(struct world *w, int from, const struct ike_header *header, struct bytes datagram)
{
    if (header->exchange == EXCHANGE_IKE_SA_INIT) {
        return true;
    }
    longest[from] = datagram.n > longest[from] ? datagram.n : longest[from];
    if (path[from] && datagram.n > path[from]) {
        losses++;
        return false;
    }
    if (world_random(w, 100) < damage_percent) {
        uint8_t copy[2048];
        ck_assert_uint_le(datagram.n, sizeof(copy));
        memcpy(copy, datagram.p, datagram.n);
        copy[datagram.n - 1] ^= 1;
        world_inject(w, !from, from == A ? "192.0.2.1" : "192.0.2.2", bytes_of(copy, datagram.n));
        return false;
    }
    return true;
}

static void set_up(void)
{
    world_init(&world, 11);
    world.filter = on_link;
    memset(longest, 0, sizeof(longest));
    memset(path, 0, sizeof(path));
    losses = damage_percent = 0;
}

static void tear_down(void)
{
    world_done(&world);
}

static void configure(unsigned many, bool b_can)
{
    struct plan plan_a = {.start = TUNNEL_START_UP, .many = many};
    struct plan plan_b = {.start = TUNNEL_START_PASSIVE, .many = many, .no_fragmentation = !b_can};
    world_configure(&world, B, &plan_b, 1);
    world_configure(&world, A, &plan_a, 1);
}

static void join(uint64_t at_most_ms)
{
    world_assert_joined(&world, at_most_ms);
}

static unsigned auths(int side)
{
    return world.sent_by_exchange[side][1];
}

START_TEST(long_messages_are_divided)
{
    configure(POLICIES, true);
    join(2000);
    // 200 selectors of 16 bytes a side; 1280 - 20 - 8 - 4
    ck_assert_uint_le(longest[A], 1248);
    ck_assert_uint_gt(longest[A], 1200);
    ck_assert_uint_le(longest[B], 1248);
    ck_assert_uint_ge(auths(A), 6);
    ck_assert_uint_ge(auths(B), 6);
}
END_TEST

START_TEST(short_ones_are_not)
{
    configure(1, true);
    join(2000);
    ck_assert_uint_eq(auths(A), 1);
    ck_assert_uint_eq(auths(B), 1);
}
END_TEST

START_TEST(a_peer_that_cannot_gets_them_whole)
{
    configure(POLICIES, false);
    join(2000);
    ck_assert_uint_eq(auths(A), 1);
    ck_assert_uint_eq(auths(B), 1);
    ck_assert_uint_gt(longest[A], 6000);
}
END_TEST

// 1 s and 1.8 s go by before the third try, which is divided anew; the answer is no longer than the request was.
START_TEST(a_narrow_path_is_found_out)
{
    configure(POLICIES, true);
    path[A] = path[B] = 576 - 32;
    join(5000);
    ck_assert_uint_ge(losses, 10);
    ck_assert_uint_eq(world_ike_sa(&world, A)->packet_bytes, 576);
    ck_assert_uint_le(world_ike_sa(&world, B)->packet_bytes, 576);
}
END_TEST

// The request gets through, the answer does not: who answers learns it from the repeats.
START_TEST(a_path_that_is_narrow_one_way_is_found_out)
{
    configure(POLICIES, true);
    path[B] = 576 - 32;
    join(9000);
    ck_assert_uint_ge(losses, 5);
    ck_assert_uint_eq(world_ike_sa(&world, B)->packet_bytes, 576);
}
END_TEST

START_TEST(lost_doubled_and_late_fragments)
{
    world.drop_percent = world.double_percent = world.reorder_percent = (unsigned)_i * 5;
    configure(POLICIES, true);
    join(120000);
}
END_TEST

// Nothing is kept that does not open: the next repeat completes it.
START_TEST(damaged_fragments_do_not_count)
{
    damage_percent = 20;
    configure(POLICIES, true);
    join(200000);
    ck_assert_uint_gt(world.gateway[A].core.drops.not_authentic + world.gateway[B].core.drops.not_authentic, 0);
}
END_TEST

static bool drop_answers(struct world *w, int from, const struct ike_header *header, struct bytes datagram)
{
    (void)w;
    (void)datagram;
    return !(from == B && header->exchange == EXCHANGE_IKE_AUTH);
}

// RFC 7383 2.6.1.
START_TEST(only_the_first_fragment_repeats_the_answer)
{
    world.filter = drop_answers;
    configure(POLICIES, true);
    world_run(&world, 900);
    unsigned fragments = auths(A);
    unsigned first = auths(B);
    ck_assert_uint_ge(fragments, 6);
    ck_assert_uint_ge(first, 6);
    world_run(&world, 1000); // A has repeated all of them once
    ck_assert_uint_eq(auths(A), 2 * fragments);
    ck_assert_uint_eq(auths(B), 2 * first);
    world.filter = on_link;
    join(5000);
}
END_TEST

// More than 64 fragments, both ways, out of order.
START_TEST(very_many_fragments)
{
    configure(POLICIES, true);
    world.reorder_percent = 20;
    join(60000);
    struct ike_sa *sa = world_ike_sa(&world, A);
    world_ike_sa(&world, B)->packet_bytes = sa->packet_bytes = 250;
    struct draft draft;
    struct kept_message kept = {0};
    transmit_begin_request(sa, EXCHANGE_INFORMATIONAL, &draft);
    uint8_t data[190] = {0};
    for (unsigned i = 0; i < 60; i++) {
        message_put_status(&draft.mw, NOTIFY_USE_TRANSPORT_MODE, bytes_of(data, sizeof(data)));
    }
    ck_assert_int_eq(fragment_seal(sa, &draft.mw, &kept), 0);
    struct bytes all = kept_message_view(&kept);
    unsigned n = 0;
    for (struct bytes one = fragment_next(&all); one.p; one = fragment_next(&all), n++) {
        ck_assert_uint_le(one.n, 250 - 32);
        world_inject(&world, B, "192.0.2.1", one);
    }
    ck_assert_uint_ge(n, 64);
    unsigned before = world.sent_by_exchange[B][3];
    world_run(&world, 100);
    ck_assert_uint_eq(world.sent_by_exchange[B][3], before + 1);
    kept_message_drop(&kept);
    sa->next_request_id++;
}
END_TEST

// What a peer before its authentication makes us keep is bounded, and goes with its half-open SA.
START_TEST(unfinished_messages_go)
{
    configure(POLICIES, true);
    path[A] = 1000; // of the fragments only the last, which is shorter, gets through
    world_run(&world, 1500);
    ck_assert_uint_gt(world.gateway[B].core.reassembly[0].used_bytes, 0);
    (void)tunnel_driver_down(&world.gateway[A].core, "office");
    world_run(&world, 100000);
    ck_assert_uint_eq(world.gateway[B].core.reassembly[0].used_bytes, 0);
    ck_assert_uint_eq(world.gateway[B].core.reassembly[1].used_bytes, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("fragments");
    TCase *tcase = tcase_create("fragments");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, long_messages_are_divided);
    tcase_add_test(tcase, short_ones_are_not);
    tcase_add_test(tcase, a_peer_that_cannot_gets_them_whole);
    tcase_add_test(tcase, a_narrow_path_is_found_out);
    tcase_add_test(tcase, a_path_that_is_narrow_one_way_is_found_out);
    tcase_add_loop_test(tcase, lost_doubled_and_late_fragments, 1, 6);
    tcase_add_test(tcase, damaged_fragments_do_not_count);
    tcase_add_test(tcase, only_the_first_fragment_repeats_the_answer);
    tcase_add_test(tcase, very_many_fragments);
    tcase_add_test(tcase, unfinished_messages_go);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
