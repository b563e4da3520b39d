// proto3's JSON mapping (protobuf.dev, "ProtoJSON format") for any message of protobuf-c, by its descriptor.
//
// Out: lowerCamelCase keys, 64-bit integers as strings, enums by full name, bytes in base64, Timestamp in RFC 3339,
// Duration as "1.5s"; what has its default value is left out. In: both spellings of keys, integers as numbers or
// strings, enums by full name, by number, or by name without its prefix in any case ("on_demand"), bytes in either
// alphabet with or without padding, Durations also as "30m", "1h" and "1d"; null is unset; an unknown or doubled key is
// a mistake.
#ifndef BULKHEAD_SCHEMA_PROTO_JSON_H
#define BULKHEAD_SCHEMA_PROTO_JSON_H

#include <jansson.h>
#include <protobuf-c/protobuf-c.h>

#include "lib/core/bytes.h"
#include "lib/schema/mistake.h"

enum proto_json_flag {
    PROTO_JSON_DEFAULTS = 1, // also emit what has its default value (not unset messages)
    PROTO_JSON_INDENT = 2,   // for people
};

// The text of an object, NUL-terminated. From wiping_malloc (schema/wiping.h): free with wiping_free, which wipes it.
// NULL without memory, or when a string is not UTF-8.
char *proto_json_encode(const ProtobufCMessage *message, unsigned flags);
// As an object of jansson, a new reference (jansson's allocation functions are the program's choice). NULL as above.
json_t *proto_json_encode_value(const ProtobufCMessage *message, unsigned flags);

// Reads one JSON object (empty text: an empty object, as Connect allows). The message is the caller's: free it with
// protobuf_c_message_free_unpacked and the same allocator (NULL: the system's; &wiping_allocator for secrets). Returns
// 0, -ENOMEM, or -EINVAL with everything wrong in *mistakes.
int proto_json_decode(struct bytes text, const ProtobufCMessageDescriptor *descriptor, ProtobufCAllocator *allocator,
                      struct mistakes *mistakes, ProtobufCMessage **ret_message);
int proto_json_decode_value(const json_t *value, const ProtobufCMessageDescriptor *descriptor,
                            ProtobufCAllocator *allocator, struct mistakes *mistakes, ProtobufCMessage **ret_message);

#endif
