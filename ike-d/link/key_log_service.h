// Answers of ike-d about a tunnel's key log (sa/key_log.h).
#ifndef BULKHEAD_IKE_LINK_KEY_LOG_SERVICE_H
#define BULKHEAD_IKE_LINK_KEY_LOG_SERVICE_H

#include "lib/ipc/node.h"

// Handler of METHOD_IKE_KEY_LOG; arg is the daemon.
void key_log_service_answer(void *arg, struct ipc_request *request, const ProtobufCMessage *message);

#endif
