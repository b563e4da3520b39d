// Allocators for protobuf-c whose memory is wiped when it is freed, since any message may hold a key.
#ifndef BULKHEAD_IPC_ALLOCATOR_H
#define BULKHEAD_IPC_ALLOCATOR_H

#include <protobuf-c/protobuf-c.h>

// Without a bound; frees also what a bounded one allocated.
extern ProtobufCAllocator allocator_wiping;

// One message's worth of memory: allocation fails when the budget is used up.
struct allocator_bounded {
    ProtobufCAllocator base;
    size_t left_bytes;
};
// `allocator` must stay where it is while messages are unpacked with &allocator->base.
void allocator_bounded_init(struct allocator_bounded *allocator, size_t budget_bytes);

#endif
