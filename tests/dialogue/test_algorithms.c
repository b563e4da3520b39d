// Each row of the algorithm table carries a tunnel between two cores; ESN and an optional group; weak ones are told.
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "tests/dialogue/world.h"
#include "tests/unit/lib/run.h"

static struct world world;

static void set_up(void)
{
    world_init(&world, 1);
}

static void tear_down(void)
{
    world_done(&world);
}

static void configure(const char *ike, const char *esp_a, const char *esp_b)
{
    struct plan plan = {.start = TUNNEL_START_UP, .ike = ike, .esp = esp_a};
    world_configure(&world, A, &plan, 1);
    plan.start = TUNNEL_START_PASSIVE;
    plan.esp = esp_b;
    world_configure(&world, B, &plan, 1);
}

static void assert_joined(const char *what)
{
    ck_assert_msg(world_run_until(&world, world_is_joined, 60000), "%s: %s", what, world_why());
}

// With companions that are in no way special.
static void name_suites(const struct algorithm *a, char *ike, char *esp, size_t size)
{
    const struct encr_algorithm *encr = a->type == TRANSFORM_ENCR ? encr_find(a->id, a->key_bits) : NULL;
    (void)snprintf(esp, size, "aes256gcm16");
    switch (a->type) {
    case TRANSFORM_ENCR:
        (void)snprintf(ike, size, "%s%s-prfsha256-x25519", a->name, encr->aead ? "" : "-sha256");
        (void)snprintf(esp, size, "%s%s", a->name, encr->aead ? "" : "-sha256");
        break;
    case TRANSFORM_INTEG:
        (void)snprintf(ike, size, "aes128-%s-prfsha256-x25519", a->name);
        (void)snprintf(esp, size, "aes128-%s", a->name);
        break;
    case TRANSFORM_PRF:
        (void)snprintf(ike, size, "aes128-sha256-%s-x25519", a->name);
        break;
    case TRANSFORM_KE:
        (void)snprintf(ike, size, "aes256gcm16-prfsha256-%s", a->name);
        break;
    default:
        (void)snprintf(ike, size, "aes256gcm16-prfsha256-x25519");
        (void)snprintf(esp, size, "aes256gcm16-%s", a->name);
    }
}

START_TEST(each_algorithm)
{
    struct algorithm a;
    char ike[96];
    char esp[96];
    bool has_weak_child;
    unsigned expected;
    ck_assert(algorithm_at((unsigned)_i, &a));
    name_suites(&a, ike, esp, sizeof(ike));
    configure(ike, esp, esp);
    assert_joined(ike);
    has_weak_child = a.type == TRANSFORM_ENCR || a.type == TRANSFORM_INTEG;
    expected = a.instead ? 1 + has_weak_child : 0;
    ck_assert_uint_eq(world.gateway[A].weak_events, expected);
    ck_assert_uint_eq(world.gateway[B].weak_events, expected);
    // blocks of 64 bits: not too many under one key
    bool is_short = a.type == TRANSFORM_ENCR && a.id == ENCR_3DES;
    ck_assert_int_eq(world.gateway[A].sas->limits.soft_bytes > 0, is_short);
    ck_assert_uint_le(world.gateway[A].sas->limits.soft_bytes, 1u << 30);
    ck_assert_uint_le(world.gateway[A].sas->limits.hard_bytes, (1u << 30) / 4 * 5 + 1);
    ck_assert_int_eq(world.gateway[A].sas->esn, a.type == TRANSFORM_ESN && a.id == ESN_EXTENDED);
    ck_assert_int_eq(world.gateway[B].sas->esn, a.type == TRANSFORM_ESN && a.id == ESN_EXTENDED);
}
END_TEST

// What each side wants of sequence numbers; the responder's order rules.
START_TEST(sequence_numbers_are_negotiated)
{
    static const struct {
        const char *initiator;
        const char *responder;
        bool esn;
    } cases[] = {
        {"aes256gcm16-esn-noesn", "aes256gcm16", false},
        {"aes256gcm16-esn-noesn", "aes256gcm16-esn", true},
        {"aes256gcm16-esn-noesn", "aes256gcm16-noesn-esn", false},
        {"aes256gcm16-noesn-esn", "aes256gcm16-esn-noesn", true},
        {"aes256gcm16", "aes256gcm16-esn-noesn", false},
    };
    configure("aes256gcm16-prfsha256-x25519", cases[_i].initiator, cases[_i].responder);
    assert_joined(cases[_i].initiator);
    ck_assert_int_eq(world.gateway[A].sas->esn, cases[_i].esn);
    ck_assert_int_eq(world.gateway[B].sas->esn, cases[_i].esn);
}
END_TEST

START_TEST(one_side_insists_on_esn)
{
    configure("aes256gcm16-prfsha256-x25519", "aes256gcm16", "aes256gcm16-esn");
    ck_assert(!world_run_until(&world, world_is_joined, 10000));
    ck_assert_ptr_nonnull(world_tunnel(&world, B)->failure);
    ck_assert_msg(strstr(world_tunnel(&world, B)->failure->message, "no common ESN: local esn, remote noesn"), "%s",
                  world_tunnel(&world, B)->failure->message);
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("algorithms");
    struct algorithm a;
    int n = 0;
    while (algorithm_at((unsigned)n, &a)) {
        n++;
    }
    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_set_timeout(tc, 60);
    tcase_add_loop_test(tc, each_algorithm, 0, n);
    tcase_add_loop_test(tc, sequence_numbers_are_negotiated, 0, 5);
    tcase_add_test(tc, one_side_insists_on_esn);
    return run_case(tc);
}
