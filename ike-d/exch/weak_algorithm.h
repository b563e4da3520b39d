// An SA that was made with a weak algorithm works, and operators are told: an event of kind "weak_algorithm".
#ifndef BULKHEAD_IKE_EXCH_WEAK_ALGORITHM_H
#define BULKHEAD_IKE_EXCH_WEAK_ALGORITHM_H

#include "ike-d/sa/ike_sa.h"

// Of an SA of that IKE SA's tunnel, which stands now: its own proposal or a child's. Nothing happens when all is good.
void weak_algorithm_tell(const struct ike_sa *sa, const struct kept_proposal *chosen);

#endif
