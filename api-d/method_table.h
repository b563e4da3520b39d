// Every method of the API: its path, its messages, who handles it. Adding one is an entry in a .proto, a row here and a
// function in services/.
#ifndef BULKHEAD_API_METHOD_TABLE_H
#define BULKHEAD_API_METHOD_TABLE_H

#include <stdbool.h>

#include <protobuf-c/protobuf-c.h>

#include "lib/core/bytes.h"

struct api;
struct connect_call;

// Answers `call` exactly once, now or later, by connect_call_reply or connect_call_fail. The request is the call's.
typedef void method_handle_fn(struct api *api, struct connect_call *call, const ProtobufCMessage *request);

struct method {
    const char *path; // "/bulkhead.v1.TunnelService/ListTunnels"
    const ProtobufCMessageDescriptor *request;
    const ProtobufCMessageDescriptor *response;
    bool has_no_side_effects; // may be called with GET
    method_handle_fn *handle;
};

extern const struct method method_table[]; // ends with a NULL path

// NULL: there is none.
const struct method *method_find(const struct method *table, struct bytes path);

#endif
