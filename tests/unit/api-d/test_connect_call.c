// A call's way to its handler and back, and its deadline.
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "api-d/connect/connect_call.h"
#include "bulkhead/v1/system_service.pb-c.h"
#include "lib/core/log.h"
#include "tests/unit/lib/run.h"

struct api { // what the handlers below work with
    struct connect_call *held;
    uint32_t left_ms;
};

struct answer {
    int count;
    unsigned status;
    char body[256];
};

static uv_loop_t loop;
static struct exchange_budget budget;

static void on_answered(void *codec, struct exchange *exchange)
{
    struct answer *answer = codec;

    answer->count++;
    answer->status = exchange->answer.status;
    ck_assert_uint_lt(exchange->answer.body.n, sizeof(answer->body));
    strcpy(answer->body, buffer_str(&exchange->answer.body));
    exchange_free(exchange);
}

static void reply(struct connect_call *call)
{
    Bulkhead__V1__GetVersionResponse response = BULKHEAD__V1__GET_VERSION_RESPONSE__INIT;

    response.version = (char[]){"7"};
    connect_call_reply(call, &response.base);
}

static void answer_now(struct api *api, struct connect_call *call, const ProtobufCMessage *request)
{
    ck_assert_ptr_eq(request->descriptor, &bulkhead__v1__get_version_request__descriptor);
    api->left_ms = connect_call_left_ms(call);
    reply(call);
}

static void hold(struct api *api, struct connect_call *call, const ProtobufCMessage *request)
{
    (void)request;
    api->held = call;
}

static void refuse(struct api *api, struct connect_call *call, const ProtobufCMessage *request)
{
    (void)api;
    (void)request;
    connect_call_fail_format(call, CONNECT_FAILED_PRECONDITION, "%d reasons", 3);
}

#define TYPES &bulkhead__v1__get_version_request__descriptor, &bulkhead__v1__get_version_response__descriptor, true

static const struct method table[] = {
    {"/s/Now", TYPES, answer_now}, {"/s/Hold", TYPES, hold}, {"/s/Fail", TYPES, refuse}, {0}};

static void start(const char *path, const char *timeout, struct api *api, struct answer *answer)
{
    struct exchange *exchange = exchange_new(answer, on_answered, &budget);

    *api = (struct api){0};
    *answer = (struct answer){0};
    ck_assert_ptr_nonnull(exchange);
    exchange->verb = EXCHANGE_VERB_POST;
    exchange->client.admin = true;
    exchange->handed_out = true;
    exchange_add_target(exchange, bytes_of(path, strlen(path)));
    strcpy(exchange->content_type, "application/json");
    strcpy(exchange->connect_timeout, timeout);
    uv_update_time(&loop);
    connect_call_start(&loop, api, table, exchange);
}

static void set_up(void)
{
    log_init("test", LOG_LEVEL_ERROR, LOG_FORMAT_TEXT);
    ck_assert_int_eq(uv_loop_init(&loop), 0);
}

static void tear_down(void)
{
    uv_run(&loop, UV_RUN_DEFAULT);
    ck_assert_int_eq(uv_loop_close(&loop), 0);
    ck_assert_uint_eq(budget.exchanges, 0);
}

START_TEST(an_answer_may_come_at_once)
{
    struct answer answer;
    struct api api;

    set_up();
    start("/s/Now", "1500", &api, &answer);
    ck_assert_int_eq(answer.count, 1);
    ck_assert_uint_eq(answer.status, 200);
    ck_assert_str_eq(answer.body, "{\"version\":\"7\"}");
    ck_assert_uint_eq(api.left_ms, 1500);
    tear_down();
}
END_TEST

START_TEST(an_answer_may_come_later)
{
    struct answer answer;
    struct api api;

    set_up();
    start("/s/Hold", "", &api, &answer);
    uv_run(&loop, UV_RUN_NOWAIT);
    ck_assert_int_eq(answer.count, 0);
    reply(api.held);
    ck_assert_int_eq(answer.count, 1);
    ck_assert_uint_eq(answer.status, 200);
    tear_down();
}
END_TEST

START_TEST(a_failure_has_its_text)
{
    struct answer answer;
    struct api api;

    set_up();
    start("/s/Fail", "", &api, &answer);
    ck_assert_uint_eq(answer.status, 400);
    ck_assert_str_eq(answer.body, "{\"code\":\"failed_precondition\",\"message\":\"3 reasons\"}");
    tear_down();
}
END_TEST

START_TEST(the_deadline_answers_in_the_handlers_place)
{
    struct answer answer;
    struct api api;

    set_up();
    start("/s/Hold", "20", &api, &answer);
    while (!answer.count)
        uv_run(&loop, UV_RUN_ONCE);
    ck_assert_uint_eq(answer.status, 504);
    ck_assert_ptr_nonnull(strstr(answer.body, "\"deadline_exceeded\""));
    ck_assert_uint_eq(connect_call_left_ms(api.held), 1);
    reply(api.held); // too late: nothing is sent
    ck_assert_int_eq(answer.count, 1);
    tear_down();
}
END_TEST

START_TEST(a_refused_request_reaches_no_handler)
{
    struct answer answer;
    struct api api;

    set_up();
    start("/s/Other", "", &api, &answer);
    ck_assert_uint_eq(answer.status, 404);
    start("/s/Hold", "soon", &api, &answer);
    ck_assert_uint_eq(answer.status, 400);
    ck_assert_ptr_null(api.held);
    tear_down();
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        an_answer_may_come_at_once,
        an_answer_may_come_later,
        a_failure_has_its_text,
        the_deadline_answers_in_the_handlers_place,
        a_refused_request_reaches_no_handler,
    };

    return run_tests("connect_call", tests, RUN_COUNT(tests));
}
