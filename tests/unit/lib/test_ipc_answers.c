// What a daemon that is asked may answer: a raw socket in esp-d's place.
#include "tests/unit/lib/ipc_pair.h"

#include "lib/ipc/frame.h"
#include "lib/ipc/ipc_limits.h"
#include "tests/unit/lib/run.h"

typedef Bulkhead__Internal__V1__Frame Frame;

static int listener, raw;

static int accept_raw(void)
{
    int fd = -1;

    for (int i = 0; i < 300 && fd < 0; i++) {
        pass_ms(10);
        fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    }
    ck_assert_int_ge(fd, 0);
    return fd;
}

static void set_up_raw(void)
{
    set_up();
    log_init("test", LOG_LEVEL_ERROR - 1, LOG_FORMAT_TEXT);
    listener = ipc_bind(path);
    ck_assert_int_ge(listener, 0);
    ck_assert_int_eq(listen(listener, 8), 0);
    start_ike();
    raw = accept_raw();
    wait_for(&ike.ups, 1);
}

static void tear_down_raw(void)
{
    close(raw);
    close(listener);
    tear_down();
}

static void answer(uint32_t kind, uint64_t id, uint32_t method, const char *body)
{
    struct frame_buffer *buffer = NULL;
    Frame frame = BULKHEAD__INTERNAL__V1__FRAME__INIT;

    frame.kind = (Bulkhead__Internal__V1__FrameKind)kind;
    frame.id = id;
    frame.method = (Bulkhead__Internal__V1__Method)method;
    frame.body.data = (uint8_t *)body;
    frame.body.len = strlen(body);
    if (kind == KIND(ERROR)) {
        frame.error = CODE(ALREADY_EXISTS);
        frame.error_text = (char *)"it stands";
    }
    ck_assert_int_eq(frame_pack(&frame, NULL, &buffer), 0);
    ck_assert_int_gt(send(raw, buffer->b, buffer->n, MSG_NOSIGNAL), 0);
    frame_buffer_free(buffer);
}

START_TEST(good_answers_are_taken)
{
    struct outcome first, second, empty;
    uint64_t id1 = call_spi(&first, 0), id2 = call_spi(&second, 0), id3 = call_spi(&empty, 0);

    answer(KIND(ERROR), id2, METHOD(ESP_ALLOCATE_SPI), "");
    answer(KIND(RESPONSE), id1, METHOD(ESP_ALLOCATE_SPI), "\x08\x2a");
    answer(KIND(RESPONSE), id3, METHOD(ESP_ALLOCATE_SPI), "");
    wait_for(&results, 3);
    ck_assert_uint_eq(first.error, 0);
    ck_assert_uint_eq(first.spi, 42);
    ck_assert_uint_eq(second.error, CODE(ALREADY_EXISTS));
    ck_assert_str_eq(second.text, "it stands");
    ck_assert_uint_eq(empty.error, 0);
    ck_assert_uint_eq(empty.spi, 0);
    ck_assert_int_eq(ike.downs, 0);
}
END_TEST

// A second answer is as good as a late one: the call is over.
START_TEST(a_second_answer_is_ignored)
{
    struct outcome outcome;
    uint64_t id = call_spi(&outcome, 0);

    for (int i = 0; i < 3; i++)
        answer(KIND(RESPONSE), id, METHOD(ESP_ALLOCATE_SPI), "\x08\x2a");
    wait_for(&outcome.count, 1);
    pass_ms(30);
    ck_assert_int_eq(outcome.count, 1);
    ck_assert_int_eq(ike.downs, 0);
}
END_TEST

static const struct {
    uint32_t kind;
    uint64_t id_offset;
    uint32_t method;
    const char *body;
} bad[] = {
    {KIND(RESPONSE), 0, METHOD(ESP_DELETE_SA), ""},              // another method's
    {KIND(ERROR), 0, METHOD(ESP_DELETE_SA), ""},                 // another method's
    {KIND(RESPONSE), 1, METHOD(ESP_ALLOCATE_SPI), ""},           // never asked
    {KIND(RESPONSE), 0, METHOD(ESP_ALLOCATE_SPI), "\x0a\xff"},   // does not parse
    {KIND(REQUEST), 0, METHOD(ESP_ALLOCATE_SPI), ""},            // esp-d may not ask for that
    {KIND(NOTIFICATION), 0, METHOD(IKE_SECRET_CHANGED), "\xff"}, // nor say that
};

START_TEST(a_bad_answer_ends_connection_and_calls)
{
    struct outcome outcome, other;
    uint64_t id;

    call_spi(&other, 0);
    id = call_spi(&outcome, 0);
    answer(bad[_i].kind, bad[_i].kind == KIND(NOTIFICATION) ? 0 : id + bad[_i].id_offset, bad[_i].method, bad[_i].body);
    wait_for(&ike.downs, 1);
    ck_assert_int_eq(results, 2);
    ck_assert_uint_eq(outcome.error, CODE(UNAVAILABLE));
    ck_assert_uint_eq(other.error, CODE(UNAVAILABLE));
    close(raw);
    raw = accept_raw(); // the link comes again
    wait_for(&ike.ups, 2);
}
END_TEST

START_TEST(an_answer_of_an_earlier_connection_is_late)
{
    struct outcome outcome;
    uint64_t id = call_spi(&outcome, 0);

    close(raw);
    wait_for(&outcome.count, 1);
    ck_assert_uint_eq(outcome.error, CODE(UNAVAILABLE));
    raw = accept_raw();
    wait_for(&ike.ups, 2);
    answer(KIND(RESPONSE), id, METHOD(ESP_ALLOCATE_SPI), "\x08\x2a");
    pass_ms(30);
    ck_assert_int_eq(outcome.count, 1);
    ck_assert_int_eq(ike.downs, 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ipc_answers");
    TCase *tcase = tcase_create("raw");

    tcase_add_checked_fixture(tcase, set_up_raw, tear_down_raw);
    tcase_set_timeout(tcase, 30);
    tcase_add_test(tcase, good_answers_are_taken);
    tcase_add_test(tcase, a_second_answer_is_ignored);
    tcase_add_loop_test(tcase, a_bad_answer_ends_connection_and_calls, 0, (int)RUN_COUNT(bad));
    tcase_add_test(tcase, an_answer_of_an_earlier_connection_is_late);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
