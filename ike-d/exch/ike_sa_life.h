// Birth and death of an IKE SA (RFC 7296 1.4.1, 2.4, 2.6). A closed SA is freed a little later, so that code which
// still stands on it may return.
#ifndef BULKHEAD_IKE_EXCH_IKE_SA_LIFE_H
#define BULKHEAD_IKE_EXCH_IKE_SA_LIFE_H

#include "ike-d/sa/ike_core.h"
#include "ike-d/sa/ike_sa.h"

// A new SA with a random SPI of our own, in the table. peer_spi is the initiator's for a responder, else 0. NULL
// without memory or entropy.
struct ike_sa *ike_sa_life_begin(struct ike_core *core, bool initiator, uint64_t peer_spi);
// IKE_AUTH is over: state, liveness, what becomes of other SAs with that peer, the tunnel.
void ike_sa_life_establish(struct ike_sa *sa);
// Forgets it now, with all its CHILD_SAs, without a word to the peer.
void ike_sa_life_close(struct ike_sa *sa);
// Closes it, but keeps it for a while to answer repeated requests.
void ike_sa_life_linger(struct ike_sa *sa);
// Tells the peer by a DELETE; traffic stops at once. An SA that is not established yet is just closed.
void ike_sa_life_delete(struct ike_sa *sa);
// Our request was repeated often enough.
void ike_sa_life_time_out(struct ike_sa *sa);
// An authentic message has come.
void ike_sa_life_hear(struct ike_sa *sa);

#endif
