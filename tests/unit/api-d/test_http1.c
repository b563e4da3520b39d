// HTTP/1.1 (RFC 9112): requests cut anywhere, pipelined, chunked, too large, malformed.
#include <stdio.h>
#include <stdlib.h>

#include "api-d/api_limits.h"
#include "tests/unit/api-d/http_pipe.h"
#include "tests/unit/lib/run.h"

#define REQUEST "POST /a HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 5\r\n\r\nhello"
#define ANSWER                                                                                                         \
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 8\r\n\r\n"                                         \
    "/a|hello"
#define CHUNKED                                                                                                        \
    "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"                                                \
    "2;ext=1\r\nhe\r\n3\r\nllo\r\n0\r\nContent-Type: from/trailer\r\n\r\n"

static void expect_split_anywhere(const char *request)
{
    size_t n = strlen(request);
    struct http_pipe pipe;

    for (size_t cut = 0; cut <= n; cut++) {
        http_pipe_open(&pipe);
        http_pipe_feed(&pipe, request, cut);
        http_pipe_feed(&pipe, request + cut, n - cut);
        ck_assert_str_eq(buffer_str(&pipe.out), ANSWER);
        ck_assert(!http_connection_is_closing(pipe.connection));
        http_pipe_close(&pipe);
    }
    http_pipe_open(&pipe);
    for (size_t i = 0; i < n; i++)
        http_pipe_feed(&pipe, request + i, 1);
    ck_assert_str_eq(buffer_str(&pipe.out), ANSWER);
    http_pipe_close(&pipe);
}

START_TEST(a_request_may_be_cut_anywhere)
{
    expect_split_anywhere(REQUEST);
}
END_TEST

START_TEST(a_chunked_request_may_be_cut_anywhere)
{
    expect_split_anywhere(CHUNKED);
}
END_TEST

START_TEST(trailers_are_not_headers)
{
    struct http_pipe pipe;

    http_pipe_open(&pipe);
    pipe.holds = true;
    http_pipe_feed_text(&pipe, CHUNKED);
    ck_assert_uint_eq(pipe.n, 1);
    ck_assert_str_eq(pipe.requests[0]->content_type, "");
    http_pipe_answer(pipe.requests[0]);
    http_pipe_close(&pipe);
}
END_TEST

START_TEST(headers_are_kept_whatever_their_case)
{
    struct http_pipe pipe;

    http_pipe_open(&pipe);
    pipe.holds = true;
    http_pipe_feed_text(&pipe, "POST /a?b=c HTTP/1.1\r\nCONTENT-type: a/b\r\ncontent-Encoding: gzip\r\n"
                               "connect-protocol-version: 1\r\nConnect-Timeout-MS: 25\r\nX-Other: y\r\n\r\n");
    ck_assert_uint_eq(pipe.n, 1);
    ck_assert_int_eq(pipe.requests[0]->verb, EXCHANGE_VERB_POST);
    ck_assert_str_eq(buffer_str(&pipe.requests[0]->target), "/a?b=c");
    ck_assert_str_eq(pipe.requests[0]->content_type, "a/b");
    ck_assert_str_eq(pipe.requests[0]->content_encoding, "gzip");
    ck_assert_str_eq(pipe.requests[0]->connect_version, "1");
    ck_assert_str_eq(pipe.requests[0]->connect_timeout, "25");
    ck_assert_int_eq(pipe.requests[0]->fault, EXCHANGE_FAULT_NONE);
    http_pipe_answer(pipe.requests[0]);
    http_pipe_close(&pipe);
}
END_TEST

START_TEST(a_header_that_comes_twice_is_a_fault)
{
    struct http_pipe pipe;

    http_pipe_open(&pipe);
    pipe.holds = true;
    http_pipe_feed_text(&pipe, "GET /a HTTP/1.1\r\nContent-Type: a/b\r\nContent-Type: a/c\r\n\r\n");
    ck_assert_int_eq(pipe.requests[0]->fault, EXCHANGE_FAULT_HEADER_MALFORMED);
    http_pipe_answer(pipe.requests[0]);
    http_pipe_close(&pipe);
}
END_TEST

START_TEST(a_header_that_is_too_long_is_a_fault)
{
    struct http_pipe pipe;
    char request[2048];

    snprintf(request, sizeof(request), "GET /a HTTP/1.1\r\nConnect-Timeout-Ms: %0300d\r\n\r\n", 7);
    for (size_t cut = 0; cut < strlen(request); cut += 7) {
        http_pipe_open(&pipe);
        pipe.holds = true;
        http_pipe_feed(&pipe, request, cut);
        http_pipe_feed(&pipe, request + cut, strlen(request) - cut);
        ck_assert_int_eq(pipe.requests[0]->fault, EXCHANGE_FAULT_HEADER_MALFORMED);
        http_pipe_answer(pipe.requests[0]);
        http_pipe_close(&pipe);
    }
}
END_TEST

START_TEST(pipelined_requests_are_answered_in_order)
{
    struct http_pipe pipe;

    http_pipe_open(&pipe);
    pipe.holds = true;
    http_pipe_feed_text(&pipe, "GET /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n\r\nGET /3 HTTP/1.1\r\n\r\n");
    for (unsigned i = 0; i < 3; i++) {
        ck_assert_uint_eq(pipe.n, i + 1); // the next one is not begun before this one is answered
        http_pipe_answer(pipe.requests[i]);
    }
    ck_assert_ptr_nonnull(strstr(buffer_str(&pipe.out), "/1|HTTP/1.1 200 OK\r\n"));
    ck_assert_ptr_nonnull(strstr(buffer_str(&pipe.out), "/2|HTTP/1.1 200 OK\r\n"));
    ck_assert_str_eq(buffer_str(&pipe.out) + pipe.out.n - 3, "/3|");
    http_pipe_close(&pipe);
}
END_TEST

START_TEST(input_stops_while_a_request_is_answered)
{
    static char body[API_INPUT_MAX_BYTES];
    struct http_pipe pipe;

    http_pipe_open(&pipe);
    pipe.holds = true;
    http_pipe_feed_text(&pipe, "GET /1 HTTP/1.1\r\n\r\n");
    ck_assert(http_connection_wants_input(pipe.connection));
    http_pipe_feed_text(&pipe, "POST /2 HTTP/1.1\r\nContent-Length: 100000\r\n\r\n");
    http_pipe_feed(&pipe, body, sizeof(body));
    ck_assert(!http_connection_wants_input(pipe.connection));
    ck_assert_int_eq(http_connection_phase(pipe.connection), HTTP_CONNECTION_PHASE_ANSWERING);
    http_pipe_answer(pipe.requests[0]);
    ck_assert(http_connection_wants_input(pipe.connection));
    http_pipe_close(&pipe);
}
END_TEST

START_TEST(keep_alive_follows_the_client)
{
    static const struct {
        const char *request;
        bool closes;
    } cases[] = {
        {"GET /1 HTTP/1.1\r\n\r\n", false},
        {"GET /1 HTTP/1.1\r\nConnection: close\r\n\r\n", true},
        {"GET /1 HTTP/1.0\r\n\r\n", true},
        {"GET /1 HTTP/1.1\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n\r\n", false},
    };
    struct http_pipe pipe;

    for (size_t i = 0; i < RUN_COUNT(cases); i++) {
        http_pipe_open(&pipe);
        http_pipe_feed_text(&pipe, cases[i].request);
        ck_assert_ptr_nonnull(strstr(buffer_str(&pipe.out), "200 OK"));
        ck_assert_int_eq(http_connection_is_closing(pipe.connection), cases[i].closes);
        ck_assert_int_eq(strstr(buffer_str(&pipe.out), "Connection: close") != NULL, cases[i].closes);
        http_pipe_close(&pipe);
    }
}
END_TEST

START_TEST(head_has_no_body)
{
    struct http_pipe pipe;

    http_pipe_open(&pipe);
    http_pipe_feed_text(&pipe, "HEAD /1 HTTP/1.1\r\n\r\n");
    ck_assert_str_eq(buffer_str(&pipe.out) + pipe.out.n - 4, "\r\n\r\n");
    http_pipe_close(&pipe);
}
END_TEST

START_TEST(continue_is_sent_when_expected)
{
    struct http_pipe pipe;

    http_pipe_open(&pipe);
    http_pipe_feed_text(&pipe, "POST /a HTTP/1.1\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
    ck_assert_str_eq(buffer_str(&pipe.out), "HTTP/1.1 100 Continue\r\n\r\n");
    ck_assert_int_eq(http_connection_phase(pipe.connection), HTTP_CONNECTION_PHASE_RECEIVING);
    http_pipe_feed_text(&pipe, "hello");
    ck_assert_str_eq(buffer_str(&pipe.out), "HTTP/1.1 100 Continue\r\n\r\n" ANSWER);
    http_pipe_close(&pipe);
}
END_TEST

START_TEST(what_is_malformed_is_refused_and_ends_the_connection)
{
    static const char *const requests[] = {
        "\x16\x03\x01\x02 a TLS hello",
        "GET\r\n\r\n",
        "GET /a HTTP/1.1\r\nBad Header: x\r\n\r\n",
        "POST /a HTTP/1.1\r\nTransfer-Encoding : chunked\r\n\r\n",
        "POST /a HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
        "POST /a HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
        "POST /a HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        "POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        "POST /a HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n--",
    };
    struct http_pipe pipe;

    for (size_t i = 0; i < RUN_COUNT(requests); i++) {
        http_pipe_open(&pipe);
        http_pipe_feed_text(&pipe, requests[i]);
        ck_assert_msg(pipe.n == 0, "case %zu was taken: %s", i, buffer_str(&pipe.out));
        ck_assert_msg(!strncmp(buffer_str(&pipe.out), "HTTP/1.1 400 Bad Request\r\n", 26), "case %zu: %s", i,
                      buffer_str(&pipe.out));
        ck_assert(http_connection_is_closing(pipe.connection));
        http_pipe_feed_text(&pipe, REQUEST); // goes nowhere
        ck_assert_uint_eq(pipe.n, 0);
        http_pipe_close(&pipe);
    }
}
END_TEST

START_TEST(headers_have_a_limit)
{
    char line[1024] = "X-Padding: ";
    struct http_pipe pipe;

    memset(line + strlen(line), 'a', 900);
    strcat(line, "\r\n");
    http_pipe_open(&pipe);
    http_pipe_feed_text(&pipe, "GET /a HTTP/1.1\r\n");
    for (unsigned i = 0; i < 40; i++)
        http_pipe_feed_text(&pipe, line);
    ck_assert(!strncmp(buffer_str(&pipe.out), "HTTP/1.1 431 ", 13));
    ck_assert_ptr_nonnull(strstr(buffer_str(&pipe.out), "resource_exhausted"));
    ck_assert(http_connection_is_closing(pipe.connection));
    http_pipe_close(&pipe);
}
END_TEST

static void feed_body(struct http_pipe *pipe, size_t n)
{
    static char part[1 << 20];

    while (n && !http_connection_is_closing(pipe->connection)) {
        size_t size = n < sizeof(part) ? n : sizeof(part);

        http_pipe_feed(pipe, part, size);
        n -= size;
    }
}

START_TEST(a_body_that_is_too_large_is_dropped_and_answered)
{
    struct http_pipe pipe;
    char head[128];

    http_pipe_open(&pipe);
    pipe.holds = true;
    snprintf(head, sizeof(head), "POST /a HTTP/1.1\r\nContent-Length: %u\r\n\r\n", API_BODY_MAX_BYTES + 1);
    http_pipe_feed_text(&pipe, head);
    feed_body(&pipe, API_BODY_MAX_BYTES + 1);
    ck_assert_uint_eq(pipe.n, 1);
    ck_assert_int_eq(pipe.requests[0]->fault, EXCHANGE_FAULT_BODY_TOO_LARGE);
    ck_assert_uint_eq(pipe.requests[0]->body.n, 0);
    ck_assert_uint_eq(pipe.budget.body_bytes, 0);
    http_pipe_answer(pipe.requests[0]);
    http_pipe_feed_text(&pipe, REQUEST); // the connection is still good
    ck_assert_uint_eq(pipe.n, 2);
    http_pipe_answer(pipe.requests[1]);
    http_pipe_close(&pipe);
}
END_TEST

START_TEST(the_largest_body_is_taken)
{
    struct http_pipe pipe;
    char head[128];

    http_pipe_open(&pipe);
    pipe.holds = true;
    snprintf(head, sizeof(head), "POST /a HTTP/1.1\r\nContent-Length: %u\r\n\r\n", API_BODY_MAX_BYTES);
    http_pipe_feed_text(&pipe, head);
    feed_body(&pipe, API_BODY_MAX_BYTES);
    ck_assert_uint_eq(pipe.n, 1);
    ck_assert_int_eq(pipe.requests[0]->fault, EXCHANGE_FAULT_NONE);
    ck_assert_uint_eq(pipe.requests[0]->body.n, API_BODY_MAX_BYTES);
    http_pipe_answer(pipe.requests[0]);
    http_pipe_close(&pipe);
}
END_TEST

START_TEST(a_backup_may_be_larger)
{
    static const char *const targets[] = {"/restore", "/restore2"};
    struct http_pipe pipe;
    char head[128];

    http_pipe_open(&pipe);
    pipe.holds = true;
    pipe.budget.large_target = "/restore";
    for (unsigned i = 0; i < 2; i++) {
        snprintf(head, sizeof(head), "POST %s HTTP/1.1\r\nContent-Length: %u\r\n\r\n", targets[i],
                 API_BODY_MAX_BYTES + 1);
        http_pipe_feed_text(&pipe, head);
        feed_body(&pipe, API_BODY_MAX_BYTES + 1);
        ck_assert_uint_eq(pipe.n, i + 1);
        ck_assert_int_eq(pipe.requests[i]->fault, i ? EXCHANGE_FAULT_BODY_TOO_LARGE : EXCHANGE_FAULT_NONE);
        http_pipe_answer(pipe.requests[i]);
    }
    http_pipe_close(&pipe);
}
END_TEST

START_TEST(an_endless_body_ends_the_connection)
{
    struct http_pipe pipe;

    http_pipe_open(&pipe);
    http_pipe_feed_text(&pipe, "POST /a HTTP/1.1\r\nContent-Length: 1000000000\r\n\r\n");
    feed_body(&pipe, 1000000000);
    ck_assert(http_connection_is_closing(pipe.connection));
    ck_assert_uint_eq(pipe.n, 0);
    ck_assert_uint_eq(pipe.out.n, 0);
    http_pipe_close(&pipe);
}
END_TEST

START_TEST(an_answer_may_come_after_the_connection_has_gone)
{
    struct http_pipe pipe;

    http_pipe_open(&pipe);
    pipe.holds = true;
    http_pipe_feed_text(&pipe, REQUEST);
    http_connection_free(pipe.connection);
    ck_assert_uint_eq(pipe.budget.exchanges, 1);
    http_pipe_answer(pipe.requests[0]);
    pipe.connection = NULL;
    http_pipe_close(&pipe);
}
END_TEST

START_TEST(there_is_a_limit_to_requests_at_one_time)
{
    struct http_pipe pipe;

    http_pipe_open(&pipe);
    pipe.budget.exchanges = API_REQUESTS_MAX;
    http_pipe_feed_text(&pipe, REQUEST);
    ck_assert(!strncmp(buffer_str(&pipe.out), "HTTP/1.1 503 ", 13));
    ck_assert(http_connection_is_closing(pipe.connection));
    pipe.budget.exchanges = 0;
    http_pipe_close(&pipe);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_request_may_be_cut_anywhere,
        a_chunked_request_may_be_cut_anywhere,
        trailers_are_not_headers,
        headers_are_kept_whatever_their_case,
        a_header_that_comes_twice_is_a_fault,
        a_header_that_is_too_long_is_a_fault,
        pipelined_requests_are_answered_in_order,
        input_stops_while_a_request_is_answered,
        keep_alive_follows_the_client,
        head_has_no_body,
        continue_is_sent_when_expected,
        what_is_malformed_is_refused_and_ends_the_connection,
        headers_have_a_limit,
        a_body_that_is_too_large_is_dropped_and_answered,
        the_largest_body_is_taken,
        a_backup_may_be_larger,
        an_endless_body_ends_the_connection,
        an_answer_may_come_after_the_connection_has_gone,
        there_is_a_limit_to_requests_at_one_time,
    };

    return run_tests("http1", tests, RUN_COUNT(tests));
}
