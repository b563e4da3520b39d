// Tells peers of MOBIKE at which other addresses this gateway can be reached (RFC 4555 3.4), and when that changes
// (3.6).
#ifndef BULKHEAD_IKE_EXCH_MOBIKE_ADDRESSES_H
#define BULKHEAD_IKE_EXCH_MOBIKE_ADDRESSES_H

#include "ike-d/sa/ike_sa.h"
#include "ike-d/wire/message_writer.h"

// ADDITIONAL_IP4_ADDRESS and ADDITIONAL_IP6_ADDRESS, or NO_ADDITIONAL_ADDRESSES: the peer knows it from then on.
void mobike_addresses_put(struct message_writer *mw, struct ike_sa *sa);
// Does the peer know something else than is true now?
bool mobike_addresses_are_due(const struct ike_sa *sa);
// HDR, SK {N(ADDITIONAL_*_ADDRESS)+} or {N(NO_ADDITIONAL_ADDRESSES)}
void mobike_addresses_send(struct ike_sa *sa);
// This host's addresses may have changed: tells all peers that are to know.
void mobike_addresses_review(struct ike_core *core);

#endif
