// Lifetimes (RFC 7296 2.8): at the soft limit an SA is replaced while it goes on, at the hard limit it ends.
#include <check.h>

#include "ike-d/exch/recovery.h"
#include "tests/dialogue/script.h"
#include "tests/unit/lib/run.h"

static struct world world;

static void set_up(void)
{
    world_init(&world, 37);
}

static void tear_down(void)
{
    world_done(&world);
}

static void begin(const struct plan *a, const struct plan *b)
{
    script_begin(&world, a, b);
    world_release(&world);
}

// 20 minutes with CHILD_SAs of a minute and IKE SAs of three, the same on both sides: no packet is lost, and there is
// never more than what a replacement needs.
START_TEST(both_sides_replace)
{
    struct lifetime minute = {.rekey_ms = 60000, .hard_ms = 90000, .jitter_percent = (uint32_t)_i};
    struct lifetime longer = {.rekey_ms = 180000, .hard_ms = 250000, .jitter_percent = (uint32_t)_i};
    struct plan plan = {.child_lifetime = minute, .ike_lifetime = longer};
    begin(&plan, &plan);
    uint64_t ike = script_ike(A)->spi_i;
    for (int second = 0; second < 1200; second++) {
        world_run(&world, 1000);
        ck_assert_uint_le(world_esp_sas(&world, A), 3);
        ck_assert_uint_le(world_ike_sas(&world, A), 3);
    }
    ck_assert_uint_ge(world.gateway[A].installs, 18);
    ck_assert_uint_le(world.gateway[A].installs, 60);
    ck_assert_uint_ne(script_ike(A)->spi_i, ike);
    ck_assert_msg(world.data.lost == 0 && world.data.unsent == 0, "%s", world.data.why);
    world_run(&world, 10000);
    ck_assert_uint_eq(world_tunnel(&world, A)->state, TUNNEL_STATE_UP);
}
END_TEST

// Only one side has limits; it is always that one that replaces.
START_TEST(one_side_replaces)
{
    struct plan limited = {.child_lifetime = {.rekey_ms = 60000, .hard_ms = 120000},
                           .ike_lifetime = {.rekey_ms = 100000, .hard_ms = 200000}};
    begin(_i == A ? &limited : NULL, _i == A ? NULL : &limited);
    world_run(&world, 330000);
    ck_assert_msg(world_is_joined(&world), "%s", world_why());
    ck_assert_int_eq(script_maker(A), _i);
    ck_assert_int_eq(script_ike_maker(), _i);
    ck_assert_uint_eq(world.gateway[A].installs, 6);
    come_to_rest(true);
}
END_TEST

// The soft limit comes earlier at random, never later, and not below its share.
START_TEST(jitter_is_within_its_share)
{
    const struct lifetime lifetime = {.rekey_ms = 100000, .jitter_percent = 20};
    struct ike_core *core = &world.gateway[A].core;
    uint64_t now_ms = ike_core_now_ms(core);
    uint64_t least = UINT64_MAX;
    uint64_t most = 0;
    for (int i = 0; i < 1000; i++) {
        uint64_t in_ms = lifetime_begin(&lifetime, core).soft_ms - now_ms;
        least = in_ms < least ? in_ms : least;
        most = in_ms > most ? in_ms : most;
    }
    ck_assert_uint_ge(least, 80000);
    ck_assert_uint_le(least, 81000);
    ck_assert_uint_ge(most, 99000);
    ck_assert_uint_le(most, 100000);
    ck_assert_uint_eq(lifetime_hard(1000), 1251);
    ck_assert_uint_eq(lifetime_hard(0), 0);
    ck_assert_uint_eq(lifetime_hard(UINT64_MAX), UINT64_MAX);
    ck_assert_uint_eq(lifetime_soft(0, 50, core), 0);
}
END_TEST

static bool is_no_rekey(struct world *w, int from, const struct ike_header *header, struct bytes datagram)
{
    (void)w;
    (void)from;
    (void)datagram;
    return header->exchange != EXCHANGE_CREATE_CHILD_SA;
}

static bool is_down(struct world *w)
{
    return world_tunnel(w, A)->state != TUNNEL_STATE_UP;
}

// The peer refuses every rekey: the CHILD_SA goes on until its hard limit, then the tunnel begins anew, and stands
// again.
START_TEST(child_comes_to_its_hard_limit)
{
    static const struct plan here = {.esp = "aes256gcm16-x25519",
                                     .child_lifetime = {.rekey_ms = 60000, .hard_ms = 90000}};
    static const struct plan there = {.esp = "aes256gcm16-ecp384"};
    begin(&here, &there);
    uint64_t ike = script_ike(A)->spi_i;
    world_run(&world, 85000);
    ck_assert_msg(world_is_joined(&world), "%s", world_why());
    ck_assert_uint_eq(script_ike(A)->spi_i, ike);
    ck_assert_uint_eq(world.data.lost + world.data.unsent, 0);
    ck_assert(world_run_until(&world, is_down, 10000));
    world_assert_joined(&world, 60000);
}
END_TEST

// The same with an IKE SA.
START_TEST(ike_sa_comes_to_its_hard_limit)
{
    static const struct plan here = {.ike_lifetime = {.rekey_ms = 60000, .hard_ms = 90000}};
    begin(&here, NULL);
    uint64_t ike = script_ike(A)->spi_i;
    struct tunnel_config *there = world_tunnel(&world, B)->config;
    char error[256];
    const char *other = "aes256gcm16-prfsha256-ecp384";
    struct offer *usual = there->ike_offer;
    ck_assert_int_eq(offer_new(&other, 1, PROPOSAL_IKE, &there->ike_offer, error, sizeof(error)), 0);
    world_run(&world, 85000);
    ck_assert_uint_eq(script_ike(A)->spi_i, ike);
    ck_assert(world_run_until(&world, is_down, 10000));
    offer_free(there->ike_offer);
    there->ike_offer = usual;
    world_assert_joined(&world, 60000);
    ck_assert_uint_ne(script_ike(A)->spi_i, ike);
}
END_TEST

// esp-d says that an SA has carried what it may: soft, it is replaced while it goes on; hard, it carries nothing any
// more.
START_TEST(esp_d_tells_of_an_end)
{
    begin(NULL, NULL);
    bool hard = _i / 2;
    int me = _i % 2;
    recovery_on_expire(&world.gateway[me].core, script_ike(me)->children->spi_in, hard);
    ike_core_run(&world.gateway[me].core);
    world_run(&world, 1000);
    ck_assert_msg(world_is_joined(&world), "%s", world_why());
    ck_assert_uint_eq(world.gateway[A].installs, 2);
    ck_assert_int_eq(script_maker(A), me);
    come_to_rest(!hard);
}
END_TEST

// Nothing gets through when the IKE SA is due: it is the peer that does not answer any more, and all begins anew.
START_TEST(rekey_is_never_answered)
{
    static const struct plan here = {.ike_lifetime = {.rekey_ms = 60000, .hard_ms = 900000}};
    begin(&here, NULL);
    world.filter = is_no_rekey;
    world_run(&world, 58000);
    ck_assert(world_run_until(&world, is_down, 60000));
    world.filter = NULL;
    world_assert_joined(&world, 700000);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("lifetime");
    TCase *t = tcase_create("dialogues");
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, both_sides_replace, 0, 11);
    tcase_add_loop_test(t, one_side_replaces, A, B + 1);
    tcase_add_test(t, jitter_is_within_its_share);
    tcase_add_test(t, child_comes_to_its_hard_limit);
    tcase_add_test(t, ike_sa_comes_to_its_hard_limit);
    tcase_add_loop_test(t, esp_d_tells_of_an_end, 0, 4);
    tcase_add_test(t, rekey_is_never_answered);
    suite_add_tcase(s, t);
    return s;
}

int main(void)
{
    return run_suite(suite());
}
