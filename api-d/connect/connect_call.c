#include "api-d/connect/connect_call.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "api-d/api_limits.h"
#include "api-d/connect/connect_request.h"
#include "api-d/connect/connect_response.h"
#include "lib/core/log.h"

struct connect_call {
    struct exchange *exchange; // NULL: answered, since the deadline has passed
    struct connect_request request;
    uv_timer_t deadline;
    uint64_t due_ms;
    uid_t uid;
};

static void answer(struct exchange *exchange, struct exchange_answer answer)
{
    exchange_answer(exchange, &answer);
}

static void answer_error(struct connect_call *call, enum connect_code code, const char *text)
{
    struct exchange *exchange = call->exchange;

    if (!exchange)
        return;
    call->exchange = NULL;
    if (code != CONNECT_NOT_FOUND)
        log_info("api_call_failed", LOG_STR("method", call->request.method->path),
                 LOG_STR("code", connect_code_name(code)));
    answer(exchange, connect_response_of_error(code, text));
}

static void on_deadline(uv_timer_t *timer)
{
    answer_error(timer->data, CONNECT_DEADLINE_EXCEEDED, "the time is up");
}

static void on_closed(uv_handle_t *handle)
{
    struct connect_call *call = handle->data;

    connect_request_done(&call->request);
    free(call);
}

static void finish(struct connect_call *call)
{
    uv_close((uv_handle_t *)&call->deadline, on_closed);
}

static void refuse(struct exchange *exchange, struct connect_refusal *refusal)
{
    log_info("api_call_refused", LOG_STR("code", connect_code_name(refusal->code)),
             LOG_UINT("uid", exchange->client.uid));
    answer(exchange, connect_response_of_refusal(refusal));
    buffer_done(&refusal->message);
}

void connect_call_start(uv_loop_t *loop, struct api *api, const struct method *table, struct exchange *exchange)
{
    struct connect_refusal refusal = {0};
    struct connect_request request;
    struct connect_call *call;
    uint64_t wait_ms;

    if (connect_request_decode(table, exchange, &request, &refusal) < 0) {
        refuse(exchange, &refusal);
        return;
    }
    call = calloc(1, sizeof(*call));
    if (!call) {
        connect_request_done(&request);
        answer(exchange, connect_response_of_error(CONNECT_RESOURCE_EXHAUSTED, "out of memory"));
        return;
    }
    call->request = request;
    call->exchange = exchange;
    call->uid = exchange->client.uid;
    wait_ms = request.timeout_ms && request.timeout_ms < API_CALL_MS ? request.timeout_ms : API_CALL_MS;
    call->due_ms = uv_now(loop) + wait_ms;
    uv_timer_init(loop, &call->deadline);
    call->deadline.data = call;
    uv_timer_start(&call->deadline, on_deadline, wait_ms, 0);
    request.method->handle(api, call, request.message);
}

void connect_call_reply(struct connect_call *call, const ProtobufCMessage *response)
{
    struct exchange_answer encoded;
    struct exchange *exchange;

    if (call->exchange && connect_response_of_message(response, call->request.encoding, &encoded) < 0) {
        answer_error(call, CONNECT_INTERNAL, "the answer can't be encoded");
    } else if (call->exchange) {
        exchange = call->exchange;
        call->exchange = NULL;
        exchange_answer(exchange, &encoded);
    }
    finish(call);
}

void connect_call_fail(struct connect_call *call, enum connect_code code, const char *text)
{
    answer_error(call, code, text);
    finish(call);
}

void connect_call_fail_format(struct connect_call *call, enum connect_code code, const char *format, ...)
{
    char text[1024];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    connect_call_fail(call, code, text);
}

uint32_t connect_call_left_ms(const struct connect_call *call)
{
    uint64_t now = uv_now(call->deadline.loop);

    return call->due_ms > now ? (uint32_t)(call->due_ms - now) : 1;
}

uid_t connect_call_uid(const struct connect_call *call)
{
    return call->uid;
}
