// The IKE_AUTH exchange with pre-shared keys (RFC 7296 1.2, 2.15, 2.21.2), both roles. AUTH payloads are made and
// judged by pki-d.
#ifndef BULKHEAD_IKE_EXCH_IKE_AUTH_H
#define BULKHEAD_IKE_EXCH_IKE_AUTH_H

#include "ike-d/exch/received.h"

// After IKE_SA_INIT: proves who we are and asks for the first CHILD_SA.
void ike_auth_initiate(struct ike_sa *sa);
// The peer's request, opened and checked. Keeps *request by setting it to NULL.
void ike_auth_respond(struct ike_sa *sa, struct received **request);

#endif
