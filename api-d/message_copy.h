// Copies of messages that are only lent (lib/ipc/node.h).
#ifndef BULKHEAD_API_MESSAGE_COPY_H
#define BULKHEAD_API_MESSAGE_COPY_H

#include <protobuf-c/protobuf-c.h>

// A deep copy in the system's memory, for protobuf_c_message_free_unpacked(copy, NULL). NULL without memory. Not for
// secrets.
ProtobufCMessage *message_copy(const ProtobufCMessage *message);

#endif
