#include "lib/ipc/frame.h"

#include <errno.h>
#include <string.h>

#include "lib/core/wiping.h"
#include "lib/ipc/allocator.h"
#include "lib/ipc/ipc_limits.h"
#include "lib/ipc/method.h"

typedef Bulkhead__Internal__V1__Frame Frame; // the generated name fills a line

// Which fields each kind of frame has.
static const struct kind_rule {
    uint32_t kind;
    bool has_id;
    bool has_body; // may have one
    bool has_error;
    bool has_deadline; // may have one
} kind_rules[] = {
    {BULKHEAD__INTERNAL__V1__FRAME_KIND__FRAME_KIND_REQUEST, true, true, false, true},
    {BULKHEAD__INTERNAL__V1__FRAME_KIND__FRAME_KIND_RESPONSE, true, true, false, false},
    {BULKHEAD__INTERNAL__V1__FRAME_KIND__FRAME_KIND_ERROR, true, false, true, false},
    {BULKHEAD__INTERNAL__V1__FRAME_KIND__FRAME_KIND_NOTIFICATION, false, true, false, false},
    {BULKHEAD__INTERNAL__V1__FRAME_KIND__FRAME_KIND_GOODBYE, false, false, false, false},
};

static const struct kind_rule *find_kind(uint32_t kind)
{
    for (size_t i = 0; i < sizeof(kind_rules) / sizeof(kind_rules[0]); i++)
        if (kind_rules[i].kind == kind)
            return &kind_rules[i];
    return NULL;
}

static const char *check_error(const Frame *frame, const struct kind_rule *rule)
{
    bool has_text = frame->error_text[0] != '\0';

    if ((frame->error != 0) != rule->has_error || (has_text && !rule->has_error))
        return "error and kind disagree";
    if ((uint32_t)frame->error > BULKHEAD__INTERNAL__V1__ERROR_CODE__ERROR_CODE_INTERNAL)
        return "unknown error code";
    if (strlen(frame->error_text) > IPC_ERROR_TEXT_MAX)
        return "error text too long";
    return NULL;
}

static const char *check_frame(const Frame *frame)
{
    const struct kind_rule *rule = find_kind(frame->kind);

    if (!rule)
        return "unknown kind of frame";
    if (frame->base.n_unknown_fields)
        return "unknown fields in a frame";
    if ((frame->id != 0) != rule->has_id)
        return "id and kind disagree";
    if (frame->body.len && !rule->has_body)
        return "body and kind disagree";
    if (frame->deadline_ms && !rule->has_deadline)
        return "deadline and kind disagree";
    if (frame->deadline_ms > IPC_DEADLINE_MAX_MS)
        return "deadline out of range";
    return check_error(frame, rule);
}

Frame *frame_parse(struct bytes datagram, const char **ret_reason)
{
    struct allocator_bounded allocator;
    const char *reason;
    Frame *frame;

    if (!datagram.n || datagram.n > IPC_FRAME_MAX_BYTES) {
        *ret_reason = "size of a frame";
        return NULL;
    }
    allocator_bounded_init(&allocator, IPC_UNPACK_MAX_BYTES);
    frame = bulkhead__internal__v1__frame__unpack(&allocator.base, datagram.n, datagram.p);
    reason = frame ? check_frame(frame) : "not a frame";
    if (reason) {
        frame_free(frame);
        *ret_reason = reason;
        return NULL;
    }
    return frame;
}

void frame_free(Frame *frame)
{
    if (frame)
        bulkhead__internal__v1__frame__free_unpacked(frame, &allocator_wiping);
}

ProtobufCMessage *frame_body_parse(const ProtobufCMessageDescriptor *descriptor, struct bytes body)
{
    struct allocator_bounded allocator;

    allocator_bounded_init(&allocator, IPC_UNPACK_MAX_BYTES);
    return protobuf_c_message_unpack(descriptor, &allocator.base, body.n, body.p);
}

void frame_body_free(ProtobufCMessage *message)
{
    if (message)
        protobuf_c_message_free_unpacked(message, &allocator_wiping);
}

static int pack_frame(const Frame *frame, struct frame_buffer **ret_buffer)
{
    size_t n = bulkhead__internal__v1__frame__get_packed_size(frame);
    struct frame_buffer *buffer;

    if (n > IPC_FRAME_MAX_BYTES)
        return -EMSGSIZE;
    buffer = wiping_malloc(sizeof(*buffer) + n);
    if (!buffer)
        return -ENOMEM;
    buffer->next = NULL;
    buffer->n = bulkhead__internal__v1__frame__pack(frame, buffer->b);
    *ret_buffer = buffer;
    return 0;
}

int frame_pack(const Frame *head, const ProtobufCMessage *message, struct frame_buffer **ret_buffer)
{
    Frame frame = *head;
    size_t n = message ? protobuf_c_message_get_packed_size(message) : 0;
    int r;

    if (n > IPC_FRAME_MAX_BYTES)
        return -EMSGSIZE;
    if (n) {
        frame.body.data = wiping_malloc(n);
        if (!frame.body.data)
            return -ENOMEM;
        frame.body.len = protobuf_c_message_pack(message, frame.body.data);
    }
    r = pack_frame(&frame, ret_buffer);
    if (n)
        wiping_free(frame.body.data);
    return r;
}

struct frame_buffer *frame_buffer_copy(const struct frame_buffer *buffer)
{
    struct frame_buffer *copy = wiping_malloc(sizeof(*copy) + buffer->n);

    if (!copy)
        return NULL;
    copy->next = NULL;
    copy->n = buffer->n;
    memcpy(copy->b, buffer->b, buffer->n);
    return copy;
}

void frame_buffer_free(struct frame_buffer *buffer)
{
    wiping_free(buffer);
}
