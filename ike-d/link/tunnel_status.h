// struct tunnel -> bulkhead.v1.TunnelStatus.
#ifndef BULKHEAD_IKE_LINK_TUNNEL_STATUS_H
#define BULKHEAD_IKE_LINK_TUNNEL_STATUS_H

#include "bulkhead/v1/tunnel_service.pb-c.h"
#include "ike-d/sa/tunnel.h"

// Free with bulkhead__v1__tunnel_status__free_unpacked(status, NULL). NULL without memory.
Bulkhead__V1__TunnelStatus *tunnel_status_new(const struct tunnel *tunnel);
// The same for a list of all: of a failure the cause and the sentence alone.
Bulkhead__V1__TunnelStatus *tunnel_status_new_brief(const struct tunnel *tunnel);
// Only what bulkhead.v1.ListTunnelsRequest.summary asks for, but for the counters.
Bulkhead__V1__TunnelStatus *tunnel_status_summary_new(const struct tunnel *tunnel);

#endif
