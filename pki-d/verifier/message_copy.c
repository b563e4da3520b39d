#include "pki-d/verifier/message_copy.h"

#include "lib/core/wiping.h"
#include "lib/ipc/allocator.h"

void *message_copy(const ProtobufCMessage *message)
{
    size_t n = protobuf_c_message_get_packed_size(message);
    uint8_t *packed = wiping_malloc(n > 0 ? n : 1);
    void *copy;

    if (!packed)
        return NULL;
    protobuf_c_message_pack(message, packed);
    copy = protobuf_c_message_unpack(message->descriptor, &allocator_wiping, n, packed);
    wiping_free(packed);
    return copy;
}

void message_copy_free(void *message)
{
    if (message)
        protobuf_c_message_free_unpacked(message, &allocator_wiping);
}
