#include "api-d/http/http1.h"

#include <string.h>

#include <http_parser.h>

#include "api-d/api_limits.h"
#include "lib/schema/wiping.h"

#define HEADER_NAME_MAX  64u
#define HEADER_VALUE_MAX 256u

struct http1 {
    struct http1_config config;
    http_parser parser;
    struct exchange *exchange; // being received or answered
    bool answering;
    bool keep_alive;
    bool closing;
    bool has_body_limit_hit; // too much was dropped
    bool has_headers;        // what looks like headers from here on is trailers
    bool in_value;
    // The header being received; longer ones are none that we use, or are malformed.
    size_t name_n, value_n;
    char name[HEADER_NAME_MAX];
    char value[HEADER_VALUE_MAX];
    struct buffer out;
};

static void end_header(struct http1 *h)
{
    if (h->name_n && h->name_n <= HEADER_NAME_MAX)
        // A value that was too long keeps its true length, so that the exchange sees that it does not fit.
        exchange_add_header(h->exchange, bytes_of(h->name, h->name_n), bytes_of(h->value, h->value_n));
    h->name_n = 0;
    h->value_n = 0;
    h->in_value = false;
}

static void put(char *out, size_t capacity, size_t *n, const char *data, size_t size)
{
    if (*n < capacity)
        memcpy(out + *n, data, size < capacity - *n ? size : capacity - *n);
    *n += size;
}

static void on_exchange_answered(void *codec, struct exchange *exchange);

static int on_message_begin(http_parser *parser)
{
    struct http1 *h = parser->data;

    h->has_headers = false;
    h->exchange = exchange_new(h, on_exchange_answered, h->config.budget);
    return h->exchange ? 0 : 1;
}

static int on_url(http_parser *parser, const char *at, size_t n)
{
    struct http1 *h = parser->data;

    exchange_add_target(h->exchange, bytes_of(at, n));
    return 0;
}

static int on_header_field(http_parser *parser, const char *at, size_t n)
{
    struct http1 *h = parser->data;

    if (memchr(at, ' ', n))
        return 1; // RFC 9112 5.1, which the parser does not insist on
    if (h->has_headers)
        return 0; // RFC 9110 6.5.1: trailers are not to be taken for headers
    if (h->in_value)
        end_header(h);
    put(h->name, HEADER_NAME_MAX, &h->name_n, at, n);
    return 0;
}

static int on_header_value(http_parser *parser, const char *at, size_t n)
{
    struct http1 *h = parser->data;

    if (h->has_headers)
        return 0;
    h->in_value = true;
    put(h->value, HEADER_VALUE_MAX, &h->value_n, at, n);
    return 0;
}

static int on_headers_complete(http_parser *parser)
{
    struct http1 *h = parser->data;
    const char *verb = http_method_str((enum http_method)parser->method);

    if (h->in_value)
        end_header(h);
    h->has_headers = true;
    exchange_set_verb(h->exchange, bytes_of(verb, strlen(verb)));
    // RFC 9110 7.8: an Upgrade may be ignored, and CONNECT is one more verb that we don't have.
    parser->upgrade = 0;
    if (h->exchange->expects_continue && parser->http_minor >= 1)
        return buffer_append_str(&h->out, "HTTP/1.1 100 Continue\r\n\r\n") < 0;
    return 0;
}

static int on_body(http_parser *parser, const char *at, size_t n)
{
    struct http1 *h = parser->data;

    h->has_body_limit_hit = !exchange_add_body(h->exchange, bytes_of(at, n));
    return h->has_body_limit_hit;
}

static int on_message_complete(http_parser *parser)
{
    struct http1 *h = parser->data;

    h->keep_alive = http_should_keep_alive(parser) && parser->http_minor >= 1;
    http_parser_pause(parser, 1);
    return 0;
}

static const http_parser_settings settings = {
    .on_message_begin = on_message_begin,
    .on_url = on_url,
    .on_header_field = on_header_field,
    .on_header_value = on_header_value,
    .on_headers_complete = on_headers_complete,
    .on_body = on_body,
    .on_message_complete = on_message_complete,
};

struct http1 *http1_new(const struct http1_config *config)
{
    struct http1 *h = wiping_malloc(sizeof(*h));

    if (!h)
        return NULL;
    *h = (struct http1){0};
    h->config = *config;
    http_parser_set_max_header_size(API_HEADERS_MAX_BYTES);
    http_parser_init(&h->parser, HTTP_REQUEST);
    h->parser.data = h;
    return h;
}

void http1_free(struct http1 *h)
{
    if (!h)
        return;
    if (h->exchange)
        exchange_cut_off(h->exchange);
    buffer_done(&h->out);
    wiping_free(h);
}

// RFC 9112 2.2: an error in the framing ends the connection, since nobody knows where the next request begins.
static void refuse(struct http1 *h, enum http_errno error)
{
    const char *status = "400 Bad Request", *code = "invalid_argument", *text = "malformed HTTP request";
    struct buffer body = {0};

    h->closing = true;
    exchange_free(h->exchange);
    h->exchange = NULL;
    if (h->has_body_limit_hit)
        return;
    if (error == HPE_HEADER_OVERFLOW) {
        status = "431 Request Header Fields Too Large";
        code = "resource_exhausted";
        text = "headers over 32 KiB";
    } else if (error == HPE_CB_message_begin) {
        status = "503 Service Unavailable";
        code = "unavailable";
        text = "too many requests at one time";
    }
    if (buffer_append_format(&body, "{\"code\":\"%s\",\"message\":\"%s\"}", code, text) >= 0)
        buffer_append_format(&h->out,
                             "HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n"
                             "Connection: close\r\n\r\n%s",
                             status, body.n, buffer_str(&body));
    buffer_done(&body);
}

size_t http1_feed(struct http1 *h, struct bytes input)
{
    enum http_errno error;
    size_t n;

    if (h->answering || h->closing || !input.n)
        return 0;
    n = http_parser_execute(&h->parser, &settings, (const char *)input.p, input.n);
    error = HTTP_PARSER_ERRNO(&h->parser);
    if (error == HPE_OK)
        return n;
    if (error != HPE_PAUSED) {
        refuse(h, error);
        return input.n;
    }
    http_parser_pause(&h->parser, 0);
    h->answering = true;
    h->exchange->handed_out = true;
    h->config.on_ready(h->config.arg, h->exchange);
    return n;
}

static int write_head(struct http1 *h, const struct exchange_answer *answer)
{
    const char *reason = http_status_str((enum http_status)answer->status);
    int err;

    err = buffer_append_format(&h->out, "HTTP/1.1 %u %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n", answer->status,
                               answer->status == 499 ? "Canceled" : reason, answer->content_type, answer->body.n);
    if (!err && answer->header_name)
        err = buffer_append_format(&h->out, "%s: %s\r\n", answer->header_name, answer->header_value);
    if (!err)
        err = buffer_append_str(&h->out, h->keep_alive ? "\r\n" : "Connection: close\r\n\r\n");
    return err;
}

static void on_exchange_answered(void *codec, struct exchange *exchange)
{
    struct http1 *h = codec;
    int err = write_head(h, &exchange->answer);

    if (!err && exchange->verb != EXCHANGE_VERB_HEAD)
        err = buffer_append(&h->out, buffer_view(&exchange->answer.body));
    exchange_free(exchange);
    h->exchange = NULL;
    h->answering = false;
    if (err < 0 || !h->keep_alive)
        h->closing = true;
    h->config.on_answered(h->config.arg);
}

struct buffer *http1_output(struct http1 *h)
{
    return &h->out;
}

bool http1_is_closing(const struct http1 *h)
{
    return h->closing;
}

bool http1_is_answering(const struct http1 *h)
{
    return h->answering;
}

bool http1_is_receiving(const struct http1 *h)
{
    return h->exchange && !h->answering;
}
