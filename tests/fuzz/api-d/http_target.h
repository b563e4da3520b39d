// What the HTTP fuzz targets share: a connection that is fed the input in pieces and answers at once, later, or after
// it has gone, as the input's first byte says.
#ifndef BULKHEAD_TESTS_FUZZ_API_D_HTTP_TARGET_H
#define BULKHEAD_TESTS_FUZZ_API_D_HTTP_TARGET_H

#include <stdlib.h>

#include "api-d/connect/connect_request.h"
#include "api-d/connect/connect_response.h"
#include "api-d/http/http_connection.h"

#define HTTP_TARGET_HELD_MAX 64

struct http_target {
    struct http_connection *connection;
    struct exchange_budget budget;
    struct exchange *held[HTTP_TARGET_HELD_MAX];
    unsigned held_n;
    bool holds;
};

static inline void http_target_answer(struct exchange *exchange)
{
    struct connect_refusal refusal;
    struct connect_request request;
    struct exchange_answer answer;

    if (connect_request_decode(method_table, exchange, &request, &refusal) < 0) {
        answer = connect_response_of_refusal(&refusal);
        buffer_done(&refusal.message);
    } else {
        if (connect_response_of_message(request.message, request.encoding, &answer) < 0)
            answer = connect_response_of_error(CONNECT_INTERNAL, "");
        connect_request_done(&request);
    }
    exchange_answer(exchange, &answer);
}

static inline void http_target_on_ready(void *arg, struct exchange *exchange)
{
    struct http_target *target = arg;

    if (target->holds && target->held_n < HTTP_TARGET_HELD_MAX)
        target->held[target->held_n++] = exchange;
    else
        http_target_answer(exchange);
}

static inline void http_target_pull(struct http_target *target)
{
    struct buffer out = {0};

    do {
        buffer_done(&out);
        if (http_connection_pull(target->connection, &out) < 0)
            break;
    } while (out.n);
    buffer_done(&out);
}

static inline void http_target_on_activity(void *arg)
{
    http_target_pull(arg);
}

static inline void http_target_feed(struct http_target *target, struct bytes input)
{
    if (http_connection_feed(target->connection, input) == 0)
        http_target_pull(target);
}

// Bits of `how`: 0x80 hold the answers, 0x40 give them only when the connection has gone; the rest is the size of a
// piece, 0 for all at once. `before` goes in first, whole.
static inline void http_target_run(struct bytes before, uint8_t how, struct bytes input)
{
    struct http_target target = {.holds = how & 0x80};
    const struct http_connection_config config = {.on_ready = http_target_on_ready,
                                                  .on_activity = http_target_on_activity,
                                                  .arg = &target,
                                                  .client = {.admin = true},
                                                  .budget = &target.budget};
    size_t piece = how & 0x3f ? how & 0x3f : input.n;

    target.connection = http_connection_new(&config);
    if (!target.connection)
        return;
    http_target_feed(&target, before);
    for (; input.n; input = bytes_of(input.p + piece, input.n - piece)) {
        piece = piece < input.n ? piece : input.n;
        http_target_feed(&target, bytes_of(input.p, piece));
    }
    if (how & 0x40)
        http_connection_free(target.connection);
    for (unsigned i = 0; i < target.held_n; i++)
        http_target_answer(target.held[i]);
    if (!(how & 0x40))
        http_connection_free(target.connection);
    if (target.budget.exchanges || target.budget.body_bytes)
        abort(); // something was lost
}

#endif
