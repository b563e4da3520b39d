// Rekeys of the IKE SA, message by message: alone, at once from both sides, and with deletions in between (RFC
// 7296 1.3.2, 2.8, 2.8.2, 2.18, 2.25.2). Its CHILD_SAs move along untouched.
#include <check.h>

#include "tests/dialogue/script.h"
#include "tests/unit/lib/run.h"

static struct world world;

static void set_up(void)
{
    world_init(&world, 29);
}

static void tear_down(void)
{
    world_done(&world);
}

// The CHILD_SA is the same as before, and nothing was installed.
static void rest_with_the_same_child(void)
{
    unsigned installs = world.gateway[A].installs;
    come_to_rest(true);
    ck_assert_uint_eq(installs, 1);
    ck_assert_uint_eq(world.gateway[A].installs, 1);
    ck_assert_uint_eq(world.gateway[B].installs, 1);
}

// me: rekey ->   <- made   me: delete the old one ->   <- deleted
START_TEST(one_side_rekeys)
{
    script_begin(&world, NULL, NULL);
    uint64_t old = script_ike(A)->spi_i;
    say(_i, REKEY_IKE);
    pass(_i, REQUEST);
    pass(!_i, MADE);
    pass(_i, DELETE);
    pass(!_i, DELETED);
    rest_with_the_same_child();
    ck_assert_uint_ne(script_ike(A)->spi_i, old);
    ck_assert_int_eq(script_ike_maker(), _i);
}
END_TEST

// The new SA is replaced in turn, by either side; CHILD_SAs are made on each.
START_TEST(again_and_again)
{
    script_begin(&world, NULL, NULL);
    world_release(&world);
    for (int i = 0; i < 6; i++) {
        say((_i + i) % 2, REKEY_IKE);
        say(i / 2 % 2, REKEY_CHILD);
        world_run(&world, 10000);
        ck_assert_msg(world_is_joined(&world), "round %d: %s", i, world_why());
        ck_assert_int_eq(script_ike_maker(), (_i + i) % 2);
    }
    come_to_rest(true);
    ck_assert_uint_eq(world.gateway[A].installs, 7);
}
END_TEST

// The Diffie-Hellman of either side takes its time; messages come again meanwhile.
START_TEST(diffie_hellman_is_slow)
{
    script_begin(&world, NULL, NULL);
    say(_i, REKEY_IKE);
    world.work_ms = 800;
    pass_slowly(_i, REQUEST);
    world_run(&world, 1200);
    pass_slowly(_i, REQUEST); // again
    world_run(&world, 1200);
    pass_slowly(!_i, MADE);
    world_run(&world, 3000);
    pass(_i, DELETE);
    rest_with_the_same_child();
    ck_assert_int_eq(script_ike_maker(), _i);
}
END_TEST

// Both take both groups, but not in the same order. The group of the SA that stands is tried first.
START_TEST(group_of_the_old_sa_is_tried_first)
{
    static const struct plan a = {.ike = "aes256gcm16-prfsha256-ecp256-x25519"};
    static const struct plan b = {.ike = "aes256gcm16-prfsha256-x25519"};
    script_begin(&world, _i == A ? &a : &b, _i == A ? &b : &a);
    say(_i, REKEY_IKE);
    pass(_i, REQUEST);
    silence(!_i, NOT_THIS);
    pass(!_i, MADE);
    rest_with_the_same_child();
    ck_assert_int_eq(script_ike_maker(), _i);
}
END_TEST

static struct offer *other_offer(const char *text)
{
    struct offer *offer;
    char error[256];
    ck_assert_int_eq(offer_new(&text, 1, PROPOSAL_IKE, &offer, error, sizeof(error)), 0);
    return offer;
}

// From now on that side would take other proposals than those that the SA was made with.
static void change_offer(int side, const char *text)
{
    struct tunnel_config *config = world_tunnel(&world, side)->config;
    offer_free(config->ike_offer);
    config->ike_offer = other_offer(text);
}

// me: rekey with x25519 ->   <- ecp256   me: rekey with ecp256 ->   <- made
START_TEST(group_is_guessed_wrong)
{
    script_begin(&world, NULL, NULL);
    change_offer(_i, "aes256gcm16-prfsha256-x25519-ecp256");
    change_offer(!_i, "aes256gcm16-prfsha256-ecp256");
    say(_i, REKEY_IKE);
    pass(_i, REQUEST);
    pass(!_i, NOT_THIS);
    pass(_i, REQUEST);
    pass(!_i, MADE);
    rest_with_the_same_child();
    ck_assert_int_eq(script_ike_maker(), _i);
}
END_TEST

// Nothing in common any more: the old SA stays, and it is said why.
START_TEST(no_proposal_in_common)
{
    script_begin(&world, NULL, NULL);
    uint64_t old = script_ike(A)->spi_i;
    change_offer(_i, "aes128gcm16-prfsha256-x25519");
    say(_i, REKEY_IKE);
    pass(_i, REQUEST);
    pass(!_i, "NO_PROPOSAL_CHOSEN");
    silence(_i, DELETE);
    rest_with_the_same_child();
    ck_assert_uint_eq(script_ike(A)->spi_i, old);
}
END_TEST

static int begin_collision(int kind)
{
    script_begin(&world, NULL, NULL);
    script_lowest_nonce(kind);
    say(A, REKEY_IKE);
    say(B, REKEY_IKE);
    return script_winner(kind);
}

// A: rekey ->   <- B: rekey   both answer. The winner deletes the old SA, the loser its own new one.
START_TEST(both_rekey_at_once)
{
    int winner = begin_collision(_i);
    pass(A, REQUEST);
    pass(B, REQUEST);
    pass(A, MADE);
    pass(B, MADE);
    pass(A, DELETE);
    pass(B, DELETE);
    pass(A, DELETED);
    pass(B, DELETED);
    silence(A, DELETE);
    silence(B, DELETE);
    ck_assert_uint_eq(world_ike_sas(&world, A) + world_ike_sas(&world, B), 2);
    rest_with_the_same_child();
    ck_assert_int_eq(script_ike_maker(), winner);
}
END_TEST

// Requests and answers cross while the Diffie-Hellman of both works.
START_TEST(both_rekey_while_diffie_hellman_works)
{
    int winner = begin_collision(_i);
    pass_unfinished(A, REQUEST);
    pass_unfinished(B, REQUEST);
    settle();
    pass_unfinished(A, MADE);
    pass_unfinished(B, MADE);
    settle();
    rest_with_the_same_child();
    ck_assert_int_eq(script_ike_maker(), winner);
}
END_TEST

// Each side would take the group of the other's request.
START_TEST(both_rekey_with_different_groups)
{
    script_begin(&world, NULL, NULL);
    change_offer(A, "aes256gcm16-prfsha256-ecp256-ecp384");
    change_offer(B, "aes256gcm16-prfsha256-ecp384-ecp256");
    script_lowest_nonce(_i);
    say(A, REKEY_IKE);
    say(B, REKEY_IKE);
    pass(A, REQUEST);
    pass(B, REQUEST);
    pass(A, MADE);
    pass(B, MADE);
    rest_with_the_same_child();
    ck_assert_int_eq(script_ike_maker(), script_winner(_i));
}
END_TEST

// A's group is refused after B's rekey was answered: B's stands, and A needs none of its own.
START_TEST(both_rekey_and_a_group_is_refused)
{
    script_begin(&world, NULL, NULL);
    change_offer(A, "aes256gcm16-prfsha256-ecp256-ecp384");
    change_offer(B, "aes256gcm16-prfsha256-ecp384");
    script_lowest_nonce(_i);
    say(A, REKEY_IKE);
    say(B, REKEY_IKE);
    pass(A, REQUEST);
    pass(B, REQUEST);
    pass(B, NOT_THIS);
    silence(A, REQUEST);
    pass(A, MADE);
    rest_with_the_same_child();
    ck_assert_int_eq(script_ike_maker(), B);
}
END_TEST

// A's second request is late: to B it looks as if there were no collision.
START_TEST(second_request_is_late)
{
    script_begin(&world, NULL, NULL);
    change_offer(A, "aes256gcm16-prfsha256-ecp256-ecp384");
    change_offer(B, "aes256gcm16-prfsha256-ecp384");
    say(A, REKEY_IKE);
    pass(A, REQUEST);
    pass(B, NOT_THIS);
    say(B, REKEY_IKE);
    pass(B, REQUEST);
    pass(A, MADE);
    if (_i == 0) {
        pass(A, REQUEST);
        pass(B, NOT_NOW);
        pass(B, DELETE);
    } else if (_i == 1) {
        pass(B, DELETE);
        pass(A, REQUEST);
    } else {
        lose(A, REQUEST);
        pass(B, DELETE);
        pass(A, DELETED);
    }
    rest_with_the_same_child();
    ck_assert_int_eq(script_ike_maker(), B);
}
END_TEST

// B's answer is late: B has settled the collision, and deletes what has to go, before A knows that there is one.
//   A: rekey ->   <- B: rekey   A: made ->   <- B: delete (the old SA, or its own)   ...   <- B: made
START_TEST(answer_is_late)
{
    int winner = begin_collision(_i);
    pass(A, REQUEST);
    pass(B, REQUEST);
    pass(A, MADE);
    pass(B, DELETE);
    pass(A, DELETED);
    pass(B, MADE);
    rest_with_the_same_child();
    ck_assert_int_eq(script_ike_maker(), winner);
}
END_TEST

// B's answer is lost. When B has won, A never gets it again, for the old SA is gone: A's SA at B goes by itself.
START_TEST(answer_is_lost)
{
    int winner = begin_collision(_i);
    pass(A, REQUEST);
    pass(B, REQUEST);
    pass(A, MADE);
    lose(B, MADE);
    pass(B, DELETE);
    pass(A, DELETED);
    rest_with_the_same_child();
    ck_assert_int_eq(script_ike_maker(), winner);
}
END_TEST

// A's request is lost: B has no idea of a collision.
START_TEST(request_is_lost)
{
    (void)begin_collision(_i);
    lose(A, REQUEST);
    pass(B, REQUEST);
    pass(A, MADE);
    pass(B, DELETE);
    pass(A, DELETED);
    rest_with_the_same_child();
    ck_assert_int_eq(script_ike_maker(), B);
}
END_TEST

// A's request is late: B is deleting the old SA by then.
START_TEST(request_is_late)
{
    (void)begin_collision(_i);
    pass(B, REQUEST);
    pass(A, MADE);
    pass(A, REQUEST);
    pass(B, DELETE);
    pass(A, DELETED);
    pass(B, NOT_NOW);
    rest_with_the_same_child();
    ck_assert_int_eq(script_ike_maker(), B);
}
END_TEST

// The same, and A hears the refusal first: what B has made takes over.
START_TEST(refusal_comes_before_the_delete)
{
    (void)begin_collision(_i);
    pass(B, REQUEST);
    pass(A, MADE);
    pass(A, REQUEST);
    pass(B, NOT_NOW);
    silence(A, REQUEST);
    pass(B, DELETE);
    pass(A, DELETED);
    rest_with_the_same_child();
    ck_assert_int_eq(script_ike_maker(), B);
}
END_TEST

// A's request reaches B while B works on A's answer: it is not looked at.
START_TEST(request_comes_in_the_middle)
{
    (void)begin_collision(_i);
    pass(B, REQUEST);
    pass_unfinished(A, MADE);
    pass(A, REQUEST);
    silence(B, MADE);
    rest_with_the_same_child();
    ck_assert_int_eq(script_ike_maker(), B);
}
END_TEST

// B has nothing of a rekey on the wire yet when A's comes: it has none of its own then.
START_TEST(request_comes_before_ours_is_sent)
{
    script_begin(&world, NULL, NULL);
    say(A, REKEY_IKE);
    script_ike(B)->rekey_wanted = true;
    pass_unfinished(A, REQUEST);
    settle();
    silence(B, REQUEST);
    pass(B, MADE);
    rest_with_the_same_child();
    ck_assert_int_eq(script_ike_maker(), A);
}
END_TEST

// me: rekey ->   <- delete
START_TEST(peer_deletes_at_the_same_time)
{
    script_begin(&world, NULL, NULL);
    say(_i, REKEY_IKE);
    say(!_i, DELETE_IKE);
    pass(_i, REQUEST);
    pass(!_i, DELETE);
    pass(_i, DELETED);
    world_release(&world);
    world_run(&world, 1000);
    ck_assert_msg(world_is_empty(&world), "%s", world_why());
}
END_TEST

// The DELETE is lost: we hear "not now" first, and the DELETE when it is repeated.
START_TEST(refusal_comes_before_the_delete_of_all)
{
    script_begin(&world, NULL, NULL);
    say(_i, REKEY_IKE);
    say(!_i, DELETE_IKE);
    pass(_i, REQUEST);
    lose(!_i, DELETE);
    pass(!_i, NOT_NOW);
    silence(_i, REQUEST);
    world_release(&world);
    world_run(&world, 1000);
    ck_assert_msg(world_is_empty(&world), "%s", world_why());
}
END_TEST

// The peer's DELETE comes while we work on its answer: both have the new SA, and the DELETE of the old one means all.
START_TEST(delete_comes_in_the_middle)
{
    script_begin(&world, NULL, NULL);
    say(_i, REKEY_IKE);
    pass(_i, REQUEST);
    say(!_i, DELETE_IKE); // of the new one
    pass_unfinished(!_i, MADE);
    settle();
    world_release(&world);
    world_run(&world, 10000);
    ck_assert_msg(world_is_empty(&world), "%s", world_why());
}
END_TEST

// me: delete ->   <- delete. Both answer, both are done.
START_TEST(both_delete)
{
    script_begin(&world, NULL, NULL);
    say(A, DELETE_IKE);
    say(B, DELETE_IKE);
    pass(A, DELETE);
    pass(B, DELETE);
    pass(A, DELETED);
    pass(B, DELETED);
    ck_assert_msg(world_is_empty(&world), "%s", world_why());
}
END_TEST

START_TEST(one_side_deletes)
{
    script_begin(&world, NULL, NULL);
    say(_i, DELETE_IKE);
    pass(_i, DELETE);
    pass(!_i, DELETED);
    ck_assert_msg(world_is_empty(&world), "%s", world_why());
}
END_TEST

static void add_collisions(TCase *t)
{
    tcase_add_loop_test(t, both_rekey_at_once, 0, LOWEST_KINDS);
    tcase_add_loop_test(t, both_rekey_while_diffie_hellman_works, 0, LOWEST_KINDS);
    tcase_add_loop_test(t, both_rekey_with_different_groups, 0, LOWEST_KINDS);
    tcase_add_loop_test(t, both_rekey_and_a_group_is_refused, 0, LOWEST_KINDS);
    tcase_add_loop_test(t, second_request_is_late, 0, 3);
    tcase_add_loop_test(t, answer_is_late, 0, LOWEST_KINDS);
    tcase_add_loop_test(t, answer_is_lost, 0, LOWEST_KINDS);
    tcase_add_loop_test(t, request_is_lost, 0, LOWEST_KINDS);
    tcase_add_loop_test(t, request_is_late, 0, LOWEST_KINDS);
    tcase_add_loop_test(t, refusal_comes_before_the_delete, 0, LOWEST_KINDS);
    tcase_add_loop_test(t, request_comes_in_the_middle, 0, LOWEST_KINDS);
    tcase_add_test(t, request_comes_before_ours_is_sent);
}

static Suite *suite(void)
{
    Suite *s = suite_create("IKE rekey");
    TCase *t = tcase_create("dialogues");
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, one_side_rekeys, A, B + 1);
    tcase_add_loop_test(t, again_and_again, A, B + 1);
    tcase_add_loop_test(t, diffie_hellman_is_slow, A, B + 1);
    tcase_add_loop_test(t, group_of_the_old_sa_is_tried_first, A, B + 1);
    tcase_add_loop_test(t, group_is_guessed_wrong, A, B + 1);
    tcase_add_loop_test(t, no_proposal_in_common, A, B + 1);
    add_collisions(t);
    tcase_add_loop_test(t, peer_deletes_at_the_same_time, A, B + 1);
    tcase_add_loop_test(t, refusal_comes_before_the_delete_of_all, A, B + 1);
    tcase_add_loop_test(t, delete_comes_in_the_middle, A, B + 1);
    tcase_add_test(t, both_delete);
    tcase_add_loop_test(t, one_side_deletes, A, B + 1);
    suite_add_tcase(s, t);
    return s;
}

int main(void)
{
    return run_suite(suite());
}
