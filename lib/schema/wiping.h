// The memory of lib/core/wiping.h for messages and JSON values.
#ifndef BULKHEAD_SCHEMA_WIPING_H
#define BULKHEAD_SCHEMA_WIPING_H

#include <protobuf-c/protobuf-c.h>

#include "lib/core/wiping.h"

// For protobuf-c.
extern ProtobufCAllocator wiping_allocator;
// Makes jansson use them too; call once, before any value is made.
void wiping_use_for_json(void);

#endif
