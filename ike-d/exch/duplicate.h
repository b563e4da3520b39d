// Two IKE SAs with the same peer: which one stays. RFC 7296 leaves it open when both gateways initiate at the same
// time; these rules make both sides keep the same one:
//
// 1. A gateway that answers an IKE_AUTH drops its own initiation if it has not sent IKE_AUTH there yet.
// 2. INITIAL_CONTACT is sent exactly when the sender has no other authenticated IKE SA between these identities, for no
//    tunnel. It therefore ends those that stood before the new one began (RFC 7296 2.4).
// 3. Of two that were made at the same time, one from each side, the one with the greater initiator SPI is deleted;
//    but one with INITIAL_CONTACT that the peer began after it had answered our IKE_AUTH stays: it has lost ours.
#ifndef BULKHEAD_IKE_EXCH_DUPLICATE_H
#define BULKHEAD_IKE_EXCH_DUPLICATE_H

#include "ike-d/sa/ike_sa.h"

// To be called when an IKE SA is established; may close others, or start its own deletion.
void duplicate_settle(struct ike_sa *sa);
// Rule 2.
bool duplicate_is_first_contact(const struct ike_sa *sa);

#endif
