// CHILD_SAs that are made and deleted by CREATE_CHILD_SA and DELETE, message by message, also from both sides at once
// (RFC 7296 1.3.1, 1.4.1, 2.25).
#include <check.h>

#include "ike-d/exch/next_request.h"
#include "tests/dialogue/script.h"
#include "tests/unit/lib/run.h"

static struct world world;

static void set_up(void)
{
    world_init(&world, 31);
}

static void tear_down(void)
{
    world_done(&world);
}

// me: delete ->   <- deleted, with the other half of the pair. Who wants it up makes a new one.
START_TEST(one_side_deletes)
{
    script_begin(&world, NULL, NULL);
    say(_i, DELETE_CHILD);
    pass(_i, DELETE);
    pass(!_i, DELETE);
    ck_assert_uint_eq(world_esp_sas(&world, A) + world_esp_sas(&world, B), 0);
    come_to_rest(false);
}
END_TEST

// me: delete ->   <- delete. Neither answer names the pair (RFC 7296 1.4.1).
START_TEST(both_delete)
{
    script_begin(&world, NULL, NULL);
    say(A, DELETE_CHILD);
    say(B, DELETE_CHILD);
    pass(A, DELETE);
    pass(B, DELETE);
    silence(A, DELETE);
    silence(B, DELETE);
    pass(A, "SK ]");
    pass(B, "SK ]");
    come_to_rest(false);
}
END_TEST

// One of both is lost: only the other side is aware of it.
START_TEST(both_delete_and_one_is_lost)
{
    script_begin(&world, NULL, NULL);
    say(A, DELETE_CHILD);
    say(B, DELETE_CHILD);
    lose(!_i, DELETE);
    pass(_i, DELETE);
    pass(!_i, DELETED);
    come_to_rest(false);
}
END_TEST

// me: delete ->   <- rekey the IKE SA   The DELETE is answered as usual, the rekey not now (RFC 7296 2.25.2).
START_TEST(peer_rekeys_the_ike_sa)
{
    script_begin(&world, NULL, NULL);
    uint64_t old = script_ike(A)->spi_i;
    say(_i, DELETE_CHILD);
    say(!_i, REKEY_IKE);
    pass(_i, DELETE);
    pass(!_i, REQUEST);
    pass(!_i, "INFORMATIONAL response");
    pass(_i, NOT_NOW);
    come_to_rest(false);
    ck_assert_uint_ne(script_ike(A)->spi_i, old);
}
END_TEST

// me: delete ->   <- delete the IKE SA
START_TEST(peer_deletes_the_ike_sa)
{
    script_begin(&world, NULL, NULL);
    say(_i, DELETE_CHILD);
    say(!_i, DELETE_IKE);
    pass(_i, DELETE);
    pass(!_i, DELETE);
    world_release(&world);
    world_run(&world, 1000);
    ck_assert_msg(world_is_empty(&world), "%s", world_why());
}
END_TEST

static void lose_child(int side)
{
    child_sa_free(script_ike(side)->children);
}

// me: make one ->   <- made
START_TEST(one_side_creates)
{
    script_begin(&world, NULL, NULL);
    lose_child(A);
    lose_child(B);
    say(_i, CREATE_CHILD);
    pass(_i, REQUEST);
    pass(!_i, MADE);
    come_to_rest(false);
    ck_assert_int_eq(script_maker(A), _i);
}
END_TEST

// A: make one ->   <- B: make one   Two for the same: the one with the lowest nonce goes, by the hand of who made it.
START_TEST(both_create)
{
    script_begin(&world, NULL, NULL);
    lose_child(A);
    lose_child(B);
    script_lowest_nonce(_i);
    say(A, CREATE_CHILD);
    say(B, CREATE_CHILD);
    pass(A, REQUEST);
    pass(B, REQUEST);
    pass(A, MADE);
    pass(B, MADE);
    come_to_rest(false);
    ck_assert_int_eq(script_maker(A), script_winner(_i));
    ck_assert_int_eq(script_maker(B), script_winner(_i));
}
END_TEST

// me: make one ->   <- rekey the IKE SA   Neither now, both later.
START_TEST(create_meets_a_rekey_of_the_ike_sa)
{
    script_begin(&world, NULL, NULL);
    uint64_t old = script_ike(A)->spi_i;
    lose_child(A);
    lose_child(B);
    say(_i, CREATE_CHILD);
    say(!_i, REKEY_IKE);
    pass(_i, "TSi");
    pass(!_i, REQUEST);
    pass(_i, NOT_NOW);
    pass(!_i, NOT_NOW);
    come_to_rest(false);
    ck_assert_uint_ne(script_ike(A)->spi_i, old);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("child delete");
    TCase *t = tcase_create("dialogues");
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, one_side_deletes, A, B + 1);
    tcase_add_test(t, both_delete);
    tcase_add_loop_test(t, both_delete_and_one_is_lost, A, B + 1);
    tcase_add_loop_test(t, peer_rekeys_the_ike_sa, A, B + 1);
    tcase_add_loop_test(t, peer_deletes_the_ike_sa, A, B + 1);
    tcase_add_loop_test(t, one_side_creates, A, B + 1);
    tcase_add_loop_test(t, both_create, 0, LOWEST_KINDS);
    tcase_add_loop_test(t, create_meets_a_rekey_of_the_ike_sa, A, B + 1);
    suite_add_tcase(s, t);
    return s;
}

int main(void)
{
    return run_suite(suite());
}
