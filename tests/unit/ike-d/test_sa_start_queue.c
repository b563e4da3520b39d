// Turns of initiations: some at a peer, some in all, first come, first served at each peer.
#include <check.h>
#include <stdlib.h>

#include "ike-d/sa/ike_core.h"
#include "ike-d/sa/ike_limits.h"
#include "ike-d/sa/ike_sa.h"
#include "ike-d/sa/start_queue.h"
#include "ike-d/sa/tunnel.h"
#include "tests/unit/lib/run.h"

#define TUNNELS 200

static uint64_t now(void *arg)
{
    (void)arg;
    return 1000;
}

static const struct clock standing = {.monotonic_ms = now, .wall_s = now};
static const struct ike_env env = {.clock = &standing};
static struct ike_core core;
static struct tunnel_config config[TUNNELS];
static struct tunnel tunnel[TUNNELS];
static struct ike_sa *sa[TUNNELS];
static unsigned turns[TUNNELS]; // whose deadline fired, in order
static unsigned turns_n;

static void on_turn(void *arg)
{
    turns[turns_n++] = (unsigned)((struct tunnel *)arg - tunnel);
}

// Tunnel i calls peer i % peers.
static void set_up(unsigned peers)
{
    turns_n = 0;
    core = (struct ike_core){.env = &env};
    deadline_heap_init(&core.deadlines);
    for (unsigned i = 0; i < TUNNELS; i++) {
        config[i].remote = (struct address){.family = 4, .b = {10, 0, 0, (uint8_t)(i % peers)}};
        tunnel[i] = (struct tunnel){.core = &core, .config = &config[i]};
        ck_assert_int_eq(deadline_init(&core.deadlines, &tunnel[i].retry, on_turn, &tunnel[i]), 0);
        sa[i] = calloc(1, sizeof(*sa[i]));
        sa[i]->core = &core;
    }
}

static void tear_down(void)
{
    for (unsigned i = 0; i < TUNNELS; i++) {
        start_queue_release(sa[i]);
        start_queue_leave(&tunnel[i]);
    }
    ck_assert_uint_eq(core.starts.young, 0);
    ck_assert_uint_eq(hmap_count(core.starts.peers), 0);
    for (unsigned i = 0; i < TUNNELS; i++) {
        deadline_done(&core.deadlines, &tunnel[i].retry);
        free(sa[i]);
    }
    start_queue_done(&core.starts);
    deadline_heap_done(&core.deadlines);
}

static unsigned enter_all(void)
{
    unsigned began = 0;
    for (unsigned i = 0; i < TUNNELS; i++) {
        if (start_queue_enter(&tunnel[i])) {
            start_queue_hand_over(&tunnel[i], sa[i]);
            began++;
        }
    }
    return began;
}

START_TEST(one_peer_gets_few)
{
    set_up(1);
    ck_assert_uint_eq(enter_all(), IKE_STARTS_PER_PEER_MAX);
    ck_assert(!start_queue_enter(&tunnel[100])); // asking again does not move it
    deadline_heap_run(&core.deadlines, 1000);
    ck_assert_uint_eq(turns_n, 0);
    start_queue_release(sa[0]);
    start_queue_release(sa[0]); // counts once
    deadline_heap_run(&core.deadlines, 1000);
    ck_assert_uint_eq(turns_n, 1);
    ck_assert_uint_eq(turns[0], IKE_STARTS_PER_PEER_MAX);
    ck_assert(start_queue_enter(&tunnel[turns[0]]));
    start_queue_leave(&tunnel[turns[0]]); // it does not want to any more: the next one's turn
    deadline_heap_run(&core.deadlines, 1000);
    ck_assert_uint_eq(turns_n, 2);
    ck_assert_uint_eq(turns[1], IKE_STARTS_PER_PEER_MAX + 1);
    tear_down();
}
END_TEST

START_TEST(many_peers_share_what_there_is)
{
    set_up(50);
    ck_assert_uint_eq(enter_all(), IKE_STARTS_MAX);
    for (unsigned i = 0; i < IKE_STARTS_MAX; i++) {
        start_queue_release(sa[i]);
    }
    deadline_heap_run(&core.deadlines, 1000);
    ck_assert_uint_eq(turns_n, IKE_STARTS_MAX);
    ck_assert_uint_eq(core.starts.young, IKE_STARTS_MAX);
    for (unsigned i = 0; i < turns_n; i++) { // nobody is far behind
        ck_assert_uint_lt(turns[i], 2 * IKE_STARTS_MAX + 50);
    }
    tear_down();
}
END_TEST

START_TEST(who_waits_may_leave)
{
    set_up(1);
    (void)enter_all();
    for (unsigned i = IKE_STARTS_PER_PEER_MAX; i < TUNNELS - 1; i += 2) {
        start_queue_leave(&tunnel[i]);
    }
    start_queue_leave(&tunnel[TUNNELS - 1]); // the last one
    for (unsigned i = 0; i < IKE_STARTS_PER_PEER_MAX; i++) {
        start_queue_release(sa[i]);
    }
    deadline_heap_run(&core.deadlines, 1000);
    ck_assert_uint_eq(turns_n, IKE_STARTS_PER_PEER_MAX);
    for (unsigned i = 0; i < turns_n; i++) { // the first ones that still wait, in any order
        ck_assert_uint_eq(turns[i] % 2, (IKE_STARTS_PER_PEER_MAX + 1) % 2);
        ck_assert_uint_le(turns[i], IKE_STARTS_PER_PEER_MAX + 7);
    }
    tear_down();
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {one_peer_gets_few, many_peers_share_what_there_is, who_waits_may_leave};
    return run_tests("start_queue", tests, RUN_COUNT(tests));
}
