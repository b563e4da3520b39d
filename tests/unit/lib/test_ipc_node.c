// Nodes at work: calls, notifications, deadlines, queues, deaths and returns.
#include "tests/unit/lib/ipc_pair.h"

#include "lib/ipc/ipc_limits.h"

START_TEST(a_call_is_answered)
{
    struct outcome outcome;

    ck_assert_uint_ne(call_spi(&outcome, 0), 0);
    ck_assert_int_eq(outcome.count, 0); // never before ipc_call returns
    wait_for(&outcome.count, 1);
    ck_assert_uint_eq(outcome.error, 0);
    ck_assert_uint_eq(outcome.spi, 4711);
}
END_TEST

START_TEST(a_failure_carries_code_and_text)
{
    Bulkhead__Internal__V1__EspDeleteSaRequest request = BULKHEAD__INTERNAL__V1__ESP_DELETE_SA_REQUEST__INIT;
    struct outcome outcome = {0};

    request.spi_in = 5;
    ipc_call(ike.node, METHOD(ESP_DELETE_SA), &request.base, 0, on_result, &outcome);
    wait_for(&outcome.count, 1);
    ck_assert_uint_eq(outcome.error, CODE(NOT_FOUND));
    ck_assert_str_eq(outcome.text, "no such SA");
}
END_TEST

START_TEST(notifications_go_both_ways)
{
    ck_assert_int_eq(notify_bytes(ike.node, METHOD(ESP_SEND_DATAGRAM), 100), 0);
    wait_for(&esp.datagrams, 1);
    ck_assert_uint_eq(esp.last_bytes, 100);
    ck_assert_int_eq(notify_bytes(esp.node, METHOD(IKE_DATAGRAM), 32768), 0);
    wait_for(&ike.datagrams, 1);
    ck_assert_uint_eq(ike.last_bytes, 32768);
}
END_TEST

START_TEST(what_does_not_fit_is_refused)
{
    Bulkhead__Internal__V1__EspInstallSaRequest request = BULKHEAD__INTERNAL__V1__ESP_INSTALL_SA_REQUEST__INIT;
    struct outcome outcome = {0};

    ck_assert_int_eq(notify_bytes(ike.node, METHOD(ESP_SEND_DATAGRAM), IPC_FRAME_MAX_BYTES - 100), 0);
    wait_for(&esp.datagrams, 1);
    ck_assert_int_eq(notify_bytes(ike.node, METHOD(ESP_SEND_DATAGRAM), IPC_FRAME_MAX_BYTES), -EMSGSIZE);
    request.encr_key_in.len = IPC_FRAME_MAX_BYTES;
    request.encr_key_in.data = calloc(1, IPC_FRAME_MAX_BYTES);
    ipc_call(ike.node, METHOD(ESP_INSTALL_SA), &request.base, 0, on_result, &outcome);
    free(request.encr_key_in.data);
    ck_assert_int_eq(outcome.count, 0);
    wait_for(&outcome.count, 1);
    ck_assert_uint_eq(outcome.error, CODE(RESOURCE_EXHAUSTED));
    ck_assert(ipc_node_is_up(ike.node, ROLE_ESP));
}
END_TEST

START_TEST(only_own_methods_can_be_sent)
{
    Bulkhead__Internal__V1__EspAllocateSpiRequest request = BULKHEAD__INTERNAL__V1__ESP_ALLOCATE_SPI_REQUEST__INIT;
    struct outcome outcome = {0};

    log_init("test", LOG_LEVEL_ERROR - 1, LOG_FORMAT_TEXT);
    ipc_call(esp.node, METHOD(ESP_ALLOCATE_SPI), &request.base, 0, on_result, &outcome);
    wait_for(&outcome.count, 1);
    ck_assert_uint_eq(outcome.error, CODE(PERMISSION_DENIED));
    ipc_call(ike.node, METHOD(ESP_DELETE_SA), &request.base, 0, on_result, &outcome); // another method's message
    wait_for(&outcome.count, 2);
    ck_assert_uint_eq(outcome.error, CODE(PERMISSION_DENIED));
    ck_assert_int_eq(notify_bytes(ike.node, METHOD(IKE_DATAGRAM), 1), -EINVAL);
    ck_assert_int_eq(ipc_notify(ike.node, METHOD(ESP_ALLOCATE_SPI), &request.base), -EINVAL);
}
END_TEST

START_TEST(answers_may_come_late_and_out_of_order)
{
    Bulkhead__Internal__V1__EspAllocateSpiResponse response = BULKHEAD__INTERNAL__V1__ESP_ALLOCATE_SPI_RESPONSE__INIT;
    struct outcome first, second;

    esp.hold = true;
    call_spi(&first, 0);
    call_spi(&second, 0);
    wait_for(&esp.held_count, 2);
    response.spi = 2;
    ipc_request_reply(esp.held[1], &response.base);
    wait_for(&second.count, 1);
    ck_assert_uint_eq(second.spi, 2);
    ck_assert_int_eq(first.count, 0);
    response.spi = 1;
    ipc_request_reply(esp.held[0], &response.base);
    wait_for(&first.count, 1);
    ck_assert_uint_eq(first.spi, 1);
}
END_TEST

// A mistake of the answering daemon reaches the caller as an error, not as silence.
START_TEST(an_answer_that_cannot_be_sent_is_an_error)
{
    Bulkhead__Internal__V1__IkeDatagram wrong = BULKHEAD__INTERNAL__V1__IKE_DATAGRAM__INIT;
    struct outcome outcome;

    log_init("test", LOG_LEVEL_ERROR - 1, LOG_FORMAT_TEXT);
    esp.hold = true;
    call_spi(&outcome, 0);
    wait_for(&esp.held_count, 1);
    ipc_request_reply(esp.held[0], &wrong.base);
    wait_for(&outcome.count, 1);
    ck_assert_uint_eq(outcome.error, CODE(INTERNAL));
}
END_TEST

START_TEST(a_deadline_ends_a_call_once)
{
    Bulkhead__Internal__V1__EspAllocateSpiResponse response = BULKHEAD__INTERNAL__V1__ESP_ALLOCATE_SPI_RESPONSE__INIT;
    struct outcome late, later, good;

    esp.hold = true;
    call_spi(&later, 150);
    call_spi(&late, 50); // an earlier deadline than the one waited for
    wait_for(&late.count, 1);
    ck_assert_int_eq(later.count, 0);
    ck_assert_uint_eq(late.error, CODE(DEADLINE_EXCEEDED));
    wait_for(&later.count, 1);
    ck_assert_uint_eq(later.error, CODE(DEADLINE_EXCEEDED));
    ipc_request_reply(esp.held[0], &response.base);
    ipc_request_reply(esp.held[1], &response.base);
    esp.hold = false;
    call_spi(&good, 0);
    wait_for(&good.count, 1);
    ck_assert_uint_eq(good.error, 0);
    ck_assert_int_eq(late.count, 1);
    ck_assert_int_eq(later.count, 1);
    ck_assert_int_eq(ike.downs, 0);
}
END_TEST

START_TEST(a_cancelled_call_says_nothing)
{
    Bulkhead__Internal__V1__EspAllocateSpiResponse response = BULKHEAD__INTERNAL__V1__ESP_ALLOCATE_SPI_RESPONSE__INIT;
    struct outcome cancelled, good;
    uint64_t id;

    esp.hold = true;
    id = call_spi(&cancelled, 50);
    wait_for(&esp.held_count, 1);
    ipc_call_cancel(ike.node, id);
    ipc_call_cancel(ike.node, id);
    ipc_call_cancel(ike.node, 12345);
    ipc_request_reply(esp.held[0], &response.base);
    esp.hold = false;
    call_spi(&good, 0);
    wait_for(&good.count, 1);
    pass_ms(100);
    ck_assert_int_eq(cancelled.count, 0);
    ck_assert_int_eq(ike.downs, 0);
}
END_TEST

START_TEST(a_death_ends_outstanding_calls_first)
{
    Bulkhead__Internal__V1__EspAllocateSpiResponse response = BULKHEAD__INTERNAL__V1__ESP_ALLOCATE_SPI_RESPONSE__INIT;
    struct outcome outcome[3], away;

    esp.hold = true;
    for (int i = 0; i < 3; i++)
        call_spi(&outcome[i], 0);
    wait_for(&esp.held_count, 3);
    ipc_node_free(esp.node);
    esp.node = NULL;
    wait_for(&ike.downs, 1);
    ck_assert_int_eq(ike.finished_at_down, 3);
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(outcome[i].count, 1);
        ck_assert_uint_eq(outcome[i].error, CODE(UNAVAILABLE));
    }
    ck_assert(!ipc_node_is_up(ike.node, ROLE_ESP));
    ipc_request_reply(esp.held[0], &response.base); // harmless: the connection is gone
    ipc_request_fail(esp.held[1], CODE(INTERNAL), "gone");
    ipc_request_reply(esp.held[2], &response.base);
    call_spi(&away, 0);
    ck_assert_int_eq(away.count, 0);
    wait_for(&away.count, 1);
    ck_assert_uint_eq(away.error, CODE(UNAVAILABLE));
    ck_assert_int_eq(notify_bytes(ike.node, METHOD(ESP_SEND_DATAGRAM), 1), -ENOTCONN);
}
END_TEST

START_TEST(a_link_comes_back)
{
    struct outcome outcome;

    for (int i = 0; i < 3; i++) {
        ipc_node_free(esp.node);
        esp.node = NULL;
        wait_for(&ike.downs, i + 1);
        start_esp();
        wait_for(&ike.ups, i + 2);
    }
    call_spi(&outcome, 0);
    wait_for(&outcome.count, 1);
    ck_assert_uint_eq(outcome.error, 0);
}
END_TEST

START_TEST(freeing_a_node_ends_its_calls)
{
    Bulkhead__Internal__V1__EspAllocateSpiResponse response = BULKHEAD__INTERNAL__V1__ESP_ALLOCATE_SPI_RESPONSE__INIT;
    struct outcome outcome, after;

    esp.hold = true;
    call_spi(&outcome, 0);
    wait_for(&esp.held_count, 1);
    ipc_node_free(ike.node);
    ck_assert_int_eq(outcome.count, 1);
    ck_assert_uint_eq(outcome.error, CODE(UNAVAILABLE));
    ck_assert_uint_eq(call_spi(&after, 0), 0);
    ike.node = NULL;
    wait_for(&esp.downs, 1);
    ck_assert_int_eq(outcome.count, 1);
    ck_assert_int_eq(after.count, 0);
    ipc_request_reply(esp.held[0], &response.base);
}
END_TEST

// Calls from inside a result, to a peer that is away, must not go round in one turn of the loop for ever.
static int chain_left;

static void on_chain(void *arg, const struct ipc_result *result)
{
    Bulkhead__Internal__V1__EspAllocateSpiRequest request = BULKHEAD__INTERNAL__V1__ESP_ALLOCATE_SPI_REQUEST__INIT;

    (void)arg;
    ck_assert_uint_eq(result->error, CODE(UNAVAILABLE));
    if (chain_left-- > 0)
        ipc_call(ike.node, METHOD(ESP_ALLOCATE_SPI), &request.base, 0, on_chain, NULL);
}

START_TEST(a_result_may_call_again)
{
    Bulkhead__Internal__V1__EspAllocateSpiRequest request = BULKHEAD__INTERNAL__V1__ESP_ALLOCATE_SPI_REQUEST__INIT;

    ipc_node_free(esp.node);
    esp.node = NULL;
    wait_for(&ike.downs, 1);
    chain_left = 20;
    ipc_call(ike.node, METHOD(ESP_ALLOCATE_SPI), &request.base, 0, on_chain, NULL);
    wait_for(&chain_left, -1);
}
END_TEST

START_TEST(too_many_calls_are_refused)
{
    static struct outcome outcome[IPC_CALLS_MAX + 1];
    int refused = 0;

    esp.hold = false;
    for (unsigned i = 0; i < IPC_CALLS_MAX + 1; i++)
        call_spi(&outcome[i], 0);
    wait_for(&results, IPC_CALLS_MAX + 1);
    for (unsigned i = 0; i < IPC_CALLS_MAX + 1; i++) {
        ck_assert_int_eq(outcome[i].count, 1);
        ck_assert(outcome[i].error == 0 || outcome[i].error == CODE(RESOURCE_EXHAUSTED));
        refused += outcome[i].error != 0;
    }
    ck_assert_int_ge(refused, 1);
    ck_assert_uint_eq(outcome[IPC_CALLS_MAX].error, CODE(RESOURCE_EXHAUSTED));
    ck_assert_int_eq(ike.downs, 0);
}
END_TEST

static Suite *make_suite(void)
{
    Suite *suite = suite_create("ipc_node");
    TCase *tcase = tcase_create("pair");

    tcase_add_checked_fixture(tcase, set_up_pair, tear_down);
    tcase_set_timeout(tcase, 30);
    tcase_add_test(tcase, a_call_is_answered);
    tcase_add_test(tcase, a_failure_carries_code_and_text);
    tcase_add_test(tcase, notifications_go_both_ways);
    tcase_add_test(tcase, what_does_not_fit_is_refused);
    tcase_add_test(tcase, only_own_methods_can_be_sent);
    tcase_add_test(tcase, answers_may_come_late_and_out_of_order);
    tcase_add_test(tcase, an_answer_that_cannot_be_sent_is_an_error);
    tcase_add_test(tcase, a_deadline_ends_a_call_once);
    tcase_add_test(tcase, a_cancelled_call_says_nothing);
    tcase_add_test(tcase, a_death_ends_outstanding_calls_first);
    tcase_add_test(tcase, a_link_comes_back);
    tcase_add_test(tcase, freeing_a_node_ends_its_calls);
    tcase_add_test(tcase, a_result_may_call_again);
    tcase_add_test(tcase, too_many_calls_are_refused);
    suite_add_tcase(suite, tcase);
    return suite;
}

int main(void)
{
    return run_suite(make_suite());
}
