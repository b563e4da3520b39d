// An operator's order to replace a tunnel's SAs now.
#ifndef BULKHEAD_IKE_LINK_REKEY_SERVICE_H
#define BULKHEAD_IKE_LINK_REKEY_SERVICE_H

#include "lib/ipc/node.h"

// Handler of METHOD_IKE_REKEY; arg is the daemon.
void rekey_service_answer(void *arg, struct ipc_request *request, const ProtobufCMessage *message);

#endif
