// Finds the first of many ordered policies that matches a flow, without walking all of them: by the remote address.
#ifndef BULKHEAD_FW_POLICY_INDEX_H
#define BULKHEAD_FW_POLICY_INDEX_H

#include "fw-d/policy.h"

struct policy_index;

// The policies are lent for the index's life. NULL without memory.
struct policy_index *policy_index_new(const struct policy *policies, size_t n);
void policy_index_free(struct policy_index *index);
// The first of them that matches, or NULL.
const struct policy *policy_index_find(const struct policy_index *index, const struct flow *flow);

#endif
