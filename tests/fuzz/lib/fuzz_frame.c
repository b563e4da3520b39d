// Bytes of an edge as they come from the socket: the frame, then its body as every message that its method may carry.
#include <stdint.h>
#include <stdlib.h>

#include "lib/ipc/frame.h"
#include "lib/ipc/ipc_limits.h"
#include "lib/priv/roles.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void parse_body(const ProtobufCMessageDescriptor *type, const Bulkhead__Internal__V1__Frame *frame)
{
    Bulkhead__Internal__V1__Frame head = BULKHEAD__INTERNAL__V1__FRAME__INIT;
    struct frame_buffer *buffer = NULL;
    ProtobufCMessage *body = type ? frame_body_parse(type, bytes_of(frame->body.data, frame->body.len)) : NULL;

    if (!body)
        return;
    // What was parsed can be packed again, or is too long by the growth of its encoding alone.
    head.kind = frame->kind;
    head.id = frame->id;
    head.method = frame->method;
    if (frame_pack(&head, body, &buffer) == 0 && buffer->n > IPC_FRAME_MAX_BYTES)
        abort();
    frame_buffer_free(buffer);
    frame_body_free(body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *reason = NULL;
    Bulkhead__Internal__V1__Frame *frame = frame_parse(bytes_of(data, size), &reason);
    const struct ipc_method *method;

    if (!frame) {
        if (!reason)
            abort();
        return 0;
    }
    method = ipc_method_find(ipc_methods, (uint32_t)frame->method);
    if (method) {
        parse_body(method->request, frame);
        parse_body(method->response, frame);
    }
    frame_free(frame);
    return 0;
}
