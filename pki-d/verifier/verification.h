// One VerifyPeer call, from the question to the verdict: what the tunnel trusts is asked of pki-d, the peer is checked
// against it, then its revocation. Any number may be under way.
#ifndef BULKHEAD_PKI_VERIFIER_VERIFICATION_H
#define BULKHEAD_PKI_VERIFIER_VERIFICATION_H

#include "lib/ipc/node.h"
#include "pki-d/verifier/trusted_certificate.h"

// Called once, after the request was answered; perhaps before verification_start returns.
typedef void verification_done_fn(void *arg);

// What outlives each of them.
struct verification_env {
    struct ipc_node *node;
    struct trusted_certificates *trusted;
};

// Takes the request.
void verification_start(const struct verification_env *env, struct ipc_request *request,
                        const ProtobufCMessage *message, verification_done_fn *on_done, void *arg);

#endif
