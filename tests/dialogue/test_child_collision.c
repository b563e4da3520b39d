// Rekeys of one CHILD_SA from both sides at once, message by message (RFC 7296 2.8, 2.8.1, 2.25): whatever comes late
// or twice, one new SA stands in the end, that of the winner where both have seen the collision.
#include <check.h>

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

// index 0-3: which nonce is the lowest; 4-7 the same with PFS.
static int begin_collision(int index)
{
    const struct plan *plan = index / LOWEST_KINDS ? &pfs : NULL;
    script_begin(&world, plan, plan);
    script_lowest_nonce(index % LOWEST_KINDS);
    return script_winner(index % LOWEST_KINDS);
}

static void both_rekey(void)
{
    say(A, REKEY_CHILD);
    say(B, REKEY_CHILD);
}

// A: rekey ->   <- B: rekey   both answer, both learn of the collision. The winner deletes the old SA, the loser its
// own.
START_TEST(both_rekey_at_once)
{
    int winner = begin_collision(_i);
    both_rekey();
    pass(A, REKEY);
    pass(B, REKEY);
    pass(A, MADE);
    pass(B, MADE);
    pass(A, DELETE);
    pass(B, DELETE);
    pass(A, DELETED);
    pass(B, DELETED);
    silence(A, DELETE);
    silence(B, DELETE);
    come_to_rest(true);
    ck_assert_int_eq(script_maker(A), winner);
    ck_assert_int_eq(script_maker(B), winner);
}
END_TEST

// The same, but the answers come in while the other's request is still being worked on.
START_TEST(both_rekey_while_diffie_hellman_works)
{
    int winner = begin_collision(LOWEST_KINDS + _i);
    both_rekey();
    pass_unfinished(A, REKEY);
    pass_unfinished(B, REKEY);
    settle();
    pass_unfinished(A, MADE);
    pass_unfinished(B, MADE);
    settle();
    come_to_rest(true);
    ck_assert_int_eq(script_maker(A), winner);
    ck_assert_int_eq(script_maker(B), winner);
}
END_TEST

// One side wants PFS, the other does not, and each takes what the other wants.
START_TEST(both_rekey_one_with_pfs)
{
    static const struct plan with_first = {.esp = "aes256gcm16-x25519", .esp_second = "aes256gcm16"};
    static const struct plan without = {.esp = "aes256gcm16", .esp_second = "aes256gcm16-x25519"};
    script_begin(&world, &with_first, &without);
    script_lowest_nonce(_i);
    both_rekey();
    pass(A, REKEY);
    pass(B, REKEY);
    pass(B, MADE);
    pass(A, MADE);
    come_to_rest(true);
    ck_assert_int_eq(script_maker(A), script_winner(_i));
    ck_assert_int_eq(script_maker(B), script_winner(_i));
}
END_TEST

// B's answer is late: B has settled the collision, and deletes what has to go, before A knows that there is one.
//   A: rekey ->   <- B: rekey   A: made ->   <- B: delete (old or its own)   <- B: made
START_TEST(answer_is_late)
{
    int winner = begin_collision(_i);
    both_rekey();
    pass(A, REKEY);
    pass(B, REKEY);
    pass(A, MADE);
    pass(B, DELETE);
    pass(A, DELETED);
    pass(B, MADE);
    pass(A, DELETE);
    come_to_rest(true);
    ck_assert_int_eq(script_maker(A), winner);
    ck_assert_int_eq(script_maker(B), winner);
}
END_TEST

// ... and B then deletes the new one, too: A's late success is none.
START_TEST(answer_is_late_and_all_is_deleted)
{
    int winner = begin_collision(_i);
    both_rekey();
    pass(A, REKEY);
    pass(B, REKEY);
    pass(A, MADE);
    pass(B, DELETE);
    pass(A, DELETED);
    say(B, DELETE_CHILD);
    pass(B, DELETE);
    pass(A, DELETED);
    pass(B, MADE);
    if (winner == B) {
        pass(A, DELETE); // its own, which lost
    } else {
        pass(A, DELETE); // the old one, as who began the rekey that stood
    }
    come_to_rest(false);
}
END_TEST

// The late answer comes while A works on a repeated request of B's.
START_TEST(answer_is_late_and_repeated)
{
    int winner = begin_collision(LOWEST_KINDS + _i);
    both_rekey();
    pass(A, REKEY);
    pass(B, REKEY);
    pass(A, MADE);
    lose(B, MADE);
    world_run(&world, 1100);
    pass(A, REKEY); // again
    pass(B, MADE);
    come_to_rest(true);
    ck_assert_int_eq(script_maker(A), winner);
    ck_assert_int_eq(script_maker(B), winner);
}
END_TEST

// A's request is late: B has no idea of a collision, and deletes the old SA.
//   A: rekey -> ...   <- B: rekey   A: made ->   <- B: delete   ... -> B: not now
// index % 2: whether the refusal or the DELETE comes first.
START_TEST(request_is_late)
{
    (void)begin_collision(_i / 2);
    both_rekey();
    pass(B, REKEY);
    pass(A, MADE);
    pass(A, REKEY);
    if (_i % 2) {
        pass(B, NOT_NOW);
        silence(A, REKEY);
        pass(B, DELETE);
    } else {
        pass(B, DELETE);
        pass(B, NOT_NOW);
    }
    pass(A, DELETED);
    come_to_rest(true);
    ck_assert_int_eq(script_maker(A), B);
    ck_assert_int_eq(script_maker(B), B);
}
END_TEST

// ... so late that B has deleted the old SA by then.
START_TEST(request_is_very_late)
{
    (void)begin_collision(_i);
    both_rekey();
    pass(B, REKEY);
    pass(A, MADE);
    pass(B, DELETE);
    pass(A, DELETED);
    pass(A, REKEY);
    pass(B, UNKNOWN);
    silence(A, DELETE);
    come_to_rest(true);
    ck_assert_int_eq(script_maker(A), B);
}
END_TEST

// ... and the new one, too.
START_TEST(request_comes_after_all_is_deleted)
{
    (void)begin_collision(_i);
    both_rekey();
    pass(B, REKEY);
    pass(A, MADE);
    pass(B, DELETE);
    pass(A, DELETED);
    say(B, DELETE_CHILD);
    pass(B, DELETE);
    pass(A, DELETED);
    pass(A, REKEY);
    pass(B, UNKNOWN);
    silence(A, DELETE);
    come_to_rest(false);
}
END_TEST

// A's request reaches B while B works on A's answer: it is not looked at, and comes again when all is over.
START_TEST(request_comes_in_the_middle)
{
    (void)begin_collision(LOWEST_KINDS + _i);
    both_rekey();
    pass(B, REKEY);
    pass_unfinished(A, MADE);
    pass(A, REKEY);
    silence(B, MADE);
    pass(B, DELETE);
    come_to_rest(true);
    ck_assert_int_eq(script_maker(A), B);
    ck_assert_int_eq(script_maker(B), B);
}
END_TEST

// Each guesses a group that the other does not take first.
static const struct plan only_x25519 = {.esp = "aes256gcm16-x25519"};

static void begin_with_a_wrong_guess(void)
{
    static const struct plan both = {.esp = "aes256gcm16-ecp256-x25519"};
    script_begin(&world, &both, &only_x25519);
}

// Both rekey; A's group is refused, and it begins anew after B's rekey was answered: B's stands, A's retry is not
// needed.
START_TEST(both_rekey_and_a_group_is_refused)
{
    begin_with_a_wrong_guess();
    script_lowest_nonce(_i);
    both_rekey();
    pass(A, REKEY);
    pass(B, REKEY);
    pass(B, NOT_THIS);
    silence(A, REKEY);
    pass(A, MADE);
    come_to_rest(true);
    ck_assert_int_eq(script_maker(A), B);
    ck_assert_int_eq(script_maker(B), B);
}
END_TEST

// The refusal comes first: A's second request crosses B's.
START_TEST(second_request_crosses)
{
    begin_with_a_wrong_guess();
    script_lowest_nonce(_i);
    world.gateway[B].nonces_n = 0;
    say(A, REKEY_CHILD);
    pass(A, REKEY);
    world.gateway[B].nonces[0] = _i == LOWEST_NI_B ? 0 : 0x80;
    world.gateway[B].nonces[1] = _i == LOWEST_NR_A ? 0 : 0x80;
    world.gateway[B].nonces_n = 2;
    say(B, REKEY_CHILD);
    pass(B, NOT_THIS);
    pass(A, REKEY);
    pass(B, REKEY);
    pass(B, MADE);
    pass(A, MADE);
    come_to_rest(true);
    ck_assert_int_eq(script_maker(A), script_winner(_i));
    ck_assert_int_eq(script_maker(B), script_winner(_i));
}
END_TEST

// The second request is late: to B it looks as if there were no collision.
START_TEST(second_request_is_late)
{
    begin_with_a_wrong_guess();
    say(A, REKEY_CHILD);
    pass(A, REKEY);
    pass(B, NOT_THIS);
    say(B, REKEY_CHILD);
    pass(B, REKEY);
    pass(A, MADE);
    if (_i == 0) {
        pass(A, REKEY);
        pass(B, NOT_NOW);
        pass(B, DELETE);
    } else if (_i == 1) {
        pass(A, REKEY);
        pass(B, DELETE);
        pass(B, NOT_NOW);
    } else {
        pass(B, DELETE);
        pass(A, DELETED);
        pass(A, REKEY);
        pass(B, UNKNOWN);
    }
    come_to_rest(true);
    ck_assert_int_eq(script_maker(A), B);
    ck_assert_int_eq(script_maker(B), B);
}
END_TEST

// A peer that has lost, and deletes the old SA all the same, before A has its answer.
START_TEST(loser_deletes_out_of_turn)
{
    int winner = begin_collision(LOWEST_NI_B);
    ck_assert_int_eq(winner, A);
    both_rekey();
    pass(A, REKEY);
    pass(B, REKEY);
    say(B, DELETE_OLD); // waits for B's line to be free
    pass(A, MADE);
    pass(B, DELETE);
    pass(B, MADE);
    come_to_rest(false);
    ck_assert_int_eq(script_maker(A), A);
}
END_TEST

static void add_collisions(TCase *t)
{
    tcase_add_loop_test(t, both_rekey_at_once, 0, LOWEST_KINDS);
    tcase_add_loop_test(t, both_rekey_while_diffie_hellman_works, 0, LOWEST_KINDS);
    tcase_add_loop_test(t, both_rekey_one_with_pfs, 0, LOWEST_KINDS);
    tcase_add_loop_test(t, answer_is_late, 0, 2 * LOWEST_KINDS);
    tcase_add_loop_test(t, answer_is_late_and_all_is_deleted, 0, 2 * LOWEST_KINDS);
    tcase_add_loop_test(t, answer_is_late_and_repeated, 0, LOWEST_KINDS);
    tcase_add_loop_test(t, request_is_late, 0, 4 * LOWEST_KINDS);
    tcase_add_loop_test(t, request_is_very_late, 0, 2 * LOWEST_KINDS);
    tcase_add_loop_test(t, request_comes_after_all_is_deleted, 0, 2 * LOWEST_KINDS);
    tcase_add_loop_test(t, request_comes_in_the_middle, 0, LOWEST_KINDS);
    tcase_add_loop_test(t, both_rekey_and_a_group_is_refused, 0, LOWEST_KINDS);
    tcase_add_loop_test(t, second_request_crosses, 0, LOWEST_KINDS);
    tcase_add_loop_test(t, second_request_is_late, 0, 3);
    tcase_add_test(t, loser_deletes_out_of_turn);
}

static Suite *suite(void)
{
    Suite *s = suite_create("child collision");
    TCase *t = tcase_create("dialogues");
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_set_timeout(t, 60);
    add_collisions(t);
    suite_add_tcase(s, t);
    return s;
}

int main(void)
{
    return run_suite(suite());
}
