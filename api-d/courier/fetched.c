#include "api-d/courier/fetched.h"

#include <stdlib.h>
#include <string.h>

static int on_headers_complete(http_parser *parser)
{
    struct fetched *fetched = parser->data;

    if (parser->status_code / 100 == 1)
        return 0; // an interim one (RFC 9110 15.2); the real one follows
    if (parser->status_code / 100 == 3)
        fetched->fault = "the server redirects, which is not followed";
    else if (parser->status_code != HTTP_STATUS_OK)
        fetched->fault = "the server answers with an error";
    else if ((parser->flags & F_CONTENTLENGTH) && parser->content_length > COURIER_DOWNLOAD_MAX_BYTES)
        fetched->fault = "the document is over 4 MiB";
    return fetched->fault ? -1 : 0;
}

static int on_body(http_parser *parser, const char *at, size_t n)
{
    struct fetched *fetched = parser->data;
    size_t capacity = fetched->capacity ? fetched->capacity : 16384;
    uint8_t *grown;

    if (n > COURIER_DOWNLOAD_MAX_BYTES - fetched->body_n) {
        fetched->fault = "the document is over 4 MiB";
        return 1;
    }
    while (capacity < fetched->body_n + n)
        capacity *= 2;
    if (capacity != fetched->capacity) {
        grown = realloc(fetched->body, capacity);
        if (!grown) {
            fetched->fault = "out of memory";
            return 1;
        }
        fetched->body = grown;
        fetched->capacity = capacity;
    }
    memcpy(fetched->body + fetched->body_n, at, n);
    fetched->body_n += n;
    return 0;
}

static int on_message_complete(http_parser *parser)
{
    struct fetched *fetched = parser->data;

    if (parser->status_code / 100 == 1)
        return 0;
    fetched->complete = true;
    http_parser_pause(parser, 1);
    return 0;
}

static const http_parser_settings settings = {
    .on_headers_complete = on_headers_complete,
    .on_body = on_body,
    .on_message_complete = on_message_complete,
};

void fetched_init(struct fetched *fetched)
{
    *fetched = (struct fetched){0};
    http_parser_set_max_header_size(COURIER_HEADERS_MAX_BYTES + COURIER_TARGET_MAX_BYTES);
    http_parser_init(&fetched->parser, HTTP_RESPONSE);
    fetched->parser.data = fetched;
}

void fetched_done(struct fetched *fetched)
{
    free(fetched->body);
    fetched->body = NULL;
}

bool fetched_feed(struct fetched *fetched, struct bytes input)
{
    enum http_errno error;

    if (fetched->complete || fetched->fault)
        return false;
    http_parser_execute(&fetched->parser, &settings, (const char *)input.p, input.n);
    error = HTTP_PARSER_ERRNO(&fetched->parser);
    if (fetched->complete)
        return false;
    if (!fetched->fault && input.n == 0)
        fetched->fault = "the server closed in the middle of its answer";
    else if (!fetched->fault && error != HPE_OK)
        fetched->fault = "the server's answer is not HTTP";
    return !fetched->fault;
}
