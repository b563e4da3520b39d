// Somebody knocks and no tunnel is for it: noted for `bhctl peers unknown`, and told as an event now and then.
#ifndef BULKHEAD_IKE_EXCH_KNOCK_H
#define BULKHEAD_IKE_EXCH_KNOCK_H

#include "ike-d/exch/received.h"
#include "ike-d/exch/stray_answer.h"
#include "ike-d/sa/stranger.h"

// An IKE_SA_INIT request from an address that no tunnel has.
void knock_without_tunnel(const struct received *request);
// An IKE_AUTH request of a peer whose identity no tunnel expects, opened but not authenticated; asked NONE: it does not
// care what we are called.
void knock_with_identity(const struct ike_sa *sa, const struct identity *named, const struct identity *asked);
// A message of IKEv1: answered so that the caller's log says why, and noted with the tunnel that it is perhaps for.
void knock_with_ikev1(struct ike_core *core, const struct arrival *arrival, size_t datagram_n);

#define KNOCK_TEXT_BYTES 320
// What it wants, and what would be needed to accept it, for people. Returns out.
char *knock_explain(const struct stranger *stranger, char out[KNOCK_TEXT_BYTES]);

#endif
