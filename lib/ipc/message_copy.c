#include "lib/ipc/message_copy.h"

#include "lib/core/wiping.h"

void *message_copy(const ProtobufCMessage *message, ProtobufCAllocator *allocator)
{
    size_t n = protobuf_c_message_get_packed_size(message);
    uint8_t *packed = wiping_malloc(n > 0 ? n : 1);
    void *copy = NULL;

    if (packed) {
        protobuf_c_message_pack(message, packed);
        copy = protobuf_c_message_unpack(message->descriptor, allocator, n, packed);
    }
    wiping_free(packed);
    return copy;
}

void message_copy_free(void *copy, ProtobufCAllocator *allocator)
{
    if (copy)
        protobuf_c_message_free_unpacked(copy, allocator);
}
