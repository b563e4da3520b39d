// Allocation functions that wipe what they free: for messages, JSON values and texts that secrets pass through.
#ifndef BULKHEAD_SCHEMA_WIPING_H
#define BULKHEAD_SCHEMA_WIPING_H

#include <stddef.h>

#include <protobuf-c/protobuf-c.h>

// Not zeroed; NULL without memory.
void *wiping_malloc(size_t n);
// NULL is taken. Only for wiping_malloc's.
void wiping_free(void *p);

// For protobuf-c.
extern ProtobufCAllocator wiping_allocator;
// Makes jansson use them too; call once, before any value is made.
void wiping_use_for_json(void);

#endif
