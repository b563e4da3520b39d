// Who the peer is: patterns of identities, several addresses of one peer, prefixes, and two pre-shared keys while one
// replaces the other (RFC 7296 2.15, 3.5).
#include <check.h>
#include <string.h>

#include "ike-d/sa/ike_sa.h"
#include "tests/dialogue/world.h"
#include "tests/unit/lib/run.h"

static struct world world;

static void set_up(void)
{
    world_init(&world, 5);
}

static void tear_down(void)
{
    world_done(&world);
}

START_TEST(patterns)
{
    static const struct {
        const char *a_id, *b_takes;
        bool fits;
    } rows[] = {
        {"fqdn:x.branch.example", "*.branch.example", true},
        {"fqdn:branch.example", "*.branch.example", false},
        {"email:anna@example.com", "*@example.com", true},
        {"email:anna@example.org", "*@example.com", false},
        {"keyid:0a0b", "any", true},
        {NULL, "any", true},
    };
    world_configure_caller(&world, (struct plan){.local_id = rows[_i].a_id},
                           (struct plan){.remote_any = true, .remote_id = rows[_i].b_takes});
    if (rows[_i].fits) {
        world_assert_joined(&world, 1000);
        return;
    }
    world_run(&world, 1000);
    ck_assert_str_eq(world_tunnel(&world, A)->failure->notify, "AUTHENTICATION_FAILED");
    ck_assert_uint_eq(world_esp_sas(&world, B), 0);
}
END_TEST

// The initiator does not know what the peer calls itself: no IDr, and no INITIAL_CONTACT while it has an SA.
START_TEST(initiator_with_a_pattern)
{
    struct plan a = {.remote_id = _i ? "any" : "*.example"};
    world_configure_caller(&world, a, (struct plan){.local_id = "fqdn:b.example"});
    world_assert_joined(&world, 1000);
    ck_assert_int_eq(world_ike_sa(&world, A)->remote_id.type, IDENTITY_FQDN);
}
END_TEST

START_TEST(initiator_meets_another)
{
    world_configure_caller(&world, (struct plan){.remote_id = "*.elsewhere"},
                           (struct plan){.local_id = "fqdn:b.example"});
    world_run(&world, 1000);
    const struct tunnel *tunnel = world_tunnel(&world, A);
    ck_assert_str_eq(tunnel->failure->notify, "AUTHENTICATION_FAILED");
    ck_assert_ptr_nonnull(strstr(tunnel->failure->message, "fqdn:*.elsewhere"));
    ck_assert_uint_eq(world_esp_sas(&world, B), 0);
}
END_TEST

// An identity that is named wins over a pattern, whichever comes first in the configuration.
START_TEST(named_before_pattern)
{
    struct plan b[2] = {{.name = "branches", .remote_any = true, .remote_id = "*.example"},
                        {.name = "one", .remote_any = true, .remote_id = "fqdn:a.example"}};
    struct plan a = {.local_id = _i ? "fqdn:a.example" : "fqdn:c.example"};
    struct plan swapped[2] = {b[1], b[0]};
    b[0].start = b[1].start = swapped[0].start = swapped[1].start = TUNNEL_START_PASSIVE;
    world_configure(&world, B, _i == 2 ? swapped : b, 2);
    world_configure(&world, A, &a, 1);
    world_assert_joined(&world, 1000);
    ck_assert_str_eq(world_ike_sa(&world, B)->tunnel->config->name, _i ? "one" : "branches");
}
END_TEST

START_TEST(prefixes)
{
    world_configure_caller(&world, (struct plan){0},
                           (struct plan){.remote_prefix = _i ? "192.0.2.0/31" : "198.51.100.0/24"});
    if (_i) {
        world_assert_joined(&world, 1000);
        return;
    }
    world_run(&world, 10000);
    ck_assert_str_eq(world_tunnel(&world, A)->failure->notify, "NO_PROPOSAL_CHOSEN");
}
END_TEST

// The first address is silent: the second is called after 12 s, in the same attempt. After a loss it begins with the
// first one again.
START_TEST(second_address)
{
    world_configure_caller(&world, (struct plan){.remote_first = "192.0.2.77"},
                           (struct plan){.remote_any = true, .remote_id = "ipv4:192.0.2.1"});
    world_run(&world, 10000);
    ck_assert_int_eq(world_tunnel(&world, A)->state, TUNNEL_STATE_CONNECTING);
    world_assert_joined(&world, 5000);
    ck_assert_uint_eq(world_tunnel(&world, A)->turn, 0);
    ck_assert_ptr_null(world_tunnel(&world, A)->failure);
    ck_assert_uint_eq(world.gateway[A].attempts_ended, 1);
}
END_TEST

// Nobody answers: one failure, after both were called; the next attempt begins with the first.
START_TEST(no_address_answers)
{
    world_kill(&world, B);
    struct plan a = {.remote_first = "192.0.2.77"};
    world_configure(&world, A, &a, 1);
    world_run(&world, 80000);
    ck_assert_uint_eq(world.gateway[A].attempts_ended, 0);
    world_run(&world, 10000);
    ck_assert_uint_eq(world.gateway[A].attempts_ended, 1);
    ck_assert_str_eq(world_tunnel(&world, A)->failure->notify, "TIMEOUT");
    ck_assert_uint_eq(world_tunnel(&world, A)->turn, 0);
}
END_TEST

// Both gateways have two keys, in any order; or one of them has got the new one alone.
START_TEST(rotation)
{
    static const struct {
        const char *a, *a_other, *b, *b_other;
        bool a_uses_other; // in the end
    } rows[] = {
        {"old", "new", "old", NULL, false}, {"old", "new", "new", NULL, true},  {"new", "old", "old", NULL, true},
        {"old", NULL, "old", "new", false}, {"new", NULL, "old", "new", false}, {"old", "new", "new", "old", false},
        {NULL, "new", "new", NULL, true},   {"old", NULL, NULL, "old", false},
    };
    struct plan a = {.other_secret = rows[_i].a_other};
    struct plan b = {.other_secret = rows[_i].b_other};
    world.gateway[A].secret = rows[_i].a;
    world.gateway[A].other_secret = rows[_i].a_other;
    world.gateway[B].secret = rows[_i].b;
    world.gateway[B].other_secret = rows[_i].b_other;
    world_configure_caller(&world, a, b);
    world_assert_joined(&world, 1000);
    ck_assert_uint_eq(world.gateway[A].attempts_ended, 1);
    ck_assert_ptr_null(world_tunnel(&world, A)->failure);
    ck_assert_int_eq(world_tunnel(&world, A)->other_secret, rows[_i].a_uses_other);
    // what has worked is used at once the next time
    unsigned before = world.sent_by_exchange[A][1];
    tunnel_driver_down(&world.gateway[A].core, "office");
    world_run(&world, 1000);
    tunnel_driver_up(&world.gateway[A].core, "office");
    world_assert_joined(&world, 1000);
    ck_assert_uint_eq(world.sent_by_exchange[A][1], before + 1);
}
END_TEST

// Neither of two keys is the peer's: one failure a round, and both are tried again the next time.
START_TEST(both_keys_are_wrong)
{
    world.gateway[A].secret = "wrong";
    world.gateway[A].other_secret = "wrong, too";
    world_configure_caller(&world, (struct plan){.other_secret = "other"}, (struct plan){0});
    world_run(&world, 1000);
    ck_assert_str_eq(world_tunnel(&world, A)->failure->notify, "AUTHENTICATION_FAILED");
    ck_assert_uint_eq(world.sent_by_exchange[A][1], 2);
    ck_assert_uint_eq(world.gateway[A].attempts_ended, 1);
    world_run(&world, 3000);
    ck_assert_uint_eq(world.sent_by_exchange[A][1], 4);
    world.gateway[B].secret = "wrong, too";
    world_assert_joined(&world, 10000);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("identity");
    TCase *t = tcase_create("dialogues");
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, patterns, 0, 6);
    tcase_add_loop_test(t, initiator_with_a_pattern, 0, 2);
    tcase_add_test(t, initiator_meets_another);
    tcase_add_loop_test(t, named_before_pattern, 0, 3);
    tcase_add_loop_test(t, prefixes, 0, 2);
    tcase_add_test(t, second_address);
    tcase_add_test(t, no_address_answers);
    tcase_add_loop_test(t, rotation, 0, 8);
    tcase_add_test(t, both_keys_are_wrong);
    suite_add_tcase(s, t);
    return s;
}

int main(void)
{
    return run_suite(suite());
}
