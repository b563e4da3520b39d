// What an IKE SA asks its peer next. The window has size one (RFC 7296 2.3), so requests that are due wait as marks on
// the IKE SA and its CHILD_SAs, and one is started whenever the line is free.
#ifndef BULKHEAD_IKE_EXCH_NEXT_REQUEST_H
#define BULKHEAD_IKE_EXCH_NEXT_REQUEST_H

#include "ike-d/sa/ike_sa.h"

// Starts the most urgent request that is due, unless one is under way.
void next_request_start(struct ike_sa *sa);
// How long a replacement waits that was refused for now, here or there, so many times before: each time longer, with
// chance in it (RFC 7296 2.25).
uint64_t next_request_wait_ms(const struct ike_sa *sa, unsigned refusals);

#endif
