#include "api-d/connect/connect_request.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "api-d/api_limits.h"
#include "api-d/connect/connect_query.h"
#include "lib/ipc/allocator.h"
#include "lib/schema/proto_json.h"

static int refuse(struct connect_refusal *refusal, enum connect_code code, unsigned http_status, const char *message)
{
    refusal->code = code;
    refusal->http_status = http_status;
    buffer_append_str(&refusal->message, message);
    return -EINVAL;
}

static int check_fault(const struct exchange *exchange, struct connect_refusal *refusal)
{
    switch (exchange->fault) {
    case EXCHANGE_FAULT_NONE:
        return 0;
    case EXCHANGE_FAULT_BODY_TOO_LARGE:
        return refuse(refusal, CONNECT_RESOURCE_EXHAUSTED, 0, "the request is over 20 MiB (a backup over 60 MiB)");
    case EXCHANGE_FAULT_OUT_OF_MEMORY:
        return refuse(refusal, CONNECT_RESOURCE_EXHAUSTED, 0, "too much is being received at the moment");
    case EXCHANGE_FAULT_HEADERS_TOO_LARGE:
        return refuse(refusal, CONNECT_RESOURCE_EXHAUSTED, 431, "headers over 32 KiB");
    case EXCHANGE_FAULT_HEADER_MALFORMED:
        return refuse(refusal, CONNECT_INVALID_ARGUMENT, 0, "a header is too long or came twice");
    }
    return 0;
}

static int find_method(const struct method *table, const struct exchange *exchange, struct bytes *ret_query,
                       const struct method **ret_method, struct connect_refusal *refusal)
{
    struct bytes path = buffer_view(&exchange->target);
    const uint8_t *mark = path.n ? memchr(path.p, '?', path.n) : NULL;

    *ret_query = bytes_of(NULL, 0);
    if (mark) {
        size_t n = (size_t)(mark - path.p);

        *ret_query = bytes_of(mark + 1, path.n - n - 1);
        path.n = n;
    }
    *ret_method = method_find(table, path);
    if (!*ret_method)
        return refuse(refusal, CONNECT_UNIMPLEMENTED, 404, "there is no such method");
    return 0;
}

static int check_verb(const struct exchange *exchange, const struct method *method, struct connect_refusal *refusal)
{
    if (exchange->verb == EXCHANGE_VERB_POST || (exchange->verb == EXCHANGE_VERB_GET && method->has_no_side_effects))
        return 0;
    refusal->header_name = "Allow";
    refusal->header_value = method->has_no_side_effects ? "GET, POST" : "POST";
    return refuse(refusal, CONNECT_UNIMPLEMENTED, 405,
                  method->has_no_side_effects ? "this method is called with POST or GET"
                                              : "this method is called with POST");
}

// "application/json; charset=utf-8": the type without parameters, of which only that one is known.
static int parse_content_type(const char *text, enum connect_encoding *ret_encoding)
{
    size_t n = strcspn(text, "; \t");
    const char *parameters = text + n + strspn(text + n, "; \t");

    if (*parameters && strcasecmp(parameters, "charset=utf-8") != 0 && strcasecmp(parameters, "charset=\"utf-8\"") != 0)
        return -EINVAL;
    if (n == 16 && !strncasecmp(text, "application/json", n))
        *ret_encoding = CONNECT_ENCODING_JSON;
    else if (n == 17 && !strncasecmp(text, "application/proto", n) && !*parameters)
        *ret_encoding = CONNECT_ENCODING_PROTO;
    else
        return -EINVAL;
    return 0;
}

static int check_version(const char *version, const char *right, struct connect_refusal *refusal)
{
    if (!version[0] || !strcmp(version, right))
        return 0;
    return refuse(refusal, CONNECT_INVALID_ARGUMENT, 0, "the protocol's version is 1");
}

static int check_compression(const char *name, struct connect_refusal *refusal)
{
    if (!name[0] || !strcasecmp(name, "identity"))
        return 0;
    return refuse(refusal, CONNECT_UNIMPLEMENTED, 0, "unknown compression; supported encodings: identity");
}

// "positive integer of at most 10 digits"
static int parse_timeout(const char *text, uint64_t *ret_ms, struct connect_refusal *refusal)
{
    size_t n = strspn(text, "0123456789");

    *ret_ms = 0;
    if (!text[0])
        return 0;
    if (text[n] || n > 10)
        return refuse(refusal, CONNECT_INVALID_ARGUMENT, 0,
                      "Connect-Timeout-Ms is not an integer of at most 10 digits");
    *ret_ms = strtoull(text, NULL, 10);
    if (!*ret_ms)
        return refuse(refusal, CONNECT_DEADLINE_EXCEEDED, 0, "the time is up");
    return 0;
}

static int decode_json(struct bytes text, struct connect_request *request, ProtobufCAllocator *allocator,
                       struct connect_refusal *refusal)
{
    struct mistakes mistakes = mistakes_of(NULL);
    char *lines;
    int err;

    err = proto_json_decode(text, request->method->request, allocator, &mistakes, &request->message);
    if (err < 0) {
        lines = mistakes_format(&mistakes);
        if (lines && lines[0] && lines[strlen(lines) - 1] == '\n')
            lines[strlen(lines) - 1] = 0;
        refuse(refusal, err == -ENOMEM ? CONNECT_RESOURCE_EXHAUSTED : CONNECT_INVALID_ARGUMENT, 0,
               lines ? lines : "out of memory");
        free(lines);
    }
    mistakes_done(&mistakes);
    return err < 0 ? -EINVAL : 0;
}

static int decode_message(struct bytes body, struct connect_request *request, struct connect_refusal *refusal)
{
    struct allocator_bounded allocator; // or 20 MiB of unknown fields would become a gigabyte

    allocator_bounded_init(&allocator, API_MESSAGE_MAX_BYTES);
    if (request->encoding == CONNECT_ENCODING_JSON)
        return decode_json(body, request, &allocator.base, refusal);
    request->message = protobuf_c_message_unpack(request->method->request, &allocator.base, body.n,
                                                 body.p ? body.p : (const uint8_t *)"");
    if (!request->message)
        return refuse(refusal, CONNECT_INVALID_ARGUMENT, 0, "the request is not a message of this method");
    return 0;
}

static int decode_post(const struct exchange *exchange, struct connect_request *request,
                       struct connect_refusal *refusal)
{
    int err;

    if (parse_content_type(exchange->content_type, &request->encoding) < 0) {
        refusal->header_name = "Accept-Post";
        refusal->header_value = "application/json, application/proto";
        return refuse(refusal, CONNECT_UNKNOWN, 415, "the content type is application/json or application/proto");
    }
    err = check_version(exchange->connect_version, "1", refusal);
    if (!err)
        err = check_compression(exchange->content_encoding, refusal);
    if (!err)
        err = decode_message(buffer_view(&exchange->body), request, refusal);
    return err;
}

static int check_query(const struct connect_query *query, struct connect_request *request,
                       struct connect_refusal *refusal)
{
    int err;

    if (!strcmp(query->encoding, "json"))
        request->encoding = CONNECT_ENCODING_JSON;
    else if (!strcmp(query->encoding, "proto"))
        request->encoding = CONNECT_ENCODING_PROTO;
    else
        return refuse(refusal, CONNECT_UNKNOWN, 415, "query parameter encoding is json or proto");
    if (!query->has_message)
        return refuse(refusal, CONNECT_INVALID_ARGUMENT, 0, "query parameter message is missing");
    err = check_version(query->connect, "v1", refusal);
    return err ? err : check_compression(query->compression, refusal);
}

static int decode_get(struct bytes text, struct connect_request *request, struct connect_refusal *refusal)
{
    struct connect_query query;
    const char *error;
    int err;

    err = connect_query_parse(text, &query, &error);
    if (err < 0)
        refuse(refusal, CONNECT_INVALID_ARGUMENT, 0, err == -ENOMEM ? "out of memory" : error);
    if (!err)
        err = check_query(&query, request, refusal);
    if (!err)
        err = decode_message(buffer_view(&query.message), request, refusal);
    connect_query_done(&query);
    return err < 0 ? -EINVAL : 0;
}

int connect_request_decode(const struct method *table, const struct exchange *exchange,
                           struct connect_request *ret_request, struct connect_refusal *ret_refusal)
{
    struct connect_request request = {0};
    struct bytes query;
    int err;

    *ret_refusal = (struct connect_refusal){0};
    err = find_method(table, exchange, &query, &request.method, ret_refusal);
    if (!err)
        err = check_verb(exchange, request.method, ret_refusal);
    if (!err)
        err = check_fault(exchange, ret_refusal);
    if (!err && !exchange->client.admin)
        err =
            refuse(ret_refusal, CONNECT_PERMISSION_DENIED, 0, "only root and the group bulkhead-admin may use the API");
    if (!err)
        err = parse_timeout(exchange->connect_timeout, &request.timeout_ms, ret_refusal);
    if (!err && exchange->verb == EXCHANGE_VERB_GET)
        err = decode_get(query, &request, ret_refusal);
    else if (!err)
        err = decode_post(exchange, &request, ret_refusal);
    if (!err)
        *ret_request = request;
    return err;
}

void connect_request_done(struct connect_request *request)
{
    if (request->message)
        protobuf_c_message_free_unpacked(request->message, &allocator_wiping);
    *request = (struct connect_request){0};
}
