// INFORMATIONAL exchanges that the peer begins (RFC 7296 1.4, 1.4.1, 2.21).
#ifndef BULKHEAD_IKE_EXCH_INFORMATIONAL_RESPONDER_H
#define BULKHEAD_IKE_EXCH_INFORMATIONAL_RESPONDER_H

#include "ike-d/exch/received.h"

// The request, opened and checked.
void informational_respond(struct ike_sa *sa, const struct received *request);

#endif
