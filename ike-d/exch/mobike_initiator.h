// MOBIKE from the side that chooses the addresses, the first IKE SA's initiator (RFC 4555 3.5, 3.8, 3.10).
#ifndef BULKHEAD_IKE_EXCH_MOBIKE_INITIATOR_H
#define BULKHEAD_IKE_EXCH_MOBIKE_INITIATOR_H

#include "ike-d/exch/received.h"
#include "ike-d/sa/mobike.h"
#include "ike-d/wire/message_writer.h"

// Is our address still the one from which the route to the peer goes? If not, moves there; an attempt begins anew.
void mobike_initiator_review(struct ike_sa *sa);
// All IKE SAs: addresses or routes of this host have changed.
void mobike_initiator_review_all(struct ike_core *core);
// The callback of mobike.again.
void mobike_initiator_on_again(void *arg);
// A request goes out again: our address may have changed without a word, or the peer has another one that answers.
void mobike_initiator_on_silence(struct ike_sa *sa);

// Any authentic answer: while addresses are tried, the one that it came from works.
void mobike_initiator_hear(struct ike_sa *sa, const struct received *answer);

// HDR, SK {N(UPDATE_SA_ADDRESSES), N(COOKIE2), N(NAT_DETECTION_*) or N(NO_NATS_ALLOWED)}
void mobike_initiator_send_update(struct ike_sa *sa);
// A liveness check asks, and its answer tells, whether the NAT in front of us has a new mapping.
void mobike_initiator_put_probe(struct message_writer *mw, const struct ike_sa *sa);
void mobike_initiator_hear_probe(struct ike_sa *sa, const struct received *answer);

#endif
