// CREATE_CHILD_SA exchanges that the peer begins (RFC 7296 1.3): a new CHILD_SA, or the rekey of one.
#ifndef BULKHEAD_IKE_EXCH_CREATE_CHILD_RESPONDER_H
#define BULKHEAD_IKE_EXCH_CREATE_CHILD_RESPONDER_H

#include "ike-d/exch/received.h"

// The request, opened and checked. Keeps *request by setting it to NULL.
void create_child_respond(struct ike_sa *sa, struct received **request);

#endif
