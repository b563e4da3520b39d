// HTTP/2 (RFC 9113) against nghttp2's client: streams, order, large bodies, resets, ends.
#include <stdlib.h>

#include <nghttp2/nghttp2.h>

#include "api-d/api_limits.h"
#include "tests/unit/api-d/http_pipe.h"
#include "tests/unit/lib/run.h"

#define STREAMS_MAX 128

struct client {
    struct http_pipe pipe;
    nghttp2_session *session;
    struct buffer body[STREAMS_MAX]; // by stream id / 2
    bool ended[STREAMS_MAX];
    uint32_t error[STREAMS_MAX];
    struct bytes upload;
    size_t uploaded;
};

static int on_data(nghttp2_session *session, uint8_t flags, int32_t id, const uint8_t *data, size_t n, void *arg)
{
    struct client *client = arg;

    (void)session;
    (void)flags;
    ck_assert_int_eq(buffer_append(&client->body[id / 2], bytes_of(data, n)), 0);
    return 0;
}

static int on_close(nghttp2_session *session, int32_t id, uint32_t error, void *arg)
{
    struct client *client = arg;

    (void)session;
    client->ended[id / 2] = true;
    client->error[id / 2] = error;
    return 0;
}

// Both ways, until nobody has anything to say.
static void exchange_bytes(struct client *client)
{
    const uint8_t *data;
    bool moved = true;
    ssize_t n;

    while (moved) {
        moved = false;
        while ((n = nghttp2_session_mem_send(client->session, &data)) > 0) {
            http_pipe_feed(&client->pipe, data, (size_t)n);
            moved = true;
        }
        ck_assert_int_eq(n, 0);
        if (client->pipe.out.n) {
            struct buffer out = buffer_take(&client->pipe.out);

            ck_assert_int_eq(nghttp2_session_mem_recv(client->session, out.p, out.n), (ssize_t)out.n);
            buffer_done(&out);
            moved = true;
        }
        http_pipe_pull(&client->pipe);
        moved = moved || client->pipe.out.n;
    }
}

static void open_client(struct client *client)
{
    nghttp2_session_callbacks *callbacks;

    *client = (struct client){0};
    http_pipe_open(&client->pipe);
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
    nghttp2_session_client_new(&client->session, callbacks, client);
    nghttp2_session_callbacks_del(callbacks);
    nghttp2_submit_settings(client->session, NGHTTP2_FLAG_NONE, NULL, 0);
}

static void close_client(struct client *client)
{
    nghttp2_session_del(client->session);
    for (size_t i = 0; i < STREAMS_MAX; i++)
        buffer_done(&client->body[i]);
    http_pipe_close(&client->pipe);
}

static ssize_t read_upload(nghttp2_session *session, int32_t id, uint8_t *out, size_t n, uint32_t *flags,
                           nghttp2_data_source *source, void *arg)
{
    struct client *client = arg;
    size_t left = client->upload.n - client->uploaded;

    (void)session;
    (void)id;
    (void)source;
    n = n < left ? n : left;
    memcpy(out, client->upload.p + client->uploaded, n);
    client->uploaded += n;
    if (n == left)
        *flags |= NGHTTP2_DATA_FLAG_EOF;
    return (ssize_t)n;
}

#define HEADER(n, v)                                                                                                   \
    {                                                                                                                  \
        (uint8_t *)(n), (uint8_t *)(v), sizeof(n) - 1, strlen(v), NGHTTP2_NV_FLAG_NONE                                 \
    }

static int32_t request(struct client *client, const char *method, const char *path, bool has_body)
{
    nghttp2_nv headers[] = {HEADER(":method", method), HEADER(":scheme", "http"), HEADER(":authority", "x"),
                            HEADER(":path", path), HEADER("content-type", "application/json")};
    nghttp2_data_provider data = {.read_callback = read_upload};
    int32_t id = nghttp2_submit_request(client->session, NULL, headers, 5, has_body ? &data : NULL, NULL);

    ck_assert_int_gt(id, 0);
    return id;
}

static void expect_body(const struct client *client, int32_t id, const char *text)
{
    ck_assert(client->ended[id / 2]);
    ck_assert_uint_eq(client->error[id / 2], NGHTTP2_NO_ERROR);
    ck_assert_str_eq(buffer_str(&client->body[id / 2]), text);
}

START_TEST(a_request_is_answered)
{
    struct client client;
    int32_t id;

    open_client(&client);
    client.upload = bytes_of("hello", 5);
    id = request(&client, "POST", "/a", true);
    exchange_bytes(&client);
    expect_body(&client, id, "/a|hello");
    ck_assert_int_eq(http_connection_phase(client.pipe.connection), HTTP_CONNECTION_PHASE_IDLE);
    close_client(&client);
}
END_TEST

START_TEST(bytes_may_come_one_by_one)
{
    struct client client;
    const uint8_t *data;
    ssize_t n;
    int32_t id;

    open_client(&client);
    id = request(&client, "GET", "/a?b", false);
    while ((n = nghttp2_session_mem_send(client.session, &data)) > 0)
        for (ssize_t i = 0; i < n; i++)
            http_pipe_feed(&client.pipe, data + i, 1);
    exchange_bytes(&client);
    expect_body(&client, id, "/a?b|");
    close_client(&client);
}
END_TEST

START_TEST(answers_may_come_in_any_order)
{
    struct client client;
    int32_t ids[3];

    open_client(&client);
    client.pipe.holds = true;
    ids[0] = request(&client, "GET", "/1", false);
    ids[1] = request(&client, "GET", "/2", false);
    ids[2] = request(&client, "GET", "/3", false);
    exchange_bytes(&client);
    ck_assert_uint_eq(client.pipe.n, 3);
    ck_assert_str_eq(buffer_str(&client.pipe.requests[0]->target), "/1");
    http_pipe_answer(client.pipe.requests[2]);
    exchange_bytes(&client);
    expect_body(&client, ids[2], "/3|");
    ck_assert(!client.ended[ids[0] / 2]);
    http_pipe_answer(client.pipe.requests[0]);
    http_pipe_answer(client.pipe.requests[1]);
    exchange_bytes(&client);
    expect_body(&client, ids[0], "/1|");
    expect_body(&client, ids[1], "/2|");
    close_client(&client);
}
END_TEST

START_TEST(a_large_body_goes_both_ways)
{
    size_t n = 3u << 20;
    char *body = malloc(n);
    struct client client;
    int32_t id;

    ck_assert_ptr_nonnull(body);
    memset(body, 'x', n);
    open_client(&client);
    nghttp2_session_set_local_window_size(client.session, NGHTTP2_FLAG_NONE, 0, 1 << 20);
    client.upload = bytes_of(body, n);
    id = request(&client, "POST", "/a", true);
    exchange_bytes(&client);
    ck_assert(client.ended[id / 2]);
    ck_assert_uint_eq(client.body[id / 2].n, n + 3);
    close_client(&client);
    free(body);
}
END_TEST

START_TEST(a_body_that_is_too_large_is_a_fault)
{
    size_t n = API_BODY_MAX_BYTES + 1;
    char *body = calloc(1, n);
    struct client client;

    ck_assert_ptr_nonnull(body);
    open_client(&client);
    client.pipe.holds = true;
    client.upload = bytes_of(body, n);
    request(&client, "POST", "/a", true);
    exchange_bytes(&client);
    ck_assert_uint_eq(client.pipe.n, 1);
    ck_assert_int_eq(client.pipe.requests[0]->fault, EXCHANGE_FAULT_BODY_TOO_LARGE);
    http_pipe_answer(client.pipe.requests[0]);
    close_client(&client);
    free(body);
}
END_TEST

START_TEST(headers_that_are_too_large_are_a_fault)
{
    static char path[API_HEADERS_MAX_BYTES + 1];
    struct client client;

    memset(path, 'a', sizeof(path) - 1);
    path[0] = '/';
    open_client(&client);
    client.pipe.holds = true;
    request(&client, "GET", path, false);
    exchange_bytes(&client);
    ck_assert_uint_eq(client.pipe.n, 1);
    ck_assert_int_eq(client.pipe.requests[0]->fault, EXCHANGE_FAULT_HEADERS_TOO_LARGE);
    http_pipe_answer(client.pipe.requests[0]);
    close_client(&client);
}
END_TEST

START_TEST(a_reset_cuts_the_request_off)
{
    struct client client;
    int32_t id;

    open_client(&client);
    client.pipe.holds = true;
    id = request(&client, "GET", "/1", false);
    exchange_bytes(&client);
    nghttp2_submit_rst_stream(client.session, NGHTTP2_FLAG_NONE, id, NGHTTP2_CANCEL);
    exchange_bytes(&client);
    ck_assert_uint_eq(client.pipe.budget.exchanges, 1); // still handled
    http_pipe_answer(client.pipe.requests[0]);
    ck_assert_uint_eq(client.pipe.budget.exchanges, 0);
    close_client(&client);
}
END_TEST

START_TEST(the_connection_may_go_before_the_answers)
{
    struct client client;

    open_client(&client);
    client.pipe.holds = true;
    request(&client, "GET", "/1", false);
    request(&client, "GET", "/2", false);
    client.upload = bytes_of("hello", 5);
    exchange_bytes(&client);
    http_connection_free(client.pipe.connection);
    client.pipe.connection = NULL;
    ck_assert_uint_eq(client.pipe.budget.exchanges, 2);
    http_pipe_answer(client.pipe.requests[1]);
    http_pipe_answer(client.pipe.requests[0]);
    close_client(&client);
}
END_TEST

START_TEST(streams_beyond_the_limit_are_refused)
{
    struct client client;
    int32_t id;

    open_client(&client);
    exchange_bytes(&client);
    client.pipe.budget.exchanges = API_REQUESTS_MAX;
    id = request(&client, "GET", "/1", false);
    exchange_bytes(&client);
    ck_assert(client.ended[id / 2]);
    ck_assert_uint_eq(client.error[id / 2], NGHTTP2_REFUSED_STREAM);
    ck_assert_uint_eq(client.pipe.n, 0);
    client.pipe.budget.exchanges = 0;
    close_client(&client);
}
END_TEST

START_TEST(broken_frames_end_the_connection_with_goaway)
{
    static const char junk[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x05\x01\x04\x00\x00\x00\x02zzzzz";
    struct http_pipe pipe;

    http_pipe_open(&pipe);
    http_pipe_feed(&pipe, junk, sizeof(junk) - 1);
    http_pipe_feed(&pipe, junk, sizeof(junk) - 1);
    ck_assert(http_connection_is_closing(pipe.connection));
    ck_assert_uint_gt(pipe.out.n, 17);
    ck_assert_uint_eq(pipe.n, 0);
    http_pipe_close(&pipe);
}
END_TEST

START_TEST(an_idle_connection_ends_in_order)
{
    struct client client;
    int32_t id;

    open_client(&client);
    id = request(&client, "GET", "/1", false);
    exchange_bytes(&client);
    expect_body(&client, id, "/1|");
    http_connection_terminate(client.pipe.connection);
    exchange_bytes(&client);
    ck_assert(http_connection_is_closing(client.pipe.connection));
    ck_assert(!nghttp2_session_want_read(client.session));
    close_client(&client);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_request_is_answered,
        bytes_may_come_one_by_one,
        answers_may_come_in_any_order,
        a_large_body_goes_both_ways,
        a_body_that_is_too_large_is_a_fault,
        headers_that_are_too_large_are_a_fault,
        a_reset_cuts_the_request_off,
        the_connection_may_go_before_the_answers,
        streams_beyond_the_limit_are_refused,
        broken_frames_end_the_connection_with_goaway,
        an_idle_connection_ends_in_order,
    };

    return run_tests("http2", tests, RUN_COUNT(tests));
}
