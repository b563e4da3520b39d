// What `bhctl tunnels explain` says in every state: what a tunnel waits for, which steps went well, and what deserves a
// look though it works.
#include <check.h>
#include <string.h>

#include "ike-d/exch/explanation.h"
#include "tests/dialogue/world.h"
#include "tests/unit/lib/run.h"

static struct world world;
static struct explanation explained;

static void set_up(void)
{
    world_init(&world, 23);
}

static void tear_down(void)
{
    world_done(&world);
}

static void explain(int side)
{
    explanation_make(world_tunnel(&world, side), &explained);
}

static void assert_summary(const char *piece)
{
    ck_assert_msg(strstr(explained.summary, piece) != NULL, "\"%s\" is not in \"%s\"", piece, explained.summary);
}

static void assert_step(const char *name, enum explanation_result result, const char *piece)
{
    for (unsigned i = 0; i < explained.steps_n; i++) {
        const struct explanation_step *step = &explained.steps[i];
        if (strcmp(step->name, name) == 0) {
            ck_assert_int_eq(step->result, result);
            ck_assert_msg(strstr(step->text, piece) != NULL, "%s: \"%s\" is not in \"%s\"", name, piece, step->text);
            return;
        }
    }
    ck_abort_msg("there is no step %s", name);
}

static void assert_warning(const char *piece)
{
    for (unsigned i = 0; i < explained.warnings_n; i++) {
        if (strstr(explained.warnings[i], piece)) {
            return;
        }
    }
    ck_abort_msg("no warning has \"%s\"; the first is \"%s\"", piece,
                 explained.warnings_n ? explained.warnings[0] : "");
}

START_TEST(up)
{
    world_configure_both(&world, TUNNEL_START_UP, TUNNEL_START_PASSIVE);
    world_assert_joined(&world, 10000);
    for (int side = A; side <= B; side++) {
        explain(side);
        assert_summary("It is up, with 192.0.2.");
        assert_summary("(Bulkhead)");
        assert_step("IKE_SA_INIT", EXPLANATION_DONE, "aes256gcm16-prfsha256-x25519");
        assert_step("IKE_AUTH", EXPLANATION_DONE, "both proved it");
        assert_step("CHILD_SA", EXPLANATION_DONE, "10.1.0.0/24");
    }
}
END_TEST

START_TEST(waiting)
{
    world_configure_both(&world, TUNNEL_START_ON_DEMAND, TUNNEL_START_PASSIVE);
    world_run(&world, 1000);
    explain(A);
    assert_summary("the first packet that needs it: from 10.1.0.0/24 === 10.2.0.0/24");
    assert_step("IKE_SA_INIT", EXPLANATION_NOT_REACHED, "192.0.2.2");
    assert_step("CHILD_SA", EXPLANATION_PENDING, "10.1.0.0/24");
    explain(B);
    assert_summary("It waits for the peer to call from 192.0.2.1 (start: passive)");
}
END_TEST

START_TEST(held_down)
{
    world_configure_both(&world, TUNNEL_START_UP, TUNNEL_START_PASSIVE);
    ck_assert_int_eq(tunnel_driver_down(&world.gateway[A].core, "office"), 0);
    world_run(&world, 40000);
    explain(A);
    assert_summary("An operator holds it down. `bhctl tunnels up office` ends that.");
}
END_TEST

START_TEST(no_secret)
{
    world.gateway[A].secret = NULL;
    world_configure_both(&world, TUNNEL_START_UP, TUNNEL_START_PASSIVE);
    world_run(&world, 1000);
    explain(A);
    assert_summary("It waits for its secret.");
    assert_step("secret", EXPLANATION_FAILED, "bhctl secrets set net < FILE");
}
END_TEST

START_TEST(peer_silent)
{
    world_kill(&world, B);
    world_configure(&world, A, &(struct plan){0}, 1);
    world_run(&world, 500);
    explain(A);
    assert_summary("It is being set up.");
    assert_step("IKE_SA_INIT", EXPLANATION_PENDING, "sent to 192.0.2.2:500");
    assert_step("IKE_AUTH", EXPLANATION_NOT_REACHED, "after IKE_SA_INIT");
    world_run(&world, 75500); // all repeats, and not yet the next attempt
    explain(A);
    assert_step("IKE_SA_INIT", EXPLANATION_FAILED, "192.0.2.2:500");
    assert_summary("192.0.2.2:500 did not answer");
}
END_TEST

START_TEST(key_refused)
{
    world.gateway[A].secret = "another";
    world_configure_both(&world, TUNNEL_START_UP, TUNNEL_START_PASSIVE);
    world_run(&world, 1000);
    explain(A);
    assert_summary("did not accept our identity or our key");
    assert_step("IKE_SA_INIT", EXPLANATION_DONE, "answered by 192.0.2.2");
    assert_step("IKE_AUTH", EXPLANATION_FAILED, "sent to 192.0.2.2");
    explain(B);
    assert_step("IKE_SA_INIT", EXPLANATION_DONE, "came from 192.0.2.1");
    assert_step("IKE_AUTH", EXPLANATION_FAILED, "came from 192.0.2.1");
}
END_TEST

// What works, and yet: an old cipher, less than was asked for, another tunnel's networks.
START_TEST(warnings)
{
    struct plan a[2] = {{.esp = "3des-sha1", .local = {"10.1.0.0/16"}},
                        {.name = "twin", .start = TUNNEL_START_PASSIVE, .local = {"10.1.0.0/16"}, .remote_any = true}};
    struct plan b = {.start = TUNNEL_START_PASSIVE, .esp = "3des-sha1"};
    world_configure(&world, B, &b, 1);
    world_configure(&world, A, a, 2);
    world_assert_joined(&world, 10000);
    explanation_make(ike_core_find_tunnel(&world.gateway[A].core, "office"), &explained);
    assert_warning("3des is old and weak, in a CHILD_SA");
    assert_warning("10.1.0.0/16 === 10.2.0.0/24 is not carried as a whole");
    assert_warning("is also what tunnel twin protects; that one comes later");
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("explanation");
    TCase *t = tcase_create("dialogues");
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t, up);
    tcase_add_test(t, waiting);
    tcase_add_test(t, held_down);
    tcase_add_test(t, no_secret);
    tcase_add_test(t, peer_silent);
    tcase_add_test(t, key_refused);
    tcase_add_test(t, warnings);
    suite_add_tcase(s, t);
    return s;
}

int main(void)
{
    return run_suite(suite());
}
