// A public request inside the message of an edge that carries it: {actor, request} there, {response} back. The audit
// log wants to know who asked.
#ifndef BULKHEAD_API_ENVELOPE_H
#define BULKHEAD_API_ENVELOPE_H

#include <protobuf-c/protobuf-c.h>

#include "api-d/api.h"
#include "api-d/connect/connect_call.h"

struct envelope {
    uint32_t method; // of the edge
    const ProtobufCMessageDescriptor *descriptor;
    const char *server;       // "pki-d", for errors that are its own
    bool changes_authorities; // when it succeeds: the courier is to be told
};

#define ENVELOPE_ACTOR_MAX 24

// Asks, and answers the call with what comes back. The envelope is static.
void envelope_forward(struct api *api, struct connect_call *call, const struct envelope *envelope,
                      const ProtobufCMessage *request);
// The same with a request that has more fields than these two; it is lent for the call.
void envelope_send(struct api *api, struct connect_call *call, const struct envelope *envelope,
                   const ProtobufCMessage *message);

// "uid 0": who has asked.
char *envelope_actor(const struct connect_call *call, char out[ENVELOPE_ACTOR_MAX]);
// Ends the call with an edge's error. What concerns the request is told as it is, the rest with the daemon's name.
void envelope_fail(struct connect_call *call, const char *server, const struct ipc_result *result);

#endif
