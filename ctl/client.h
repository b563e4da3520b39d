// Calls of the API: Connect's unary protocol, JSON over HTTP/1.1 on a UNIX socket, one connection a call. What is sent
// and received is wiped, since it may be a secret.
#ifndef BULKHEAD_CTL_CLIENT_H
#define BULKHEAD_CTL_CLIENT_H

#include <protobuf-c/protobuf-c.h>

#include "ctl/invocation.h"

struct client {
    const char *socket;
    unsigned timeout_s; // for the whole call
    bool binary;        // protobuf in place of JSON, for long answers
};

struct client_answer {
    ProtobufCMessage *message; // NULL on failure; not freed by client_answer_done
    char *error;               // what is wrong; NULL on success
    char code[32];             // Connect's word for it, "not_found"; "" when the failure is not the gateway's
};

// METHOD as "TunnelService/ListTunnels". The message is of wiping_allocator.
enum exit_code client_call(const struct client *client, const char *method, const ProtobufCMessage *request,
                           const ProtobufCMessageDescriptor *descriptor, struct client_answer *ret_answer);
void client_answer_done(struct client_answer *answer);

#endif
