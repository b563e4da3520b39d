// How protobuf-c keeps a field in a message's struct.
#ifndef BULKHEAD_SCHEMA_FIELD_H
#define BULKHEAD_SCHEMA_FIELD_H

#include <protobuf-c/protobuf-c.h>

// Bytes of one value; in a repeated field, of one element.
size_t field_element_size(const ProtobufCFieldDescriptor *field);

#endif
