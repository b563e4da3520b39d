// A message of one's own from one that is only lent: what a handler is given must outlive it where others are asked
// first.
#ifndef BULKHEAD_PKI_VERIFIER_MESSAGE_COPY_H
#define BULKHEAD_PKI_VERIFIER_MESSAGE_COPY_H

#include <protobuf-c/protobuf-c.h>

// In memory that is wiped when freed. NULL without memory.
void *message_copy(const ProtobufCMessage *message);
// NULL is taken.
void message_copy_free(void *message);

#endif
