// Finds policies among many ordered ones without walking all of them: the first that matches a flow, and those before a
// given one that overlap it. A balanced tree over the policies, sorted by address, whose nodes know what their policies
// lie within and the first of them in order.
#ifndef BULKHEAD_FW_POLICY_INDEX_H
#define BULKHEAD_FW_POLICY_INDEX_H

#include "fw-d/policy.h"

struct policy_index;

// The policies are lent for the index's life. NULL without memory.
struct policy_index *policy_index_new(const struct policy *policies, size_t n);
void policy_index_free(struct policy_index *index);
// The first of them that matches, or NULL.
const struct policy *policy_index_find(const struct policy_index *index, const struct flow *flow);

// One of the policies, by its place in the order. False ends the walk.
typedef bool policy_index_fn(size_t id, void *arg);
// Those that come before policy `id` and overlap it, in no order.
void policy_index_walk(const struct policy_index *index, size_t id, policy_index_fn *visit, void *arg);

#endif
