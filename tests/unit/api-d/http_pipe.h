// A connection without a socket: requests go in as bytes, are noted, and are answered at once or when the test says so.
#ifndef BULKHEAD_TESTS_UNIT_API_D_HTTP_PIPE_H
#define BULKHEAD_TESTS_UNIT_API_D_HTTP_PIPE_H

#include <check.h>
#include <string.h>

#include "api-d/http/http_connection.h"

#define HTTP_PIPE_REQUESTS_MAX 64

struct http_pipe {
    struct http_connection *connection;
    struct exchange_budget budget;
    struct buffer out;
    struct exchange *requests[HTTP_PIPE_REQUESTS_MAX]; // in the order in which they came
    unsigned n;
    bool holds; // answers wait for http_pipe_answer
};

// Answers with 200 and "<target>|<body>".
static inline void http_pipe_answer(struct exchange *exchange)
{
    struct exchange_answer answer = {.status = 200, .content_type = "text/plain"};

    buffer_append(&answer.body, buffer_view(&exchange->target));
    buffer_append_str(&answer.body, "|");
    buffer_append(&answer.body, buffer_view(&exchange->body));
    exchange_answer(exchange, &answer);
}

static inline void http_pipe_on_ready(void *arg, struct exchange *exchange)
{
    struct http_pipe *pipe = arg;

    ck_assert_uint_lt(pipe->n, HTTP_PIPE_REQUESTS_MAX);
    pipe->requests[pipe->n++] = exchange;
    if (!pipe->holds)
        http_pipe_answer(exchange);
}

static inline void http_pipe_pull(struct http_pipe *pipe)
{
    struct buffer part = {0};

    do {
        buffer_done(&part);
        ck_assert_int_eq(http_connection_pull(pipe->connection, &part), 0);
        ck_assert_int_eq(buffer_append(&pipe->out, buffer_view(&part)), 0);
    } while (part.n);
    buffer_done(&part);
}

static inline void http_pipe_on_activity(void *arg)
{
    http_pipe_pull(arg);
}

static inline void http_pipe_open(struct http_pipe *pipe)
{
    const struct http_connection_config config = {
        .on_ready = http_pipe_on_ready,
        .on_activity = http_pipe_on_activity,
        .arg = pipe,
        .client = {.uid = 0, .admin = true},
        .budget = &pipe->budget,
    };

    *pipe = (struct http_pipe){0};
    pipe->connection = http_connection_new(&config);
    ck_assert_ptr_nonnull(pipe->connection);
}

// Every exchange must be gone, and its bytes.
static inline void http_pipe_close(struct http_pipe *pipe)
{
    http_connection_free(pipe->connection);
    buffer_done(&pipe->out);
    ck_assert_uint_eq(pipe->budget.exchanges, 0);
    ck_assert_uint_eq(pipe->budget.body_bytes, 0);
}

static inline void http_pipe_feed(struct http_pipe *pipe, const void *data, size_t n)
{
    // From exact memory, so that ASan sees a read behind it.
    void *copy = malloc(n ? n : 1);

    ck_assert_ptr_nonnull(copy);
    memcpy(copy, data, n);
    ck_assert_int_eq(http_connection_feed(pipe->connection, bytes_of(copy, n)), 0);
    free(copy);
    http_pipe_pull(pipe);
}

static inline void http_pipe_feed_text(struct http_pipe *pipe, const char *text)
{
    http_pipe_feed(pipe, text, strlen(text));
}

#endif
