// Post-quantum pre-shared keys (RFC 8784 3, its table), and IKE SAs that begin without a CHILD_SA (RFC 6023).
#include <check.h>
#include <string.h>

#include "ike-d/exch/next_request.h"
#include "ike-d/sa/ike_sa.h"
#include "tests/dialogue/world.h"
#include "tests/unit/lib/run.h"

static struct world world;

static void set_up(void)
{
    world_init(&world, 8);
}

static void tear_down(void)
{
    world_done(&world);
}

enum outcome { PPK, PLAIN, REFUSED_BY_A, REFUSED_BY_B };

struct side {
    const char *id;    // NULL: no PPK is configured
    const char *value; // NULL: it is not stored
    bool optional;
};

static const struct {
    struct side a, b;
    enum outcome outcome;
} rows[] = {
    {{"k", "v"}, {"k", "v"}, PPK},
    {{"k", "v", true}, {"k", "v"}, PPK},
    {{"k", "v"}, {"k", "v", true}, PPK},
    {{"k", "v", true}, {"k", "v", true}, PPK},
    {{"k", "v"}, {0}, REFUSED_BY_A}, // no USE_PPK comes back
    {{"k", "v", true}, {0}, PLAIN},
    {{0}, {"k", "v"}, REFUSED_BY_B},
    {{0}, {"k", "v", true}, PLAIN},
    {{"k", "v"}, {"other", "v"}, REFUSED_BY_B},
    {{"k", "v"}, {"other", "v", true}, REFUSED_BY_B}, // no NO_PPK_AUTH comes along
    {{"k", "v", true}, {"other", "v"}, REFUSED_BY_B},
    {{"k", "v", true}, {"other", "v", true}, PLAIN}, // by NO_PPK_AUTH
    {{"k", "v"}, {"k", "w"}, REFUSED_BY_B},
    {{"k", "v", true}, {"k", "w", true}, REFUSED_BY_B}, // a key of that id is used, RFC 8784 3
    {{"k", NULL, true}, {"k", "v", true}, PLAIN},
    {{"k", NULL, true}, {"k", "v"}, REFUSED_BY_B},
    {{"k", "v", true}, {"k", NULL, true}, PLAIN},
};

static void configure_row(int row)
{
    world.gateway[A].ppk = rows[row].a.value;
    world.gateway[B].ppk = rows[row].b.value;
    world_configure_caller(&world, (struct plan){.ppk_id = rows[row].a.id, .ppk_optional = rows[row].a.optional},
                           (struct plan){.ppk_id = rows[row].b.id, .ppk_optional = rows[row].b.optional});
}

START_TEST(keys_of_two)
{
    enum outcome outcome = rows[_i].outcome;
    configure_row(_i);
    if (outcome == PPK || outcome == PLAIN) {
        world_assert_joined(&world, 1000);
        for (int side = A; side <= B; side++) {
            ck_assert_int_eq(world_ike_sa(&world, side)->own_features.ppk, outcome == PPK);
        }
        return;
    }
    world_run(&world, 1500);
    ck_assert_uint_eq(world_esp_sas(&world, A) + world_esp_sas(&world, B), 0);
    const struct tunnel_failure *failure = world_tunnel(&world, outcome == REFUSED_BY_A ? A : B)->failure;
    ck_assert_ptr_nonnull(failure);
    ck_assert_str_eq(failure->notify, "AUTHENTICATION_FAILED");
    ck_assert_int_eq(failure->side, TUNNEL_SIDE_LOCAL);
    failure = world_tunnel(&world, A)->failure;
    ck_assert_str_eq(failure->notify, "AUTHENTICATION_FAILED");
}
END_TEST

START_TEST(key_is_missing)
{
    world.gateway[A].ppk = _i == A ? NULL : "v";
    world.gateway[B].ppk = _i == B ? NULL : "v";
    world_configure_caller(&world, (struct plan){.ppk_id = "k"}, (struct plan){.ppk_id = "k"});
    world_run(&world, 1000);
    const struct tunnel *tunnel = world_tunnel(&world, _i);
    ck_assert_str_eq(tunnel->failure->notify, "SECRET_MISSING");
    ck_assert_ptr_nonnull(strstr(tunnel->failure->message, "post-quantum"));
    world.gateway[_i].ppk = "v";
    tunnel_driver_secret_changed(&world.gateway[_i].core, "office");
    world_assert_joined(&world, 10000);
}
END_TEST

// Rekeyed SAs come from mixed keys: both sides derive the same.
START_TEST(rekeys_inherit)
{
    configure_row(0);
    world_assert_joined(&world, 1000);
    struct ike_sa *a = world_ike_sa(&world, A);
    uint64_t old = a->spi_i;
    a->rekey_wanted = true;
    next_request_start(a);
    world_run(&world, 1000);
    a = world_ike_sa(&world, A);
    ck_assert_uint_ne(a->spi_i, old);
    ck_assert(a->own_features.ppk);
    a->children->replace_wanted = true;
    next_request_start(a);
    world_run(&world, 60000);
    ck_assert_msg(world_is_joined(&world), "%s", world_why());
}
END_TEST

static const struct {
    enum tunnel_childless a, b;
    bool stands, childless;
} childless_rows[] = {
    {TUNNEL_CHILDLESS_ALLOW, TUNNEL_CHILDLESS_ALLOW, true, false},
    {TUNNEL_CHILDLESS_PREFER, TUNNEL_CHILDLESS_ALLOW, true, true},
    {TUNNEL_CHILDLESS_FORCE, TUNNEL_CHILDLESS_ALLOW, true, true},
    {TUNNEL_CHILDLESS_FORCE, TUNNEL_CHILDLESS_FORCE, true, true},
    {TUNNEL_CHILDLESS_PREFER, TUNNEL_CHILDLESS_NEVER, true, false},
    {TUNNEL_CHILDLESS_NEVER, TUNNEL_CHILDLESS_ALLOW, true, false},
    {TUNNEL_CHILDLESS_FORCE, TUNNEL_CHILDLESS_NEVER, false, false},
};

START_TEST(begins_without_a_child)
{
    world_configure_caller(&world, (struct plan){.childless = childless_rows[_i].a, .esp = "aes256gcm16-x25519"},
                           (struct plan){.childless = childless_rows[_i].b, .esp = "aes256gcm16-x25519"});
    if (!childless_rows[_i].stands) {
        world_run(&world, 1000);
        ck_assert_int_eq(world_tunnel(&world, A)->failure->cause, FAILURE_CAUSE_FEATURE_MISSING);
        return;
    }
    world_assert_joined(&world, 1000);
    ck_assert_uint_eq(world.sent_by_exchange[A][2], childless_rows[_i].childless); // CREATE_CHILD_SA
    ck_assert_uint_eq(world.gateway[A].attempts_ended, 1);
}
END_TEST

// A peer that insists on none in IKE_AUTH gets it by CREATE_CHILD_SA a little later.
START_TEST(refuses_a_first_child)
{
    world_configure_caller(&world, (struct plan){0}, (struct plan){.childless = TUNNEL_CHILDLESS_FORCE});
    world_assert_joined(&world, 20000);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("ppk");
    TCase *t = tcase_create("dialogues");
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, keys_of_two, 0, (int)(sizeof(rows) / sizeof(rows[0])));
    tcase_add_loop_test(t, key_is_missing, A, B + 1);
    tcase_add_test(t, rekeys_inherit);
    tcase_add_loop_test(t, begins_without_a_child, 0, (int)(sizeof(childless_rows) / sizeof(childless_rows[0])));
    tcase_add_test(t, refuses_a_first_child);
    suite_add_tcase(s, t);
    return s;
}

int main(void)
{
    return run_suite(suite());
}
