// CREATE_CHILD_SA exchanges that we begin (RFC 7296 1.3.1, 1.3.3): a CHILD_SA for a slot that has none, or in place
// of one that is about to end or whose keys died with esp-d.
#ifndef BULKHEAD_IKE_EXCH_CREATE_CHILD_INITIATOR_H
#define BULKHEAD_IKE_EXCH_CREATE_CHILD_INITIATOR_H

#include "ike-d/sa/ike_sa.h"

// For that slot. `old`: the one to replace, or NULL.
void create_child_start(struct ike_sa *sa, struct child_slot *slot, struct child_sa *old);

#endif
