#include "api-d/envelope.h"

#include <stdio.h>
#include <stdlib.h>

#include "bulkhead/internal/v1/ipc.pb-c.h"

struct pending {
    struct api *api;
    struct connect_call *call;
    const struct envelope *envelope;
};

char *envelope_actor(const struct connect_call *call, char out[ENVELOPE_ACTOR_MAX])
{
    snprintf(out, ENVELOPE_ACTOR_MAX, "uid %u", connect_call_uid(call));
    return out;
}

void envelope_fail(struct connect_call *call, const char *server, const struct ipc_result *result)
{
    enum connect_code code = connect_code_from_ipc(result->error);

    switch (code) {
    case CONNECT_INVALID_ARGUMENT:
    case CONNECT_NOT_FOUND:
    case CONNECT_ALREADY_EXISTS:
    case CONNECT_FAILED_PRECONDITION:
        connect_call_fail(call, code, result->text);
        return;
    default:
        connect_call_fail_format(call, code, "%s: %s", server, result->text);
    }
}

// NULL: there is no such field, or it is unset.
static const ProtobufCMessage *message_field(const ProtobufCMessage *message, const char *name)
{
    const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field_by_name(message->descriptor, name);

    return field ? *(const ProtobufCMessage *const *)(const void *)((const char *)message + field->offset) : NULL;
}

static void set_field(ProtobufCMessage *message, const char *name, const void *value)
{
    const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field_by_name(message->descriptor, name);

    if (field)
        *(const void **)(void *)((char *)message + field->offset) = value;
}

static void on_result(void *arg, const struct ipc_result *result)
{
    struct pending pending = *(struct pending *)arg;
    const ProtobufCMessage *response;

    free(arg);
    if (result->error) {
        envelope_fail(pending.call, pending.envelope->server, result);
        return;
    }
    if (pending.envelope->changes_authorities)
        courier_push_refresh(&pending.api->courier);
    response = message_field(result->message, "response");
    if (response)
        connect_call_reply(pending.call, response);
    else
        connect_call_fail_format(pending.call, CONNECT_INTERNAL, "%s answers nothing", pending.envelope->server);
}

void envelope_send(struct api *api, struct connect_call *call, const struct envelope *envelope,
                   const ProtobufCMessage *message)
{
    struct pending *pending = malloc(sizeof(*pending));

    if (!pending) {
        connect_call_fail(call, CONNECT_RESOURCE_EXHAUSTED, "out of memory");
        return;
    }
    *pending = (struct pending){.api = api, .call = call, .envelope = envelope};
    ipc_call(api->node, envelope->method, message, connect_call_left_ms(call), on_result, pending);
}

void envelope_forward(struct api *api, struct connect_call *call, const struct envelope *envelope,
                      const ProtobufCMessage *request)
{
    ProtobufCMessage *message = calloc(1, envelope->descriptor->sizeof_message);
    char actor[ENVELOPE_ACTOR_MAX];

    if (!message) {
        connect_call_fail(call, CONNECT_RESOURCE_EXHAUSTED, "out of memory");
        return;
    }
    protobuf_c_message_init(envelope->descriptor, message);
    set_field(message, "actor", envelope_actor(call, actor));
    set_field(message, "request", request);
    envelope_send(api, call, envelope, message);
    free(message); // its fields were lent
}
