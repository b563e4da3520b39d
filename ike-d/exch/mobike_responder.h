// MOBIKE from the side that goes along (RFC 4555 3.5, 3.7): takes the peer's new address for IKE at once, and for the
// CHILD_SAs when the peer has shown that it receives there.
#ifndef BULKHEAD_IKE_EXCH_MOBIKE_RESPONDER_H
#define BULKHEAD_IKE_EXCH_MOBIKE_RESPONDER_H

#include "ike-d/exch/received.h"
#include "ike-d/wire/message_writer.h"

// Does what an INFORMATIONAL request's notifies ask for, and puts what its answer says to them. Without MOBIKE nothing.
void mobike_responder_answer(struct ike_sa *sa, const struct received *request, struct message_writer *mw);
// HDR, SK {N(COOKIE2)} to the peer's new address: the return routability check.
void mobike_responder_send_check(struct ike_sa *sa);

#endif
