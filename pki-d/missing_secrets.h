// Which tunnels can't authenticate for want of a secret: ike-d asks before anybody tries, so that operators hear of it
// whether or not the peer is there.
#ifndef BULKHEAD_PKI_MISSING_SECRETS_H
#define BULKHEAD_PKI_MISSING_SECRETS_H

#include "pki-d/service.h"

// Handles PkiMissingSecrets.
void missing_secrets_answer(void *arg, struct ipc_request *request, const ProtobufCMessage *message);

#endif
