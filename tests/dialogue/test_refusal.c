// What can't be: each with its notify on the wire, the right words on both sides, and the way back once it is set right
// (RFC 7296 1.2, 1.3, 2.21).
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "ike-d/exch/missing_secret.h"
#include "ike-d/sa/ike_sa.h"
#include "tests/dialogue/world.h"
#include "tests/unit/lib/run.h"

static struct world world;

static void set_up(void)
{
    world_init(&world, 2);
}

static void tear_down(void)
{
    world_done(&world);
}

static void assert_failure(int side, const char *notify, enum tunnel_side who)
{
    const struct tunnel_failure *failure = world_tunnel(&world, side)->failure;
    ck_assert_ptr_nonnull(failure);
    ck_assert_str_eq(failure->notify, notify);
    ck_assert_int_eq(failure->side, who);
    ck_assert_uint_gt(strlen(failure->message), 10);
}

static void assert_joined(void)
{
    world_assert_joined(&world, 120000);
    ck_assert_ptr_null(world_tunnel(&world, A)->failure);
    ck_assert_ptr_null(world_tunnel(&world, B)->failure);
}

// A: IKE_AUTH with another secret ->   <- B: N(AUTHENTICATION_FAILED)
START_TEST(wrong_secret)
{
    world.gateway[A].secret = "another";
    world_configure_caller(&world, (struct plan){0}, (struct plan){0});
    world_run(&world, 1000);
    assert_failure(A, "AUTHENTICATION_FAILED", TUNNEL_SIDE_REMOTE);
    assert_failure(B, "AUTHENTICATION_FAILED", TUNNEL_SIDE_LOCAL);
    ck_assert(world_is_empty(&world));
    ck_assert_uint_eq(world_tunnel(&world, A)->state, TUNNEL_STATE_DOWN);
    ck_assert_uint_ne(world_tunnel(&world, A)->next_try_s, 0);
    ck_assert_uint_ge(world.gateway[A].attempts_ended, 1);

    world.gateway[A].secret = world.gateway[B].secret;
    assert_joined();
}
END_TEST

// The initiator may be the one that does not believe: it says so in an INFORMATIONAL of its own (RFC 7296 2.21.2).
START_TEST(unexpected_responder_identity)
{
    world_configure_caller(&world, (struct plan){.remote_id = "fqdn:b.example"},
                           (struct plan){.local_id = "fqdn:c.example"});
    world_run(&world, 1000);
    assert_failure(A, "AUTHENTICATION_FAILED", TUNNEL_SIDE_REMOTE); // B knows no b.example
    ck_assert(world_is_empty(&world));
}
END_TEST

START_TEST(identities_that_fit)
{
    struct plan a = {.local_id = "fqdn:a.example", .remote_id = "email:b@example"};
    struct plan b = {.local_id = "email:b@example", .remote_id = "fqdn:a.example"};
    world_configure_caller(&world, a, b);
    assert_joined();
}
END_TEST

START_TEST(no_common_ike_proposal)
{
    world_configure_caller(&world, (struct plan){.ike = "aes256gcm16-prfsha384-ecp384"},
                           (struct plan){.ike = "aes128-sha256-modp2048"});
    world_run(&world, 5000); // a refusal in clear is not believed at once
    assert_failure(A, "NO_PROPOSAL_CHOSEN", TUNNEL_SIDE_REMOTE);
    assert_failure(B, "NO_PROPOSAL_CHOSEN", TUNNEL_SIDE_LOCAL);
    const struct tunnel_failure *failure = world_tunnel(&world, B)->failure;
    ck_assert_ptr_nonnull(strstr(failure->comparison.local, "aes128-sha256-modp2048"));
    ck_assert_ptr_nonnull(strstr(failure->comparison.remote, "aes256gcm16-prfsha384-ecp384"));
    ck_assert_ptr_nonnull(strstr(world_tunnel(&world, A)->failure->comparison.local, "aes256gcm16-prfsha384-ecp384"));
    ck_assert(world_is_empty(&world));
}
END_TEST

// A: KE of group 31 ->   <- B: N(INVALID_KE_PAYLOAD, 19)   A: KE of group 19 ->
START_TEST(another_group)
{
    world_configure_caller(&world, (struct plan){.ike = "aes256gcm16-prfsha256-x25519-ecp256"},
                           (struct plan){.ike = "aes256gcm16-prfsha256-ecp256"});
    assert_joined();
    ck_assert_uint_eq(world.sent_by_exchange[A][0], 2);
    ck_assert_uint_eq(world_ike_sa(&world, B)->suite.ke->id, KE_ECP256);
}
END_TEST

// RFC 7296 1.2: without a CHILD_SA the IKE SA stands all the same.
START_TEST(no_common_esp_proposal)
{
    world_configure_caller(&world, (struct plan){.esp = "aes256gcm16"}, (struct plan){.esp = "aes128-sha1"});
    world_run(&world, 1000);
    assert_failure(A, "NO_PROPOSAL_CHOSEN", TUNNEL_SIDE_REMOTE);
    assert_failure(B, "NO_PROPOSAL_CHOSEN", TUNNEL_SIDE_LOCAL);
    ck_assert_ptr_nonnull(world_ike_sa(&world, A));
    ck_assert_ptr_nonnull(world_ike_sa(&world, B));
    ck_assert_uint_eq(world_esp_sas(&world, A) + world_esp_sas(&world, B), 0);
    ck_assert_uint_eq(world_tunnel(&world, A)->state, TUNNEL_STATE_DOWN);
    world_run(&world, 10000); // the next try is a CREATE_CHILD_SA on the same IKE SA
    ck_assert_uint_ge(world.sent_by_exchange[A][2], 1);
    ck_assert_uint_eq(world.sent_by_exchange[A][0], 1);
}
END_TEST

START_TEST(unacceptable_selectors)
{
    world_configure_caller(&world, (struct plan){0},
                           (struct plan){.local = {"10.2.0.0/24"}, .remote = {"10.77.0.0/24"}});
    world_run(&world, 1000);
    assert_failure(A, "TS_UNACCEPTABLE", TUNNEL_SIDE_REMOTE);
    assert_failure(B, "TS_UNACCEPTABLE", TUNNEL_SIDE_LOCAL);
    ck_assert_ptr_nonnull(strstr(world_tunnel(&world, B)->failure->comparison.local, "10.77.0.0/24"));
    ck_assert_ptr_nonnull(strstr(world_tunnel(&world, B)->failure->comparison.remote, "10.1.0.0/24"));
}
END_TEST

// RFC 7296 2.9: the responder narrows; several selectors share one CHILD_SA.
START_TEST(selectors_are_narrowed)
{
    world_configure_caller(
        &world, (struct plan){.local = {"10.1.0.0/16", "10.9.0.0/24"}, .remote = {"10.2.0.0/16", "10.2.0.0/16"}},
        (struct plan){.local = {"10.2.0.0/24"}, .remote = {"10.1.0.0/16"}});
    assert_joined();
    const struct fake_sa *sa = world.gateway[A].sas;
    char text[SELECTOR_TEXT_MAX];
    ck_assert_str_eq(selector_format(&sa->remote_first, text, sizeof(text)), "10.2.0.0/24");
    ck_assert_str_eq(selector_format(&sa->local_first, text, sizeof(text)), "10.1.0.0/16");
}
END_TEST

START_TEST(several_selectors)
{
    world_configure_caller(
        &world, (struct plan){.local = {"10.1.0.0/24", "fd00:1::/64"}, .remote = {"10.2.0.0/24", "fd00:2::/64"}},
        (struct plan){.local = {"10.2.0.0/24", "fd00:2::/64"}, .remote = {"10.1.0.0/24", "fd00:1::/64"}});
    assert_joined();
    ck_assert_uint_eq(world.gateway[A].sas->local_n, 2);
    ck_assert_uint_eq(world.gateway[B].sas->local_n, 2);
}
END_TEST

START_TEST(missing_secret_then_stored)
{
    world.gateway[A].secret = NULL;
    world_configure_caller(&world, (struct plan){0}, (struct plan){0});
    world_run(&world, 1000);
    ck_assert_uint_eq(world_tunnel(&world, A)->state, TUNNEL_STATE_NEEDS_SECRET);
    assert_failure(A, "SECRET_MISSING", TUNNEL_SIDE_LOCAL);

    world.gateway[A].secret = world.gateway[B].secret;
    tunnel_driver_secret_changed(&world.gateway[A].core, "office");
    world_assert_joined(&world, 1000);
}
END_TEST

static void configure_silent_peer(enum tunnel_start start)
{
    struct plan plan = {.start = start};
    world.gateway[A].secret = NULL;
    world_kill(&world, B);
    world_configure(&world, A, &plan, 1);
    world_run(&world, 100);
}

// pki-d's word comes before the peer's silence: nothing more is sent, and the operator reads what is missing.
START_TEST(missing_secret_ends_the_attempt)
{
    configure_silent_peer(TUNNEL_START_UP);
    ck_assert_uint_eq(world_tunnel(&world, A)->state, TUNNEL_STATE_CONNECTING);
    unsigned sent = world.sent[A];
    missing_secret_found(&world.gateway[A].core, "office", false);
    ck_assert_uint_eq(world_tunnel(&world, A)->state, TUNNEL_STATE_NEEDS_SECRET);
    assert_failure(A, "SECRET_MISSING", TUNNEL_SIDE_LOCAL);
    ck_assert_ptr_null(world_tunnel(&world, A)->sas);
    world_run(&world, 100000);
    ck_assert_uint_eq(world.sent[A], sent);
    ck_assert_uint_eq(world.gateway[A].attempts_ended, 1);

    world_start(&world, B);
    world_configure(&world, B, &(struct plan){.start = TUNNEL_START_PASSIVE}, 1);
    world.gateway[A].secret = world.gateway[B].secret;
    tunnel_driver_secret_changed(&world.gateway[A].core, "office");
    world_assert_joined(&world, 1000);
    missing_secret_found(&world.gateway[A].core, "office", false); // it went meanwhile: no matter to what stands
    ck_assert_uint_eq(world_tunnel(&world, A)->state, TUNNEL_STATE_UP);
}
END_TEST

START_TEST(missing_secret_of_one_that_waits)
{
    configure_silent_peer(_i ? TUNNEL_START_ON_DEMAND : TUNNEL_START_PASSIVE);
    ck_assert_uint_eq(world_tunnel(&world, A)->state, TUNNEL_STATE_WAITING);
    missing_secret_found(&world.gateway[A].core, "office", false);
    ck_assert_uint_eq(world_tunnel(&world, A)->state, TUNNEL_STATE_NEEDS_SECRET);
    assert_failure(A, "SECRET_MISSING", TUNNEL_SIDE_LOCAL);
    tunnel_driver_secret_changed(&world.gateway[A].core, "office");
    ck_assert_uint_eq(world_tunnel(&world, A)->state, TUNNEL_STATE_WAITING);
    tunnel_driver_down(&world.gateway[A].core, "office");
    missing_secret_found(&world.gateway[A].core, "office", false);
    ck_assert_uint_eq(world_tunnel(&world, A)->state, TUNNEL_STATE_DOWN);
    missing_secret_found(&world.gateway[A].core, "nobody", false);
}
END_TEST

START_TEST(pki_away)
{
    world.gateway[A].pki_up = false;
    world_configure_caller(&world, (struct plan){0}, (struct plan){0});
    world_run(&world, 1000);
    assert_failure(A, "UNAVAILABLE", TUNNEL_SIDE_LOCAL);
    world.gateway[A].pki_up = true;
    tunnel_driver_pki_up(&world.gateway[A].core);
    world_assert_joined(&world, 1000);
}
END_TEST

START_TEST(nobody_answers)
{
    struct plan plan = {0};
    world_kill(&world, B);
    world_configure(&world, A, &plan, 1);
    world_run(&world, 76000);
    assert_failure(A, "TIMEOUT", TUNNEL_SIDE_REMOTE);
    ck_assert_uint_eq(world.sent_by_exchange[A][0], 7);
}
END_TEST

START_TEST(peer_from_anywhere)
{
    world_configure_caller(&world, (struct plan){0}, (struct plan){.remote_any = true, .remote_id = "ipv4:192.0.2.1"});
    assert_joined();
    ck_assert_int_eq(tunnel_driver_up(&world.gateway[B].core, "office"), 1);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("refusal");
    TCase *t = tcase_create("dialogues");
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t, wrong_secret);
    tcase_add_test(t, unexpected_responder_identity);
    tcase_add_test(t, identities_that_fit);
    tcase_add_test(t, no_common_ike_proposal);
    tcase_add_test(t, another_group);
    tcase_add_test(t, no_common_esp_proposal);
    tcase_add_test(t, unacceptable_selectors);
    tcase_add_test(t, selectors_are_narrowed);
    tcase_add_test(t, several_selectors);
    tcase_add_test(t, missing_secret_then_stored);
    tcase_add_test(t, missing_secret_ends_the_attempt);
    tcase_add_loop_test(t, missing_secret_of_one_that_waits, 0, 2);
    tcase_add_test(t, pki_away);
    tcase_add_test(t, nobody_answers);
    tcase_add_test(t, peer_from_anywhere);
    suite_add_tcase(s, t);
    return s;
}

int main(void)
{
    return run_suite(suite());
}
