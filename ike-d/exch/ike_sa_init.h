// The IKE_SA_INIT exchange (RFC 7296 1.2, 2.6, 2.7, 2.23), both roles.
#ifndef BULKHEAD_IKE_EXCH_IKE_SA_INIT_H
#define BULKHEAD_IKE_EXCH_IKE_SA_INIT_H

#include "ike-d/exch/received.h"
#include "ike-d/sa/tunnel.h"

// Begins an IKE SA with the tunnel's peer. Failures are recorded on the tunnel.
void ike_sa_init_initiate(struct tunnel *tunnel);

// A request with a zero responder SPI. Keeps *request by setting it to NULL.
void ike_sa_init_respond(struct ike_core *core, struct received **request);

// Shared by both roles.

// Puts both NAT detection notifies. The source hash is of no address at all, so that the peer believes us behind a NAT
// and both sides float to port 4500 and encapsulate ESP in UDP, always (RFC 7296 2.23, RFC 3948).
struct message_writer;
void ike_sa_init_put_nat_detection(struct message_writer *mw, const struct ike_sa *sa);
// What the peer's notifies say about NATs, into the SA.
void ike_sa_init_judge_nat(struct ike_sa *sa, const struct message *m);
// g^ir -> SK_*; -errno.
int ike_sa_init_set_keys(struct ike_sa *sa, struct bytes shared);

#endif
