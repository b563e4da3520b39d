// Networks that the gateway is connected to are left alone unless a policy names them: a policy whose remote side is
// wider than such a network (a default route through the tunnel, say) does not take the gateway's own neighbours along.
// To that end a bypass of the same shape is put right before such a policy.
#ifndef BULKHEAD_FW_CONNECTED_H
#define BULKHEAD_FW_CONNECTED_H

#include "fw-d/policy.h"

struct connected {
    struct range *ranges;
    size_t n;
};

void connected_done(struct connected *connected);
// A range that is there already is not added again. -ENOMEM, -E2BIG.
int connected_add(struct connected *connected, const struct range *range);
// Without regard to order.
bool connected_equal(const struct connected *a, const struct connected *b);

// The list with the bypasses put in, malloc'd. -ENOMEM; -E2BIG: more than FW_POLICIES_MAX.
int connected_apply(const struct connected *connected, const struct policy *policies, size_t n,
                    struct policy **ret_policies, size_t *ret_n);

#endif
