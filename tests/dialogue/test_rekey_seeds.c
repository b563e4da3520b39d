// Rekeys by chance: both sides replace child and IKE SAs by their lifetimes and by order, with and without PFS, while
// the link loses, doubles and reorders what they send and the clock jumps. Then both agree on one SA pair, nothing is
// left over, and no packet was lost on the way (RFC 7296 2.8, 2.25). BULKHEAD_LONG=1: ten thousand stories;
// BULKHEAD_SEED=N: that one alone.
#include <check.h>
#include <stdlib.h>

#include "ike-d/exch/next_request.h"
#include "ike-d/exch/recovery.h"
#include "ike-d/exch/sa_expiry.h"
#include "tests/dialogue/fake_services.h"
#include "tests/unit/lib/run.h"

#define PARTS       10u
#define SEEDS       1500u
#define SEEDS_LONG  10000u
#define STORM_STEPS 12

static struct world world;

static unsigned seeds(void)
{
    const char *from = getenv("BULKHEAD_SEEDS");
    return from ? (unsigned)strtoul(from, NULL, 10) : getenv("BULKHEAD_LONG") ? SEEDS_LONG : SEEDS;
}

// A tenth or a third of the datagrams suffer, or none: then the pure crossings are looked at.
static void worsen(uint32_t seed)
{
    static const unsigned percents[4] = {0, 5, 15, 30};
    unsigned percent = percents[seed % 4];
    world.drop_percent = percent;
    world.double_percent = percent;
    world.reorder_percent = percent;
    world.work_ms = seed / 4 % 3 * 7;
}

static struct plan plan_of(int side, uint32_t seed)
{
    static const char *const esp[4][2] = {{"aes256gcm16", NULL},
                                          {"aes256gcm16-x25519", NULL},
                                          {"aes256gcm16-x25519", "aes256gcm16"},
                                          {"aes256gcm16", "aes256gcm16-x25519"}};
    unsigned kind = seed / 12 % 3; // 2: each prefers another
    const char *const *own = esp[kind == 2 && side == B ? 3 : kind];
    struct plan plan = {.start = side == A ? TUNNEL_START_UP : TUNNEL_START_PASSIVE,
                        .esp = own[0],
                        .esp_second = own[1],
                        .liveness_s = 20};
    if (seed / 36 % 2) {
        plan.child_lifetime = (struct lifetime){.rekey_ms = 40000, .hard_ms = 400000, .jitter_percent = 20};
        plan.ike_lifetime = (struct lifetime){.rekey_ms = 100000, .hard_ms = 500000, .jitter_percent = 20};
    }
    return plan;
}

static struct ike_sa *line_of(int side)
{
    struct ike_sa *sa = world_tunnel(&world, side)->sas;
    return sa && ike_sa_is_established(sa) ? sa : NULL;
}

static void rekey_child(struct ike_sa *sa)
{
    struct child_sa *child = child_sa_find_state(sa, CHILD_SA_STATE_ESTABLISHED);
    if (child) {
        sa_expiry_replace_child(child);
    }
}

// Something is asked of that side.
static void ask(int side)
{
    struct ike_sa *sa = line_of(side);
    struct child_sa *child = sa ? child_sa_find_state(sa, CHILD_SA_STATE_ESTABLISHED) : NULL;
    switch (world_random(&world, 8)) {
    case 0:
    case 1:
    case 2:
        if (sa) {
            rekey_child(sa);
        }
        break;
    case 3:
    case 4:
        if (sa) {
            sa_expiry_replace_ike(sa);
        }
        break;
    case 5: // esp-d says that it has carried much
        if (child) {
            recovery_on_expire(&world.gateway[side].core, child->spi_in, false);
        }
        break;
    case 6: // a check in between
        if (sa) {
            sa->probe_wanted = true;
            next_request_start(sa);
        }
        break;
    default:
        break;
    }
    ike_core_run(&world.gateway[side].core);
}

static void pause_a_while(void)
{
    uint32_t kind = world_random(&world, 10);
    if (kind < 4) {
        world_run(&world, world_random(&world, 25)); // things cross
    } else if (kind < 8) {
        world_run(&world, world_random(&world, 3000));
    } else if (kind == 8) {
        world_run(&world, world_random(&world, 60000));
    } else {
        world_jump(&world, world_random(&world, 3000));
        world_run(&world, world_random(&world, 500));
    }
}

static void tell(uint32_t seed)
{
    for (int step = 0; step < STORM_STEPS; step++) {
        uint32_t who = world_random(&world, 4); // 2, 3: both at once
        if (who != B) {
            ask(A);
        }
        if (who != A) {
            ask(B);
        }
        pause_a_while();
    }
    (void)seed;
}

static void begin(uint32_t seed)
{
    struct plan a = plan_of(A, seed);
    struct plan b = plan_of(B, seed);
    world_init(&world, seed + 1);
    world_configure(&world, B, &b, 1);
    world_configure(&world, A, &a, 1);
    ck_assert_msg(world_run_until(&world, world_is_joined, 10000), "seed %u, at the start: %s", seed, world_why());
    world.data.on = true;
    worsen(seed);
}

// A request that was lost six times over ends the IKE SA, and traffic with it: that is no rekey's fault.
static bool was_torn_down(uint64_t since_s)
{
    return world_tunnel(&world, A)->since_s > since_s;
}

static void try_seed(uint32_t seed)
{
    begin(seed);
    uint64_t since_s = world_tunnel(&world, A)->since_s;
    tell(seed);
    world.drop_percent = world.double_percent = world.reorder_percent = 0;
    ck_assert_msg(world_run_until(&world, world_is_joined, 300000), "seed %u: %s", seed, world_why());
    world_run(&world, 15000); // what was on the way
    world.data.on = false;
    ck_assert_msg(world_run_until(&world, world_is_joined, 70000), "seed %u, at the end: %s", seed, world_why());
    for (int side = A; side <= B; side++) {
        data_path_forget_retired(&world.gateway[side]);
        ck_assert_uint_eq(world_esp_sas(&world, side), 1);
        ck_assert_uint_eq(world_ike_sas(&world, side), 1);
    }
    ck_assert_msg(was_torn_down(since_s) || world.data.lost + world.data.unsent == 0,
                  "seed %u: %u lost, %u unsent of %u: %s", seed, world.data.lost, world.data.unsent, world.data.sent,
                  world.data.why);
    world_done(&world);
}

START_TEST(seed_ends_in_one_pair)
{
    const char *one = getenv("BULKHEAD_SEED");
    unsigned n = seeds() / PARTS;
    if (one && _i == 0) {
        try_seed((uint32_t)strtoul(one, NULL, 10));
    }
    for (uint32_t seed = (uint32_t)_i * n; !one && seed < ((uint32_t)_i + 1) * n; seed++) {
        try_seed(seed);
    }
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("rekey seeds");
    TCase *t = tcase_create("seeds");
    tcase_set_timeout(t, 1200);
    tcase_add_loop_test(t, seed_ends_in_one_pair, 0, PARTS);
    suite_add_tcase(s, t);
    return s;
}

int main(void)
{
    return run_suite(suite());
}
