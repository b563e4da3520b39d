// From a message to a tree, by its descriptor: the rules of proto_json.h's "out" side, for both formats.
#ifndef BULKHEAD_SCHEMA_ENCODE_H
#define BULKHEAD_SCHEMA_ENCODE_H

#include <protobuf-c/protobuf-c.h>

#include "lib/schema/tree.h"

enum encode_flag {
    ENCODE_DEFAULTS = 1, // also what has its default value
    ENCODE_CAMEL = 2,    // lowerCamelCase keys; else as in the .proto file
    ENCODE_SHORT = 4,    // enums without their prefix, in lower case
};

// Adds the message as a map to the tree. Returns 0 or -ENOMEM.
int encode_message(struct tree *tree, struct tree_node *parent, const char *key, const ProtobufCMessage *message,
                   unsigned flags);
#endif
