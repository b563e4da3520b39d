// Who the peer of a tunnel is and how both sides prove themselves: bulkhead.v1.Endpoint and bulkhead.v1.Auth -> struct
// tunnel_config.
#ifndef BULKHEAD_IKE_LINK_PEER_READER_H
#define BULKHEAD_IKE_LINK_PEER_READER_H

#include "bulkhead/v1/tunnel.pb-c.h"
#include "ike-d/sa/tunnel_config.h"

// Each fills in its part. -EINVAL, -ENOMEM.
int peer_reader_local(const Bulkhead__V1__Endpoint *local, struct tunnel_config *config);
int peer_reader_remote(const Bulkhead__V1__Endpoint *remote, struct tunnel_config *config);
int peer_reader_auth(const Bulkhead__V1__Auth *auth, struct tunnel_config *config);
enum tunnel_unique peer_reader_unique(Bulkhead__V1__UniquePolicy policy);
enum tunnel_childless peer_reader_childless(Bulkhead__V1__ChildlessPolicy policy);

#endif
