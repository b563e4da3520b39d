#include "api-d/courier/public_request.h"

#include <string.h>
#include <strings.h>

enum {
    STATUS_BAD_REQUEST = 400,
    STATUS_PAYLOAD_TOO_LARGE = 413,
    STATUS_URI_TOO_LONG = 414,
    STATUS_HEADERS_TOO_LARGE = 431,
};

// What ends the parser, from whatever call-back (1 would only leave the body out).
static int refuse(struct public_reader *reader, unsigned status)
{
    reader->fault = status;
    return -1;
}

static int on_url(http_parser *parser, const char *at, size_t n)
{
    struct public_reader *reader = parser->data;

    if (n > COURIER_TARGET_MAX_BYTES - reader->target_n)
        return refuse(reader, STATUS_URI_TOO_LONG);
    memcpy(reader->request.target + reader->target_n, at, n);
    reader->target_n += n;
    return 0;
}

static bool is_named(const struct public_reader *reader, const char *name)
{
    return reader->name_n == strlen(name) && strncasecmp(reader->name, name, reader->name_n) == 0;
}

// The name is complete: where its value goes.
static void begin_value(struct public_reader *reader)
{
    struct public_request *request = &reader->request;

    reader->value = NULL;
    reader->value_n = 0;
    if (is_named(reader, "content-type")) {
        reader->value = request->content_type;
        reader->value_size = sizeof(request->content_type);
    } else if (is_named(reader, "if-none-match")) {
        reader->value = request->if_none_match;
        reader->value_size = sizeof(request->if_none_match);
    }
    request->has_host = request->has_host || is_named(reader, "host");
}

static int on_header_field(http_parser *parser, const char *at, size_t n)
{
    struct public_reader *reader = parser->data;

    if (memchr(at, ' ', n))
        return refuse(reader, STATUS_BAD_REQUEST); // RFC 9112 5.1, which the parser does not insist on
    if (reader->in_trailer)
        return 0; // RFC 9110 6.5.1: no headers
    if (reader->in_value)
        reader->name_n = 0;
    reader->in_value = false;
    if (reader->name_n < sizeof(reader->name))
        memcpy(reader->name + reader->name_n, at,
               n < sizeof(reader->name) - reader->name_n ? n : sizeof(reader->name) - reader->name_n);
    reader->name_n += n;
    return 0;
}

// A value that is too long is of no use to us, and left out.
static int on_header_value(http_parser *parser, const char *at, size_t n)
{
    struct public_reader *reader = parser->data;

    if (reader->in_trailer)
        return 0;
    if (!reader->in_value)
        begin_value(reader);
    reader->in_value = true;
    if (!reader->value)
        return 0;
    if (n >= reader->value_size - reader->value_n) {
        reader->value[0] = 0;
        reader->value = NULL;
        return 0;
    }
    memcpy(reader->value + reader->value_n, at, n);
    reader->value_n += n;
    reader->value[reader->value_n] = 0;
    return 0;
}

static enum public_verb verb_of(const http_parser *parser)
{
    switch (parser->method) {
    case HTTP_GET:
        return PUBLIC_VERB_GET;
    case HTTP_HEAD:
        return PUBLIC_VERB_HEAD;
    case HTTP_POST:
        return PUBLIC_VERB_POST;
    default:
        return PUBLIC_VERB_OTHER;
    }
}

static int on_headers_complete(http_parser *parser)
{
    struct public_reader *reader = parser->data;

    reader->in_trailer = true;
    reader->request.verb = verb_of(parser);
    parser->upgrade = 0; // RFC 9110 7.8: may be ignored
    if ((parser->flags & F_CONTENTLENGTH) && parser->content_length > COURIER_BODY_MAX_BYTES)
        return refuse(reader, STATUS_PAYLOAD_TOO_LARGE);
    if (parser->http_minor >= 1 && !reader->request.has_host) // RFC 9112 3.2
        return refuse(reader, STATUS_BAD_REQUEST);
    return 0;
}

static int on_body(http_parser *parser, const char *at, size_t n)
{
    struct public_reader *reader = parser->data;
    struct public_request *request = &reader->request;

    if (n > COURIER_BODY_MAX_BYTES - request->body_n)
        return refuse(reader, STATUS_PAYLOAD_TOO_LARGE);
    memcpy(request->body + request->body_n, at, n);
    request->body_n += n;
    return 0;
}

static int on_message_complete(http_parser *parser)
{
    struct public_reader *reader = parser->data;

    reader->request.target[reader->target_n] = 0;
    reader->request.keeps_alive = http_should_keep_alive(parser) && parser->http_minor >= 1;
    http_parser_pause(parser, 1);
    return 0;
}

static const http_parser_settings settings = {
    .on_url = on_url,
    .on_header_field = on_header_field,
    .on_header_value = on_header_value,
    .on_headers_complete = on_headers_complete,
    .on_body = on_body,
    .on_message_complete = on_message_complete,
};

void public_reader_reset(struct public_reader *reader)
{
    http_parser_set_max_header_size(COURIER_HEADERS_MAX_BYTES + COURIER_TARGET_MAX_BYTES);
    http_parser_init(&reader->parser, HTTP_REQUEST);
    reader->parser.data = reader;
    reader->fault = 0;
    reader->target_n = 0;
    reader->name_n = 0;
    reader->value = NULL;
    reader->in_value = reader->in_trailer = false;
    reader->request.verb = PUBLIC_VERB_OTHER;
    reader->request.content_type[0] = reader->request.if_none_match[0] = 0;
    reader->request.body_n = 0;
    reader->request.keeps_alive = reader->request.has_host = false;
}

enum public_reader_state public_reader_feed(struct public_reader *reader, struct bytes input, size_t *ret_taken)
{
    enum http_errno error;

    *ret_taken = 0;
    if (!input.n)
        return PUBLIC_READER_STATE_MORE;
    *ret_taken = http_parser_execute(&reader->parser, &settings, (const char *)input.p, input.n);
    error = HTTP_PARSER_ERRNO(&reader->parser);
    if (error == HPE_OK)
        return PUBLIC_READER_STATE_MORE;
    if (error == HPE_PAUSED)
        return PUBLIC_READER_STATE_COMPLETE;
    if (!reader->fault)
        reader->fault = error == HPE_HEADER_OVERFLOW ? STATUS_HEADERS_TOO_LARGE : STATUS_BAD_REQUEST;
    return PUBLIC_READER_STATE_FAULT;
}
