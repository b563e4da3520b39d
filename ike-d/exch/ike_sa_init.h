// The IKE_SA_INIT exchange (RFC 7296 1.2, 2.6, 2.7, 2.23), both roles.
#ifndef BULKHEAD_IKE_EXCH_IKE_SA_INIT_H
#define BULKHEAD_IKE_EXCH_IKE_SA_INIT_H

#include "ike-d/exch/received.h"
#include "ike-d/sa/tunnel.h"

// Begins an IKE SA with the tunnel's peer. Failures are recorded on the tunnel.
void ike_sa_init_initiate(struct tunnel *tunnel);

// Begins one in place of `old`, which stays until the new one stands; with where the peer is now.
void ike_sa_init_replace(const struct ike_sa *old);

// A request with a zero responder SPI. Keeps *request by setting it to NULL.
void ike_sa_init_respond(struct ike_core *core, struct received **request);

// Shared by both roles: g^ir -> SK_*; -errno.
int ike_sa_init_set_keys(struct ike_sa *sa, struct bytes shared);

#endif
