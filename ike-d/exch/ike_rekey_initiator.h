// Our own rekey of an IKE SA by CREATE_CHILD_SA (RFC 7296 1.3.2, 2.8, 2.18).
#ifndef BULKHEAD_IKE_EXCH_IKE_REKEY_INITIATOR_H
#define BULKHEAD_IKE_EXCH_IKE_REKEY_INITIATOR_H

#include "ike-d/sa/ike_sa.h"

void ike_rekey_start(struct ike_sa *sa);
// Is our rekey being prepared, and nothing of it was sent?
bool ike_rekey_is_unsent(const struct ike_sa *sa);

#endif
