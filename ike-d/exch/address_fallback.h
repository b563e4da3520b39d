// Several addresses of one peer (bulkhead.v1.Endpoint.other_addresses): an attempt calls them in turn, until one
// answers.
#ifndef BULKHEAD_IKE_EXCH_ADDRESS_FALLBACK_H
#define BULKHEAD_IKE_EXCH_ADDRESS_FALLBACK_H

#include "ike-d/sa/ike_sa.h"
#include "ike-d/sa/tunnel.h"

// The address whose turn it is; of a tunnel that can call.
const struct address *address_fallback_now(struct tunnel *tunnel);
// Is there another one that was not called in this attempt yet?
bool address_fallback_has_next(const struct ike_sa *sa);
// This one does not answer, or there is no way to it: begins with the next one. False: it was the last, or this is no
// initiation of ours. The caller closes the SA.
bool address_fallback_try_next(struct ike_sa *sa);
// How often a request is sent to it before the next one gets its turn.
unsigned address_fallback_sends_max(const struct ike_sa *sa);

#endif
