// The causes of failures: which one a notify stands for when nothing more exact is known.
#ifndef BULKHEAD_IKE_EXCH_CAUSE_H
#define BULKHEAD_IKE_EXCH_CAUSE_H

#include "ike-d/sa/tunnel_failure.h"

// notify: as in struct tunnel_failure; side: who refused.
enum failure_cause cause_of_notify(const char *notify, enum tunnel_side side);
// Of the transform types (1u << type) in which the closest proposals differ: the group alone is a cause of its own.
enum failure_cause cause_of_mismatch(enum comparison_subject subject, unsigned mismatch);

#endif
