#include "ctl/client.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "ctl/exchange.h"
#include "lib/schema/proto_json.h"
#include "lib/schema/wiping.h"

#define HEAD_BYTES_MAX 512

__attribute__((format(printf, 3, 4))) static enum exit_code fail(struct client_answer *answer, enum exit_code code,
                                                                 const char *format, ...)
{
    va_list args;

    va_start(args, format);
    if (vasprintf(&answer->error, format, args) < 0)
        answer->error = NULL;
    va_end(args);
    return code;
}

// NUL-terminated, of wiping_malloc; NULL without memory.
static char *build_body(const struct client *client, const ProtobufCMessage *message, size_t *ret_n)
{
    char *body;

    if (!client->binary) {
        body = proto_json_encode(message, 0);
        *ret_n = body ? strlen(body) : 0;
        return body;
    }
    *ret_n = protobuf_c_message_get_packed_size(message);
    body = wiping_malloc(*ret_n + 1);
    if (body) {
        protobuf_c_message_pack(message, (uint8_t *)body);
        body[*ret_n] = 0;
    }
    return body;
}

// Head and body in one buffer of wiping_malloc; NULL without memory.
static char *build_request(const struct client *client, const char *method, const ProtobufCMessage *message,
                           size_t *ret_n)
{
    size_t body_n;
    char *body = build_body(client, message, &body_n);
    char *request = body ? wiping_malloc(HEAD_BYTES_MAX + body_n + 1) : NULL;
    int head_n;

    if (!request) {
        wiping_free(body);
        return NULL;
    }
    head_n = snprintf(request, HEAD_BYTES_MAX,
                      "POST /bulkhead.v1.%s HTTP/1.1\r\n"
                      "Host: localhost\r\n"
                      "Content-Type: application/%s\r\n"
                      "Connect-Protocol-Version: 1\r\n"
                      "Connect-Timeout-Ms: %u000\r\n"
                      "Connection: close\r\n"
                      "Content-Length: %zu\r\n\r\n",
                      method, client->binary ? "proto" : "json", client->timeout_s, body_n);
    memcpy(request + head_n, body, body_n + 1);
    wiping_free(body);
    *ret_n = (size_t)head_n + body_n;
    return request;
}

static enum exit_code fail_transport(struct client_answer *answer, const struct client *client, int error)
{
    switch (error) {
    case -ETIMEDOUT:
        return fail(answer, EXIT_REFUSED, "no answer within %u s", client->timeout_s);
    case -ECONNRESET:
        return fail(answer, EXIT_UNREACHABLE, "the api at %s closed the connection without an answer", client->socket);
    case -EBADMSG:
        return fail(answer, EXIT_UNREACHABLE, "what answers at %s does not speak HTTP", client->socket);
    case -EMSGSIZE:
        return fail(answer, EXIT_REFUSED, "the answer is longer than %u MiB", EXCHANGE_BODY_MAX >> 20);
    case -ENOMEM:
        return fail(answer, EXIT_REFUSED, "out of memory");
    default:
        return fail(answer, EXIT_UNREACHABLE,
                    "can't reach the api at %s: %s; does bulkhead run, and is --socket right?", client->socket,
                    strerror(-error));
    }
}

// Connect's error object: {"code": "not_found", "message": "..."}.
static enum exit_code fail_status(struct client_answer *answer, const struct exchange_response *response)
{
    json_t *error = json_loadb(response->body, response->n, 0, NULL);
    const char *code = json_string_value(json_object_get(error, "code"));
    const char *message = json_string_value(json_object_get(error, "message"));
    enum exit_code exit_code;

    if (code) {
        snprintf(answer->code, sizeof(answer->code), "%s", code);
        exit_code = fail(answer, EXIT_REFUSED, "%s", message ? message : "no reason given");
    } else {
        exit_code = fail(answer, EXIT_REFUSED, "HTTP status %u", response->status);
    }
    json_decref(error);
    return exit_code;
}

static enum exit_code read_json(struct client_answer *answer, const struct exchange_response *response,
                                const ProtobufCMessageDescriptor *descriptor)
{
    struct mistakes mistakes = mistakes_of(NULL);
    enum exit_code code = EXIT_OK;
    int r = proto_json_decode(bytes_of(response->body, response->n), descriptor, &wiping_allocator, &mistakes,
                              &answer->message);

    if (r < 0) {
        char *first = mistakes.n ? mistake_format(&mistakes, &mistakes.list[0]) : NULL;

        code = fail(answer, EXIT_REFUSED, "can't read the answer (are bhctl and the gateway of one version?): %s",
                    first ? first : strerror(-r));
        free(first);
    }
    mistakes_done(&mistakes);
    return code;
}

// A protobuf message never begins like a JSON object: '{' would begin a group.
static enum exit_code read_message(struct client_answer *answer, const struct exchange_response *response,
                                   const ProtobufCMessageDescriptor *descriptor)
{
    if (response->n && response->body[0] == '{')
        return read_json(answer, response, descriptor);
    answer->message =
        protobuf_c_message_unpack(descriptor, &wiping_allocator, response->n, (const uint8_t *)response->body);
    if (answer->message)
        return EXIT_OK;
    return fail(answer, EXIT_REFUSED, "can't read the answer (are bhctl and the gateway of one version?)");
}

enum exit_code client_call(const struct client *client, const char *method, const ProtobufCMessage *request,
                           const ProtobufCMessageDescriptor *descriptor, struct client_answer *ret_answer)
{
    struct exchange_response response = {0};
    enum exit_code code;
    size_t n = 0;
    char *text;
    int r;

    *ret_answer = (struct client_answer){0};
    text = build_request(client, method, request, &n);
    if (!text)
        return fail(ret_answer, EXIT_USAGE, "can't write the request: out of memory, or not UTF-8 text");
    r = exchange_run(client->socket, client->timeout_s, bytes_of(text, n), &response);
    wiping_free(text);
    if (r < 0)
        return fail_transport(ret_answer, client, r);
    code =
        response.status == 200 ? read_message(ret_answer, &response, descriptor) : fail_status(ret_answer, &response);
    wiping_free(response.body);
    return code;
}

void client_answer_done(struct client_answer *answer)
{
    free(answer->error);
    answer->error = NULL;
}
