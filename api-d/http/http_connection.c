#include "api-d/http/http_connection.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "api-d/api_limits.h"
#include "api-d/http/http1.h"
#include "api-d/http/http2.h"

enum protocol {
    PROTOCOL_UNKNOWN, // nothing came yet, or a part of the preface
    PROTOCOL_HTTP1,
    PROTOCOL_HTTP2,
};

struct http_connection {
    struct http_connection_config config;
    enum protocol protocol;
    struct http1 *http1;
    struct http2 *http2;
    struct buffer input; // not parsed yet
    bool busy;           // inside feed or pull: answers given meanwhile are seen there
    bool terminated;
};

static void on_ready(void *arg, struct exchange *exchange)
{
    struct http_connection *c = arg;

    exchange->client = c->config.client;
    c->config.on_ready(c->config.arg, exchange);
}

static void on_answered(void *arg)
{
    struct http_connection *c = arg;

    if (!c->busy)
        c->config.on_activity(c->config.arg);
}

struct http_connection *http_connection_new(const struct http_connection_config *config)
{
    struct http_connection *c = calloc(1, sizeof(*c));

    if (c)
        c->config = *config;
    return c;
}

void http_connection_free(struct http_connection *c)
{
    if (!c)
        return;
    http1_free(c->http1);
    http2_free(c->http2);
    buffer_done(&c->input);
    free(c);
}

static int choose_protocol(struct http_connection *c)
{
    const struct http1_config config1 = {on_ready, on_answered, c, c->config.budget};
    const struct http2_config config2 = {on_ready, on_answered, c, c->config.budget};
    size_t n = c->input.n < HTTP2_PREFACE_BYTES ? c->input.n : HTTP2_PREFACE_BYTES;

    if (n && memcmp(c->input.p, HTTP2_PREFACE, n) != 0) {
        c->http1 = http1_new(&config1);
        c->protocol = PROTOCOL_HTTP1;
        return c->http1 ? 0 : -ENOMEM;
    }
    if (n < HTTP2_PREFACE_BYTES)
        return 0;
    c->http2 = http2_new(&config2);
    c->protocol = PROTOCOL_HTTP2;
    return c->http2 ? 0 : -ENOMEM;
}

static void parse_http1(struct http_connection *c)
{
    size_t n;

    // What many small requests ask for can be large: more only when that was taken.
    while (c->input.n && http1_output(c->http1)->n < API_OUTPUT_MAX_BYTES) {
        n = http1_feed(c->http1, buffer_view(&c->input));
        if (!n)
            break;
        buffer_consume(&c->input, n);
    }
    if (http1_is_closing(c->http1))
        buffer_done(&c->input);
}

static int parse(struct http_connection *c)
{
    struct buffer input;
    int err = 0;

    if (c->protocol == PROTOCOL_UNKNOWN)
        err = choose_protocol(c);
    if (err < 0)
        return err;
    if (c->protocol == PROTOCOL_HTTP1) {
        parse_http1(c);
    } else if (c->protocol == PROTOCOL_HTTP2 && c->input.n) {
        input = buffer_take(&c->input);
        http2_feed(c->http2, buffer_view(&input)); // an error shows in http_connection_is_closing
        buffer_done(&input);
    }
    return 0;
}

int http_connection_feed(struct http_connection *c, struct bytes input)
{
    int err;

    if (http_connection_is_closing(c))
        return 0;
    err = buffer_append(&c->input, input);
    if (err < 0)
        return err;
    c->busy = true;
    err = parse(c);
    c->busy = false;
    return err;
}

int http_connection_pull(struct http_connection *c, struct buffer *out)
{
    struct buffer *from;
    int err = 0;

    c->busy = true;
    if (c->protocol == PROTOCOL_HTTP1) {
        parse_http1(c);
        from = http1_output(c->http1);
        if (!out->n) {
            buffer_done(out);
            *out = buffer_take(from);
        } else {
            err = buffer_append(out, buffer_view(from));
            buffer_done(from);
        }
    } else if (c->protocol == PROTOCOL_HTTP2) {
        err = http2_pull(c->http2, out);
    }
    c->busy = false;
    return err;
}

bool http_connection_wants_input(const struct http_connection *c)
{
    return !http_connection_is_closing(c) && c->input.n < API_INPUT_MAX_BYTES;
}

bool http_connection_is_closing(const struct http_connection *c)
{
    if (c->protocol == PROTOCOL_HTTP1)
        return c->terminated || http1_is_closing(c->http1);
    return (c->terminated && c->protocol == PROTOCOL_UNKNOWN) ||
           (c->protocol == PROTOCOL_HTTP2 && http2_is_closing(c->http2));
}

enum http_connection_phase http_connection_phase(const struct http_connection *c)
{
    if (c->protocol == PROTOCOL_HTTP1) {
        if (http1_is_answering(c->http1))
            return HTTP_CONNECTION_PHASE_ANSWERING;
        return http1_is_receiving(c->http1) ? HTTP_CONNECTION_PHASE_RECEIVING : HTTP_CONNECTION_PHASE_IDLE;
    }
    if (c->protocol == PROTOCOL_UNKNOWN)
        return HTTP_CONNECTION_PHASE_RECEIVING;
    if (http2_is_receiving(c->http2))
        return HTTP_CONNECTION_PHASE_RECEIVING;
    return http2_is_idle(c->http2) ? HTTP_CONNECTION_PHASE_IDLE : HTTP_CONNECTION_PHASE_ANSWERING;
}

void http_connection_terminate(struct http_connection *c)
{
    c->terminated = true;
    if (c->protocol == PROTOCOL_HTTP2)
        http2_terminate(c->http2);
}
