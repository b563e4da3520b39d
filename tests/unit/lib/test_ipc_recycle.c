// A server of a recycled role goes and its successor comes: no call is lost or answered twice.
#include "tests/unit/lib/ipc_pair.h"

static struct ipc_node *make_recycled(enum role self, struct end *end)
{
    struct ipc_node_config config = {.loop = &loop,
                                     .self = self,
                                     .methods = ipc_methods,
                                     .uid_of_role = uid_of_role,
                                     .name_of_role = role_name,
                                     .handlers = self == ROLE_IKE ? ike_handlers : esp_handlers,
                                     .arg = end,
                                     .recycled = ROLE_BIT(ROLE_ESP),
                                     .on_peer = on_peer};

    return ipc_node_new(&config);
}

static void set_up_caller(void)
{
    set_up();
    ike.node = make_recycled(ROLE_IKE, &ike);
    ck_assert_int_eq(ipc_node_link(ike.node, ROLE_ESP, path), 0);
}

static void set_up_both(void)
{
    set_up_caller();
    start_esp();
    wait_for(&esp.ups, 1);
    wait_for(&ike.ups, 1);
}

START_TEST(a_call_waits_for_the_server)
{
    struct outcome first, second;

    call_spi(&first, 5000);
    call_spi(&second, 5000);
    pass_ms(100);
    ck_assert_int_eq(results, 0);
    start_esp();
    wait_for(&results, 2);
    ck_assert_uint_eq(first.error, 0);
    ck_assert_uint_eq(first.spi, 4711);
    ck_assert_uint_eq(second.error, 0);
}
END_TEST

START_TEST(a_call_waits_no_longer_than_it_may)
{
    struct outcome hasty, patient, cancelled;
    uint64_t id;

    call_spi(&hasty, 200);
    call_spi(&patient, 60000);
    id = call_spi(&cancelled, 60000);
    ipc_call_cancel(ike.node, id);
    wait_for(&results, 1);
    ck_assert_uint_eq(hasty.error, CODE(DEADLINE_EXCEEDED));
    wait_for(&results, 2);
    ck_assert_uint_eq(patient.error, CODE(UNAVAILABLE));
    ck_assert_int_eq(cancelled.count, 0);
}
END_TEST

// One request that the server has taken and not answered, one that it has not even read.
START_TEST(what_was_not_answered_goes_to_the_successor)
{
    struct outcome taken, unread;

    esp.hold = true;
    call_spi(&taken, 5000);
    wait_for(&esp.held_count, 1);
    call_spi(&unread, 5000);
    ipc_request_drop(esp.held[0]);
    ck_assert(!ipc_node_leave(esp.node));
    wait_for(&esp.downs, 1);
    ck_assert_int_eq(esp.held_count, 1);
    ck_assert_int_eq(results, 0);
    ipc_node_free(esp.node);
    esp.hold = false;
    start_esp();
    wait_for(&results, 2);
    ck_assert_uint_eq(taken.error, 0);
    ck_assert_uint_eq(unread.error, 0);
}
END_TEST

START_TEST(what_comes_late_is_left_to_the_successor)
{
    struct outcome under_way, late;

    esp.hold = true;
    call_spi(&under_way, 5000);
    wait_for(&esp.held_count, 1);
    ipc_node_drain(esp.node);
    call_spi(&late, 5000);
    pass_ms(50);
    ck_assert_int_eq(esp.held_count, 1);
    ipc_request_fail(esp.held[0], CODE(NOT_FOUND), "no such SA"); // what was under way can still be answered
    wait_for(&results, 1);
    ck_assert_uint_eq(under_way.error, CODE(NOT_FOUND));
    ipc_node_leave(esp.node);
    wait_for(&esp.downs, 1);
    ipc_node_free(esp.node);
    esp.hold = false;
    start_esp();
    wait_for(&results, 2);
    ck_assert_uint_eq(late.error, 0);
}
END_TEST

// Who has connected a moment ago, and was not even accepted, hears the goodbye as well.
START_TEST(who_just_came_in_is_not_left_standing)
{
    struct outcome outcome;

    ck_assert(!ipc_node_leave(esp.node));
    wait_for(&esp.downs, 1);
    ipc_node_free(esp.node);
    start_esp();
    wait_for(&ike.ups, 2);
    call_spi(&outcome, 5000);
    ck_assert(ipc_node_is_up(ike.node, ROLE_ESP));
    ipc_node_leave(esp.node); // the call lies in its socket, or the connection in its backlog
    wait_for(&esp.downs, 2);
    ipc_node_free(esp.node);
    start_esp();
    wait_for(&results, 1);
    ck_assert_uint_eq(outcome.error, 0);
}
END_TEST

START_TEST(a_sudden_death_is_no_goodbye)
{
    struct outcome outcome;

    esp.hold = true;
    call_spi(&outcome, 5000);
    wait_for(&esp.held_count, 1);
    ipc_node_free(esp.node);
    ipc_request_drop(esp.held[0]);
    esp.node = NULL;
    wait_for(&results, 1);
    ck_assert_uint_eq(outcome.error, CODE(UNAVAILABLE));
}
END_TEST

START_TEST(who_stays_may_not_say_goodbye)
{
    int fd;

    set_up();
    esp.node = make_recycled(ROLE_ESP, &esp);
    fd = ipc_bind(path);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(ipc_node_listen(esp.node, fd, ROLE_IKE), 0);
    ike.node = make_recycled(ROLE_IKE, &ike);
    ck_assert_int_eq(ipc_node_link(ike.node, ROLE_ESP, path), 0);
    log_init("test", LOG_LEVEL_ERROR - 1, LOG_FORMAT_TEXT);
    wait_for(&esp.ups, 1);
    wait_for(&ike.ups, 1);
    ipc_node_leave(ike.node); // is not of a recycled role
    wait_for(&esp.downs, 1);
    tear_down();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ipc_recycle");
    TCase *caller = tcase_create("caller"), *both = tcase_create("both"), *alone = tcase_create("alone");

    tcase_add_checked_fixture(caller, set_up_caller, tear_down);
    tcase_add_test(caller, a_call_waits_for_the_server);
    tcase_add_test(caller, a_call_waits_no_longer_than_it_may);
    suite_add_tcase(suite, caller);
    tcase_add_checked_fixture(both, set_up_both, tear_down);
    tcase_add_test(both, what_was_not_answered_goes_to_the_successor);
    tcase_add_test(both, what_comes_late_is_left_to_the_successor);
    tcase_add_test(both, who_just_came_in_is_not_left_standing);
    tcase_add_test(both, a_sudden_death_is_no_goodbye);
    suite_add_tcase(suite, both);
    tcase_add_test(alone, who_stays_may_not_say_goodbye);
    suite_add_tcase(suite, alone);
    return run_suite(suite);
}
