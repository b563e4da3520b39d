// Dead peer detection (RFC 7296 2.4): when neither IKE nor ESP was heard from the peer for the configured time, an
// empty INFORMATIONAL asks whether it still lives.
#ifndef BULKHEAD_IKE_EXCH_LIVENESS_H
#define BULKHEAD_IKE_EXCH_LIVENESS_H

#include "ike-d/sa/ike_sa.h"

// From now on, for an IKE SA that was established just now.
void liveness_start(struct ike_sa *sa);
// The deadline's callback.
void liveness_on_deadline(void *arg);

#endif
