// From a tree to a message, by its descriptor: the rules of proto_json.h's "in" side, for both formats.
#ifndef BULKHEAD_SCHEMA_DECODE_H
#define BULKHEAD_SCHEMA_DECODE_H

#include <protobuf-c/protobuf-c.h>

#include "lib/schema/mistake.h"
#include "lib/schema/tree.h"

#define DECODE_PATH_MAX 512

struct decode {
    ProtobufCAllocator *allocator; // NULL: the system's
    struct mistakes *mistakes;
    char path[DECODE_PATH_MAX]; // of what is being read
    size_t path_n;
};

// NULL is an empty message. Returns 0, -EINVAL (see mistakes) or -ENOMEM.
int decode_message(struct decode *d, const struct tree_node *node, const ProtobufCMessageDescriptor *descriptor,
                   ProtobufCMessage **ret_message);

// One scalar (not a message) into *member, which has the field's type. Adds a mistake and returns -EINVAL when it does
// not fit.
int decode_scalar(struct decode *d, const struct tree_node *node, const ProtobufCFieldDescriptor *field, void *member);

// Zeroed; NULL without memory.
void *decode_alloc(struct decode *d, size_t n);
// "a list", "text" ... for mistakes.
const char *decode_kind_name(const struct tree_node *node);
// Null, also as YAML writes it.
bool decode_is_null(const struct tree_node *node);
// A mistake at the node, under the current path.
__attribute__((format(printf, 3, 4))) int decode_refuse(struct decode *d, const struct tree_node *node,
                                                        const char *format, ...);

#endif
