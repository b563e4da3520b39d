// Answers of ike-d about what it has seen and not taken: peers that no tunnel is for, and datagrams that were dropped.
#ifndef BULKHEAD_IKE_LINK_OBSERVATION_H
#define BULKHEAD_IKE_LINK_OBSERVATION_H

#include "lib/ipc/node.h"

// Handlers of METHOD_IKE_LIST_UNKNOWN_PEERS and METHOD_IKE_COUNTERS; arg is the daemon.
void observation_list_unknown_peers(void *arg, struct ipc_request *request, const ProtobufCMessage *message);
void observation_list_counters(void *arg, struct ipc_request *request, const ProtobufCMessage *message);

#endif
