// A path that passes UDP port 500 and IP protocol 50, but not UDP port 4500: where no NAT stands in between nothing
// needs that port. When IKE_AUTH gets no answer there, the attempt begins anew and stays on port 500, without MOBIKE,
// which would need the other one (RFC 4555 3.3), and with ESP as protocol 50.
#ifndef BULKHEAD_IKE_EXCH_PORT_FALLBACK_H
#define BULKHEAD_IKE_EXCH_PORT_FALLBACK_H

#include "ike-d/sa/ike_sa.h"

// Is there that way for this SA, and was it not tried yet in this attempt?
bool port_fallback_has_next(const struct ike_sa *sa);
// The SA has got no answer: begins anew on port 500. False: there is no such way. The caller closes the SA.
bool port_fallback_try_next(struct ike_sa *sa);
// RFC 7296 2.23: to where IKE_AUTH goes, when the answer to IKE_SA_INIT has been judged.
uint16_t port_fallback_choose(const struct ike_sa *sa);

#endif
