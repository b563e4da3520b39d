// INFORMATIONAL exchanges that we begin (RFC 7296 1.4): liveness checks and deletions.
#ifndef BULKHEAD_IKE_EXCH_INFORMATIONAL_INITIATOR_H
#define BULKHEAD_IKE_EXCH_INFORMATIONAL_INITIATOR_H

#include "ike-d/sa/ike_sa.h"

// RFC 7296 2.4.
void informational_send_probe(struct ike_sa *sa);
// Is that exchange a liveness check? NULL is none.
bool informational_is_probe(const struct exchange *x);
// All CHILD_SAs marked delete_wanted.
void informational_send_delete_children(struct ike_sa *sa);
// The IKE SA; with AUTHENTICATION_FAILED instead when the peer could not prove who it is (RFC 7296 2.21.2).
void informational_send_delete_ike(struct ike_sa *sa);

#endif
