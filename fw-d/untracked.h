// Policies whose packets the kernel shall not track (`notrack`), as a list of its own, which is asked before connection
// tracking: they and what comes before them in the order and overlaps them.
#ifndef BULKHEAD_FW_UNTRACKED_H
#define BULKHEAD_FW_UNTRACKED_H

#include "fw-d/policy.h"

// Malloc'd, in order: POLICY_UNTRACK, or POLICY_BYPASS for what is tracked. *ret_n is 0 when no policy asks for it. 0
// or -ENOMEM.
int untracked_list(const struct policy *policies, size_t n, struct policy **ret_list, size_t *ret_n);

#endif
