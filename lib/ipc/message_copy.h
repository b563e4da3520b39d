// Copies of messages that are only lent (lib/ipc/node.h).
#ifndef BULKHEAD_IPC_MESSAGE_COPY_H
#define BULKHEAD_IPC_MESSAGE_COPY_H

#include <protobuf-c/protobuf-c.h>

// A deep copy. NULL allocator: in the system's memory, not for secrets; those take &allocator_wiping. NULL without
// memory.
void *message_copy(const ProtobufCMessage *message, ProtobufCAllocator *allocator);
// As the message's own free_unpacked: of the same allocator; NULL is taken.
void message_copy_free(void *copy, ProtobufCAllocator *allocator);

#endif
