#include "api-d/http/http2.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nghttp2/nghttp2.h>

#include "api-d/api_limits.h"

struct http2 {
    struct http2_config config;
    nghttp2_session *session;
    struct exchange *first; // all that have a stream
    bool broken;
};

static void link_exchange(struct http2 *h, struct exchange *exchange)
{
    exchange->next = h->first;
    if (h->first)
        h->first->prev = exchange;
    h->first = exchange;
}

static void unlink_exchange(struct http2 *h, struct exchange *exchange)
{
    if (exchange->prev)
        exchange->prev->next = exchange->next;
    else
        h->first = exchange->next;
    if (exchange->next)
        exchange->next->prev = exchange->prev;
    exchange->next = exchange->prev = NULL;
}

static void on_exchange_answered(void *codec, struct exchange *exchange);

static int on_begin_headers(nghttp2_session *session, const nghttp2_frame *frame, void *arg)
{
    struct http2 *h = arg;
    struct exchange *exchange;

    if (frame->hd.type != NGHTTP2_HEADERS || frame->headers.cat != NGHTTP2_HCAT_REQUEST)
        return 0;
    exchange = exchange_new(h, on_exchange_answered, h->config.budget);
    if (!exchange)
        return nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, frame->hd.stream_id, NGHTTP2_REFUSED_STREAM);
    exchange->stream_id = frame->hd.stream_id;
    link_exchange(h, exchange);
    return nghttp2_session_set_stream_user_data(session, frame->hd.stream_id, exchange);
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name, size_t name_n,
                     const uint8_t *value, size_t value_n, uint8_t flags, void *arg)
{
    struct exchange *exchange = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);

    (void)flags;
    (void)arg;
    // Trailers come as HEADERS of another category (RFC 9110 6.5.1: not to be taken for headers).
    if (!exchange || frame->hd.type != NGHTTP2_HEADERS || frame->headers.cat != NGHTTP2_HCAT_REQUEST)
        return 0;
    if (name_n == 7 && !memcmp(name, ":method", 7))
        exchange_set_verb(exchange, bytes_of(value, value_n));
    else if (name_n == 5 && !memcmp(name, ":path", 5))
        exchange_add_target(exchange, bytes_of(value, value_n));
    else
        exchange_add_header(exchange, bytes_of(name, name_n), bytes_of(value, value_n));
    return 0;
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t stream_id, const uint8_t *data, size_t n, void *arg)
{
    struct exchange *exchange = nghttp2_session_get_stream_user_data(session, stream_id);

    (void)flags;
    (void)arg;
    if (exchange && !exchange_add_body(exchange, bytes_of(data, n)))
        return nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, stream_id, NGHTTP2_CANCEL);
    return 0;
}

static int on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *arg)
{
    struct exchange *exchange;

    (void)arg;
    if (frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA)
        return 0;
    if (!(frame->hd.flags & NGHTTP2_FLAG_END_STREAM))
        return 0;
    exchange = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);
    if (exchange)
        exchange->complete = true; // handed out when nghttp2 has returned
    return 0;
}

static int on_stream_close(nghttp2_session *session, int32_t stream_id, uint32_t error, void *arg)
{
    struct exchange *exchange = nghttp2_session_get_stream_user_data(session, stream_id);

    (void)error;
    if (exchange) {
        unlink_exchange(arg, exchange);
        exchange_cut_off(exchange);
    }
    return 0;
}

static int start_session(struct http2 *h)
{
    const nghttp2_settings_entry settings[] = {
        {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, API_STREAMS_MAX},
        {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, API_OUTPUT_MAX_BYTES},
        {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, API_HEADERS_MAX_BYTES},
    };
    nghttp2_session_callbacks *callbacks = NULL;
    int err = nghttp2_session_callbacks_new(&callbacks);

    if (err)
        return -ENOMEM;
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, on_begin_headers);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_stream_close);
    err = nghttp2_session_server_new(&h->session, callbacks, h);
    nghttp2_session_callbacks_del(callbacks);
    if (!err)
        err = nghttp2_submit_settings(h->session, NGHTTP2_FLAG_NONE, settings, sizeof(settings) / sizeof(settings[0]));
    if (!err)
        err = nghttp2_session_set_local_window_size(h->session, NGHTTP2_FLAG_NONE, 0, 4 * API_OUTPUT_MAX_BYTES);
    return err ? -ENOMEM : 0;
}

struct http2 *http2_new(const struct http2_config *config)
{
    struct http2 *h = calloc(1, sizeof(*h));

    if (!h)
        return NULL;
    h->config = *config;
    if (start_session(h) < 0) {
        http2_free(h);
        return NULL;
    }
    return h;
}

void http2_free(struct http2 *h)
{
    struct exchange *next;

    if (!h)
        return;
    // nghttp2_session_del does not call on_stream_close.
    for (struct exchange *exchange = h->first; exchange; exchange = next) {
        next = exchange->next;
        exchange_cut_off(exchange);
    }
    nghttp2_session_del(h->session);
    free(h);
}

static struct exchange *find_ready(struct http2 *h)
{
    struct exchange *oldest = NULL;

    for (struct exchange *exchange = h->first; exchange; exchange = exchange->next)
        if (exchange->complete && !exchange->handed_out && !exchange->answered)
            oldest = exchange; // new ones stand at the front
    return oldest;
}

int http2_feed(struct http2 *h, struct bytes input)
{
    struct exchange *exchange;
    ssize_t n;

    if (h->broken)
        return -EPROTO;
    n = nghttp2_session_mem_recv(h->session, input.p, input.n);
    if (n < 0 || (size_t)n != input.n) {
        h->broken = true;
        nghttp2_session_terminate_session(h->session, NGHTTP2_PROTOCOL_ERROR);
        return -EPROTO;
    }
    while ((exchange = find_ready(h))) {
        exchange->handed_out = true;
        h->config.on_ready(h->config.arg, exchange);
    }
    return 0;
}

static ssize_t read_answer(nghttp2_session *session, int32_t stream_id, uint8_t *out, size_t n, uint32_t *flags,
                           nghttp2_data_source *source, void *arg)
{
    struct exchange *exchange = source->ptr;
    size_t left = exchange->answer.body.n - exchange->sent_bytes;

    (void)session;
    (void)stream_id;
    (void)arg;
    if (n > left)
        n = left;
    if (n)
        memcpy(out, exchange->answer.body.p + exchange->sent_bytes, n);
    exchange->sent_bytes += n;
    if (n == left)
        *flags |= NGHTTP2_DATA_FLAG_EOF;
    return (ssize_t)n;
}

static nghttp2_nv header(const char *name, const char *value)
{
    return (nghttp2_nv){.name = (uint8_t *)(uintptr_t)name,
                        .namelen = strlen(name),
                        .value = (uint8_t *)(uintptr_t)value,
                        .valuelen = strlen(value)};
}

static void on_exchange_answered(void *codec, struct exchange *exchange)
{
    const struct exchange_answer *answer = &exchange->answer;
    nghttp2_data_provider data = {.source.ptr = exchange, .read_callback = read_answer};
    char status[16], length[24], name[32] = "";
    struct http2 *h = codec;
    nghttp2_nv headers[4];
    size_t n = 0;

    snprintf(status, sizeof(status), "%u", answer->status);
    snprintf(length, sizeof(length), "%zu", answer->body.n);
    headers[n++] = header(":status", status);
    headers[n++] = header("content-type", answer->content_type);
    headers[n++] = header("content-length", length);
    if (answer->header_name) {
        for (size_t i = 0; i < sizeof(name) - 1 && answer->header_name[i]; i++) // RFC 9113 8.2: lower case
            name[i] = (char)tolower((unsigned char)answer->header_name[i]);
        headers[n++] = header(name, answer->header_value);
    }
    if (nghttp2_submit_response(h->session, exchange->stream_id, headers, n,
                                exchange->verb == EXCHANGE_VERB_HEAD ? NULL : &data))
        h->broken = true;
    h->config.on_answered(h->config.arg);
}

int http2_pull(struct http2 *h, struct buffer *out)
{
    const uint8_t *data;
    ssize_t n;

    while (out->n < API_OUTPUT_MAX_BYTES) {
        n = nghttp2_session_mem_send(h->session, &data);
        if (n < 0 || (n > 0 && buffer_append(out, bytes_of(data, (size_t)n)) < 0)) {
            h->broken = true;
            return -ENOMEM;
        }
        if (n == 0)
            break;
    }
    return 0;
}

bool http2_is_closing(const struct http2 *h)
{
    return h->broken || (!nghttp2_session_want_read(h->session) && !nghttp2_session_want_write(h->session));
}

bool http2_is_idle(const struct http2 *h)
{
    return !h->first;
}

bool http2_is_receiving(const struct http2 *h)
{
    for (const struct exchange *exchange = h->first; exchange; exchange = exchange->next)
        if (!exchange->complete)
            return true;
    return false;
}

void http2_terminate(struct http2 *h)
{
    if (nghttp2_session_terminate_session(h->session, NGHTTP2_NO_ERROR))
        h->broken = true;
}
