// Rekeys of CHILD_SAs, message by message: alone, at once from both sides, and with deletions and rekeys of the IKE SA
// in between (RFC 7296 2.8, 2.8.1, 2.25). All dialogues are told from either side, and with and without a
// Diffie-Hellman of their own, where that makes a difference: the exchange then waits for it in the middle.
#include <check.h>

#include "ike-d/exch/next_request.h"
#include "tests/dialogue/script.h"
#include "tests/unit/lib/run.h"

static struct world world;
static const struct plan pfs = {.esp = "aes256gcm16-x25519"};

static void set_up(void)
{
    world_init(&world, 23);
}

static void tear_down(void)
{
    world_done(&world);
}

// Who talks first, and with which plan: loop index 0-3.
#define SIDES_AND_PFS 4
static int begin(int index)
{
    const struct plan *plan = index / 2 ? &pfs : NULL;
    script_begin(&world, plan, plan);
    return index % 2;
}

// me: rekey ->   <- made   delete the old one ->   <- deleted
START_TEST(one_side_rekeys)
{
    int me = begin(_i);
    unsigned installs = world.gateway[me].installs;
    say(me, REKEY_CHILD);
    pass(me, REKEY);
    pass(!me, MADE);
    pass(me, DELETE);
    pass(!me, DELETED);
    come_to_rest(true);
    ck_assert_int_eq(script_maker(A), me);
    ck_assert_uint_eq(world.gateway[me].installs, installs + 1);
}
END_TEST

// The Diffie-Hellman of either side takes its time; the peer's messages come again meanwhile.
START_TEST(diffie_hellman_is_slow)
{
    script_begin(&world, &pfs, &pfs);
    say(_i, REKEY_CHILD);
    world.work_ms = 800;
    pass_slowly(_i, REKEY);
    world_run(&world, 1200);
    pass_slowly(_i, REKEY); // again
    world_run(&world, 3000);
    pass_slowly(!_i, MADE);
    world_run(&world, 3000);
    come_to_rest(true);
    ck_assert_int_eq(script_maker(A), _i);
}
END_TEST

static const struct plan two_groups = {.esp = "aes256gcm16-x25519-ecp256"};
static const struct plan one_group = {.esp = "aes256gcm16-ecp256"};

// me: rekey with x25519 ->   <- I want ecp256   rekey with ecp256 ->   <- made
START_TEST(group_is_guessed_wrong)
{
    script_begin(&world, _i == A ? &two_groups : &one_group, _i == A ? &one_group : &two_groups);
    say(_i, REKEY_CHILD);
    pass(_i, REKEY);
    pass(!_i, NOT_THIS);
    pass(_i, REKEY);
    pass(!_i, MADE);
    come_to_rest(true);
    ck_assert_int_eq(script_maker(A), _i);
}
END_TEST

// The peer wants a group that is not ours: the first CHILD_SA was made without one, so only now it shows. The old SA
// stays, and it is tried again.
START_TEST(no_group_in_common)
{
    static const struct plan mine = {.esp = "aes256gcm16-x25519"};
    script_begin(&world, _i == A ? &mine : &one_group, _i == A ? &one_group : &mine);
    for (int attempt = 0; attempt < 3; attempt++) {
        say(_i, REKEY_CHILD);
        pass(_i, REKEY);
        pass(!_i, "NO_PROPOSAL_CHOSEN");
        silence(_i, DELETE);
    }
    world_release(&world);
    world_run(&world, 60000);
    ck_assert_msg(world_is_joined(&world), "%s", world_why());
    ck_assert_uint_eq(world.data.lost + world.data.unsent, 0);
}
END_TEST

// While it waits for the DELETE, the peer's own soft limit comes: its SA is replaced already.
START_TEST(peer_is_told_to_rekey_what_is_rekeyed)
{
    int me = begin(_i);
    say(me, REKEY_CHILD);
    pass(me, REKEY);
    struct child_sa *old = child_sa_find_state(script_ike(!me), CHILD_SA_STATE_REKEYED);
    ck_assert_ptr_nonnull(old);
    old->replace_wanted = true;
    next_request_start(old->sa);
    settle();
    silence(!me, REKEY);
    pass(!me, MADE);
    pass(me, DELETE);
    come_to_rest(true);
    ck_assert_int_eq(script_maker(A), me);
}
END_TEST

// ... or its hard limit: it deletes the old one itself, at the same time as the other side or before it.
START_TEST(peer_deletes_what_is_rekeyed)
{
    int me = begin(_i);
    say(me, REKEY_CHILD);
    pass(me, REKEY);
    pass(!me, MADE);
    say(!me, DELETE_OLD);
    pass(!me, DELETE);
    pass(me, DELETE);
    pass(me, DELETED);
    pass(!me, DELETED);
    come_to_rest(true);
    ck_assert_int_eq(script_maker(A), me);
}
END_TEST

// Somebody deletes the new SA at the peer, before the old one is gone.
START_TEST(peer_deletes_the_new_one)
{
    int me = begin(_i);
    say(me, REKEY_CHILD);
    pass(me, REKEY);
    pass(!me, MADE);
    say(!me, DELETE_CHILD);
    pass(!me, DELETE);
    pass(me, DELETED);
    pass(me, DELETE);
    pass(!me, DELETED);
    come_to_rest(false);
}
END_TEST

// The peer has lost the SA: CHILD_SA_NOT_FOUND, and a new one is made from scratch.
START_TEST(peer_has_lost_the_old_one)
{
    int me = begin(_i);
    child_sa_free(script_ike(!me)->children);
    say(me, REKEY_CHILD);
    pass(me, REKEY);
    pass(!me, UNKNOWN);
    silence(me, DELETE);
    come_to_rest(false);
}
END_TEST

// A peer that deletes the old SA itself, though it did not begin: its DELETE may come before its answer.
START_TEST(responder_deletes_out_of_turn)
{
    int me = begin(_i);
    say(me, REKEY_CHILD);
    pass(me, REKEY);
    say(!me, DELETE_OLD);
    pass(!me, DELETE);
    pass(me, DELETED);
    pass(!me, MADE);
    silence(me, DELETE);
    come_to_rest(false);
    ck_assert_int_eq(script_maker(A), me);
}
END_TEST

static bool is_no_delete(struct world *w, int from, const struct ike_header *header, struct bytes datagram)
{
    (void)datagram;
    return from != *(int *)w->filter_arg || header->exchange != EXCHANGE_INFORMATIONAL;
}

// The DELETE of the old SA gets nowhere: the IKE SA ends, and the tunnel begins anew.
START_TEST(delete_is_never_answered)
{
    int me = begin(_i);
    say(me, REKEY_CHILD);
    pass(me, REKEY);
    pass(!me, MADE);
    lose(me, DELETE);
    world.filter = is_no_delete;
    world.filter_arg = &me;
    world_release(&world);
    world_run(&world, 60000);
    world.filter = NULL;
    world_run(&world, 650000); // whoever hears nothing asks after a while
    come_to_rest(false);
}
END_TEST

// me: rekey ->   <- delete   not now, it is being deleted.
START_TEST(peer_deletes_at_the_same_time)
{
    int me = begin(_i);
    say(me, REKEY_CHILD);
    say(!me, DELETE_CHILD);
    pass(me, REKEY);
    pass(!me, DELETE);
    pass(me, DELETED);
    pass(!me, NOT_NOW);
    silence(me, REKEY);
    come_to_rest(false);
}
END_TEST

// The peer answers, and deletes the new SA at once; that reaches us while we work on the answer.
START_TEST(new_one_is_deleted_while_diffie_hellman_works)
{
    script_begin(&world, &pfs, &pfs);
    say(_i, REKEY_CHILD);
    pass(_i, REKEY);
    say(!_i, DELETE_CHILD);
    pass_unfinished(!_i, MADE);
    pass(!_i, DELETE);
    silence(_i, DELETED); // comes again
    come_to_rest(false);
}
END_TEST

// The DELETE is lost: we hear "not now" first, and the DELETE when it is repeated.
START_TEST(refusal_comes_before_the_delete)
{
    int me = begin(_i);
    say(me, REKEY_CHILD);
    say(!me, DELETE_CHILD);
    pass(me, REKEY);
    lose(!me, DELETE);
    pass(!me, NOT_NOW);
    silence(me, REKEY);
    come_to_rest(false);
}
END_TEST

// Our request is late: the SA is gone at both sides before it arrives.
START_TEST(request_comes_after_the_delete)
{
    int me = begin(_i);
    say(me, REKEY_CHILD);
    say(!me, DELETE_CHILD);
    pass(!me, DELETE);
    pass(me, DELETED);
    pass(me, REKEY);
    pass(!me, UNKNOWN);
    silence(me, DELETE);
    come_to_rest(false);
}
END_TEST

// The peer deletes the new SA, of which we don't know yet: our answer names nothing, and the old SA is ours to delete.
START_TEST(new_one_is_deleted_before_the_answer)
{
    int me = begin(_i);
    say(me, REKEY_CHILD);
    pass(me, REKEY);
    say(!me, DELETE_CHILD);
    pass(!me, DELETE);
    pass(me, DELETED);
    pass(!me, MADE);
    pass(me, DELETE);
    pass(!me, DELETED);
    come_to_rest(false);
    for (int side = A; side <= B; side++) {
        ck_assert_uint_eq(world_esp_sas(&world, side), 1);
    }
}
END_TEST

// me: rekey the child ->   <- rekey the IKE SA   Both are refused for now, and both come again (RFC 7296 2.25.2).
START_TEST(peer_rekeys_the_ike_sa)
{
    int me = begin(_i);
    uint64_t ike = script_ike(A)->spi_i;
    uint32_t child = script_ike(A)->children->spi_in;
    say(me, REKEY_CHILD);
    say(!me, REKEY_IKE);
    pass(me, REKEY);
    pass(!me, REQUEST);
    pass(me, NOT_NOW);
    pass(!me, NOT_NOW);
    come_to_rest(true);
    ck_assert_uint_ne(script_ike(A)->spi_i, ike);
    ck_assert_uint_ne(script_ike(A)->children->spi_in, child);
}
END_TEST

// me: rekey the child ->   <- delete the IKE SA
START_TEST(peer_deletes_the_ike_sa)
{
    int me = begin(_i);
    say(me, REKEY_CHILD);
    say(!me, DELETE_IKE);
    pass(me, REKEY);
    pass(!me, DELETE);
    pass(me, DELETED);
    world_release(&world);
    world_run(&world, 1000);
    ck_assert_msg(world_is_empty(&world), "%s", world_why());
    ck_assert_int_ge(tunnel_driver_up(&world.gateway[!me].core, "office"), 0);
    come_to_rest(false);
}
END_TEST

static void add_regular(TCase *t)
{
    tcase_add_loop_test(t, one_side_rekeys, 0, SIDES_AND_PFS);
    tcase_add_loop_test(t, diffie_hellman_is_slow, A, B + 1);
    tcase_add_loop_test(t, group_is_guessed_wrong, A, B + 1);
    tcase_add_loop_test(t, no_group_in_common, A, B + 1);
    tcase_add_loop_test(t, peer_is_told_to_rekey_what_is_rekeyed, 0, SIDES_AND_PFS);
    tcase_add_loop_test(t, peer_deletes_what_is_rekeyed, 0, SIDES_AND_PFS);
    tcase_add_loop_test(t, peer_deletes_the_new_one, 0, SIDES_AND_PFS);
    tcase_add_loop_test(t, peer_has_lost_the_old_one, 0, SIDES_AND_PFS);
    tcase_add_loop_test(t, responder_deletes_out_of_turn, 0, SIDES_AND_PFS);
    tcase_add_loop_test(t, delete_is_never_answered, 0, SIDES_AND_PFS);
}

static void add_deletions(TCase *t)
{
    tcase_add_loop_test(t, peer_deletes_at_the_same_time, 0, SIDES_AND_PFS);
    tcase_add_loop_test(t, new_one_is_deleted_while_diffie_hellman_works, A, B + 1);
    tcase_add_loop_test(t, refusal_comes_before_the_delete, 0, SIDES_AND_PFS);
    tcase_add_loop_test(t, request_comes_after_the_delete, 0, SIDES_AND_PFS);
    tcase_add_loop_test(t, new_one_is_deleted_before_the_answer, 0, SIDES_AND_PFS);
    tcase_add_loop_test(t, peer_rekeys_the_ike_sa, 0, SIDES_AND_PFS);
    tcase_add_loop_test(t, peer_deletes_the_ike_sa, 0, SIDES_AND_PFS);
}

static Suite *suite(void)
{
    Suite *s = suite_create("child rekey");
    TCase *t = tcase_create("dialogues");
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_set_timeout(t, 60);
    add_regular(t);
    add_deletions(t);
    suite_add_tcase(s, t);
    return s;
}

int main(void)
{
    return run_suite(suite());
}
