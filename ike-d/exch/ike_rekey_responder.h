// The rekey of the IKE SA by the peer, a CREATE_CHILD_SA exchange (RFC 7296 1.3.2, 2.18): a new IKE SA inherits the
// CHILD_SAs; the peer deletes the old one.
#ifndef BULKHEAD_IKE_EXCH_IKE_REKEY_RESPONDER_H
#define BULKHEAD_IKE_EXCH_IKE_REKEY_RESPONDER_H

#include "ike-d/exch/received.h"

// The request, opened and checked, without traffic selectors. Keeps *request by setting it to NULL.
void ike_rekey_respond(struct ike_sa *sa, struct received **request);

#endif
