#include "api-d/message_copy.h"

#include <stdlib.h>

ProtobufCMessage *message_copy(const ProtobufCMessage *message)
{
    size_t n = protobuf_c_message_get_packed_size(message);
    uint8_t *packed = malloc(n ? n : 1);
    ProtobufCMessage *copy = NULL;

    if (packed) {
        protobuf_c_message_pack(message, packed);
        copy = protobuf_c_message_unpack(message->descriptor, NULL, n, packed);
    }
    free(packed);
    return copy;
}
