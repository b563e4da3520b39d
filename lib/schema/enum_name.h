// Names of enum values: buf's style gives each the enum's own name as a prefix (START_MODE_UP of StartMode), which
// people need not write or read.
#ifndef BULKHEAD_SCHEMA_ENUM_NAME_H
#define BULKHEAD_SCHEMA_ENUM_NAME_H

#include <protobuf-c/protobuf-c.h>

#include <stddef.h>

// How many characters of each value's name are the prefix: 11 for START_MODE_; 0 when not all have it.
size_t enum_name_prefix(const ProtobufCEnumDescriptor *descriptor);
// NULL when the enum has no such value.
const char *enum_name_full(const ProtobufCEnumDescriptor *descriptor, int value);
// Without the prefix, in lower case ("on_demand"), into out; the number when it has no name. Returns out.
char *enum_name_short(const ProtobufCEnumDescriptor *descriptor, int value, char *out, size_t out_size);

#endif
