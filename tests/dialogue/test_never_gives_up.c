// Peers that fall silent, restart, close, lose half the packets or answer with garbage: what the tunnel does by itself
// (bulkhead.v1.RecoveryAction, RFC 7296 2.4).
#include <check.h>

#include "tests/dialogue/world.h"
#include "tests/unit/lib/run.h"

static struct world world;

static void set_up(void)
{
    world_init(&world, 31);
}

static void tear_down(void)
{
    world_done(&world);
}

static void join(const struct plan *a, const struct plan *b)
{
    world_configure(&world, A, a, 1);
    world_configure(&world, B, b, 1);
    world_assert_joined(&world, 60000);
}

static bool drop_all(struct world *w, int from, const struct ike_header *header, struct bytes datagram)
{
    (void)w;
    (void)from;
    (void)header;
    (void)datagram;
    return false;
}

static enum tunnel_state state_of(int side)
{
    return world_tunnel(&world, side)->state;
}

static bool is_lost(struct world *w)
{
    (void)w;
    return state_of(A) != TUNNEL_STATE_UP;
}

// The peer is gone: 30 s of silence, then six tries.
static void lose(enum tunnel_recovery action)
{
    struct plan a = {.start = TUNNEL_START_UP, .liveness_action = action};
    struct plan b = {.start = TUNNEL_START_PASSIVE};
    join(&a, &b);
    world.filter = drop_all;
    ck_assert(world_run_until(&world, is_lost, 120000));
    world_run(&world, 10000);
}

START_TEST(silence_then_restart)
{
    lose(TUNNEL_RECOVERY_RESTART);
    ck_assert(state_of(A) == TUNNEL_STATE_CONNECTING || state_of(A) == TUNNEL_STATE_DOWN);
    ck_assert_str_eq(world_tunnel(&world, A)->failure->notify, "TIMEOUT");
    world_run(&world, 600000);
    world.filter = NULL;
    world_assert_joined(&world, 160000); // at most 75 s of back-off
}
END_TEST

START_TEST(silence_then_on_demand)
{
    lose(TUNNEL_RECOVERY_ON_DEMAND);
    ck_assert_int_eq(state_of(A), TUNNEL_STATE_WAITING);
    ck_assert_uint_eq(world_tunnel(&world, A)->next_try_s, 0);
    world.filter = NULL;
    world_run(&world, 100000);
    ck_assert_int_eq(state_of(A), TUNNEL_STATE_WAITING); // nobody asked
    tunnel_driver_acquire(&world.gateway[A].core, "office", NULL);
    world_assert_joined(&world, 60000);
    ck_assert_int_eq(world_tunnel(&world, A)->start_now, TUNNEL_START_UP); // as configured again
}
END_TEST

START_TEST(silence_then_clear)
{
    lose(TUNNEL_RECOVERY_CLEAR);
    ck_assert_int_eq(state_of(A), TUNNEL_STATE_WAITING);
    world.filter = NULL;
    tunnel_driver_acquire(&world.gateway[A].core, "office", NULL);
    world_run(&world, 100000);
    ck_assert_int_eq(state_of(A), TUNNEL_STATE_WAITING);
    ck_assert_int_eq(tunnel_driver_up(&world.gateway[A].core, "office"), 0);
    world_assert_joined(&world, 60000);
}
END_TEST

// The peer's operator closes it and opens it again, without calling.
static void let_peer_close(enum tunnel_start start, enum tunnel_recovery action)
{
    struct plan a = {.start = start, .close_action = action};
    struct plan b = {.start = start == TUNNEL_START_PASSIVE ? TUNNEL_START_UP : TUNNEL_START_PASSIVE};
    join(&a, &b);
    b.start = TUNNEL_START_PASSIVE;
    ck_assert_int_eq(tunnel_driver_down(&world.gateway[B].core, "office"), 0);
    world_run(&world, 300);
    world_configure(&world, B, NULL, 0);
    world_configure(&world, B, &b, 1);
    world_run(&world, 100);
}

START_TEST(close_then_restart)
{
    let_peer_close(TUNNEL_START_PASSIVE, TUNNEL_RECOVERY_RESTART); // though it is passive otherwise
    world_assert_joined(&world, 160000);
    ck_assert_int_eq(world_tunnel(&world, A)->start_now, TUNNEL_START_PASSIVE);
}
END_TEST

START_TEST(close_then_clear)
{
    let_peer_close(TUNNEL_START_UP, TUNNEL_RECOVERY_CLEAR);
    world_run(&world, 200000);
    ck_assert_int_eq(state_of(A), TUNNEL_STATE_WAITING);
    ck_assert(world_is_empty(&world));
    ck_assert_int_eq(tunnel_driver_up(&world.gateway[B].core, "office"), 0); // the peer calls
    world_assert_joined(&world, 60000);
}
END_TEST

static unsigned informationals;

static bool count_informationals(struct world *w, int from, const struct ike_header *header, struct bytes datagram)
{
    (void)w;
    (void)datagram;
    informationals += from == A && header->exchange == EXCHANGE_INFORMATIONAL && !header->response;
    return true;
}

// ESP that comes in is a sign of life: nobody is asked.
START_TEST(esp_is_life)
{
    struct plan a = {.start = TUNNEL_START_UP, .liveness_s = 10};
    struct plan b = {.start = TUNNEL_START_PASSIVE, .liveness_s = 1000};
    join(&a, &b);
    informationals = 0;
    world.filter = count_informationals;
    world.gateway[A].esp_hears = true;
    world_run(&world, 100000);
    ck_assert_uint_eq(informationals, 0);
    world.gateway[A].esp_hears = false;
    world_run(&world, 100000);
    ck_assert_uint_ge(informationals, 8);
    ck_assert_uint_le(informationals, 11);
}
END_TEST

static bool garble(struct world *w, int from, const struct ike_header *header, struct bytes datagram)
{
    static uint8_t copy[4096];
    (void)header;
    if (from == A || datagram.n > sizeof(copy)) {
        return true;
    }
    for (size_t i = 0; i < datagram.n;
         i++) { // the header stays but for the next payload, or nothing would be looked at
        copy[i] = i < 28 && i != 16 ? datagram.p[i] : (uint8_t)world_random(w, 256);
    }
    world_inject(w, A, "192.0.2.2", bytes_of(copy, datagram.n));
    return false;
}

// All that B says is noise for ten minutes, from the beginning or in the middle.
START_TEST(garbage_is_survived)
{
    struct plan a = {.start = TUNNEL_START_UP};
    struct plan b = {.start = TUNNEL_START_PASSIVE};
    if (_i) {
        join(&a, &b);
    }
    world.filter = garble;
    world_configure(&world, A, &a, 1);
    world_configure(&world, B, &b, 1);
    world_run(&world, 600000);
    ck_assert(!world_is_joined(&world) || _i);
    world.filter = NULL;
    world_assert_joined(&world, 200000);
}
END_TEST

START_TEST(half_of_the_packets_are_lost)
{
    struct plan a = {.start = TUNNEL_START_UP, .liveness_s = 10};
    struct plan b = {.start = TUNNEL_START_PASSIVE, .liveness_s = 10};
    world.drop_percent = 50;
    world_configure(&world, A, &a, 1);
    world_configure(&world, B, &b, 1);
    world_assert_joined(&world, 600000);
    world_run(&world, 600000);
    world.drop_percent = 0;
    world_assert_joined(&world, 300000);
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("never gives up");
    const TTest *const tests[] = {silence_then_restart,        silence_then_on_demand, silence_then_clear,
                                  close_then_restart,          close_then_clear,       esp_is_life,
                                  half_of_the_packets_are_lost};
    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_set_timeout(tc, 60);
    for (size_t i = 0; i < RUN_COUNT(tests); i++) {
        tcase_add_test(tc, tests[i]);
    }
    tcase_add_loop_test(tc, garbage_is_survived, 0, 2);
    return run_case(tc);
}
