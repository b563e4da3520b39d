// What may be asked on the edges, and by whom: the shape of the table in lib/priv/methods.c.
#ifndef BULKHEAD_IPC_METHOD_H
#define BULKHEAD_IPC_METHOD_H

#include <stdint.h>
#include <protobuf-c/protobuf-c.h>

enum role {
    ROLE_NONE = 0,
    ROLE_LAUNCHER,
    ROLE_IKE,
    ROLE_ESP,
    ROLE_PKI,
    ROLE_FW,
    ROLE_API,
    ROLE_VERIFIER,
    ROLE_IMPORTER,
    ROLE_COURIER,
    ROLE_COUNT,
};

#define ROLE_BIT(role) (1u << (role))

// At most this many bytes a frame, envelope included.
#define IPC_FRAME_MAX_BYTES 65536u
// At most this many descriptors a frame.
#define IPC_FDS_MAX 4u

// What the server must have reached before it serves a method: bits that it sets by ipc_node_reach_state.
enum ipc_state {
    IPC_STATE_CONFIGURED = 1u << 0, // a whole generation of what its owner sends has taken effect
};

struct ipc_method {
    uint32_t id; // enum Method of ipc.proto
    const char *name;
    enum role server; // who handles it
    uint32_t callers; // ROLE_BITs of who may send it
    uint32_t needs;   // IPC_STATE bits of the server; without them FAILED_PRECONDITION, a notification goes unheard
    const ProtobufCMessageDescriptor *request;
    const ProtobufCMessageDescriptor *response; // NULL: a notification
    uint32_t deadline_ms;                       // default
    uint8_t fds;                                // descriptors it carries, exactly
};

// Ends with id 0.
const struct ipc_method *ipc_method_find(const struct ipc_method *table, uint32_t id);

#endif
