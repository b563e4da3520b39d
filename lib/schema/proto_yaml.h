// proto3's JSON mapping (proto_json.h) written as YAML 1.2, with the place of every mistake. One document; no anchors,
// aliases, merge keys or tags, so that a small text can't stand for a huge one.
#ifndef BULKHEAD_SCHEMA_PROTO_YAML_H
#define BULKHEAD_SCHEMA_PROTO_YAML_H

#include <protobuf-c/protobuf-c.h>

#include "lib/core/bytes.h"
#include "lib/schema/mistake.h"
#include "lib/schema/tree.h"

#define PROTO_YAML_BYTES_MAX (16u << 20)
// Of one value, or of values in brackets on one line ("[a, b]"), which the parser must see to the end.
#define PROTO_YAML_AHEAD_MAX (256u << 10)

// Returns 0, -ENOMEM, -EFBIG (over PROTO_YAML_BYTES_MAX; also a mistake), or -EINVAL with everything wrong in
// *mistakes. The message (system allocator) and the tree (ret_tree may be NULL) are the caller's; with mistakes->tree
// set to the tree, later mistakes find their places too. An empty text is an empty message.
int proto_yaml_decode(struct bytes text, const ProtobufCMessageDescriptor *descriptor, struct mistakes *mistakes,
                      ProtobufCMessage **ret_message, struct tree **ret_tree);

// Block style, original field names (snake_case) as people write them, defaults left out. From malloc; NULL without
// memory.
char *proto_yaml_encode(const ProtobufCMessage *message);

#endif
