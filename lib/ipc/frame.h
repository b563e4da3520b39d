// One datagram of an edge: the Frame of internal/v1/ipc.proto, checked for everything that does not depend on who sent
// it.
#ifndef BULKHEAD_IPC_FRAME_H
#define BULKHEAD_IPC_FRAME_H

#include <bulkhead/internal/v1/ipc.pb-c.h>

#include "lib/core/bytes.h"

// NULL and a reason for the log when the bytes are no frame, or one whose kind, id, method, error and body don't go
// together. Free with frame_free.
Bulkhead__Internal__V1__Frame *frame_parse(struct bytes datagram, const char **ret_reason);
void frame_free(Bulkhead__Internal__V1__Frame *frame);

// The message that a body holds; NULL when it does not parse. Free with frame_body_free.
ProtobufCMessage *frame_body_parse(const ProtobufCMessageDescriptor *descriptor, struct bytes body);
void frame_body_free(ProtobufCMessage *message);

// A frame on its way out.
struct frame_buffer {
    struct frame_buffer *next;
    size_t n;
    uint8_t b[];
};

// Packs `head` with `message` (may be NULL) as its body. -EMSGSIZE over IPC_FRAME_MAX_BYTES, -ENOMEM.
int frame_pack(const Bulkhead__Internal__V1__Frame *head, const ProtobufCMessage *message,
               struct frame_buffer **ret_buffer);
// NULL without memory.
struct frame_buffer *frame_buffer_copy(const struct frame_buffer *buffer);
void frame_buffer_free(struct frame_buffer *buffer);

#endif
