// Which kinds of layers a list of policies gets: the masks that most of its policies share, a few of each family, since
// every one costs each packet a lookup.
#ifndef BULKHEAD_FW_LAYER_KINDS_H
#define BULKHEAD_FW_LAYER_KINDS_H

#include "fw-d/fw_limits.h"
#include "fw-d/layers.h"

struct layer_kinds {
    struct layer_kind masked[2 * FW_MASKED_KINDS_MAX]; // of both families
    size_t n;
};

// The masks of at least masked_min policies. 0 or -ENOMEM.
int layer_kinds_choose(const struct policy *policies, size_t n, size_t masked_min, struct layer_kinds *ret_kinds);
// The kind of layer that the policy goes into.
struct layer_kind layer_kinds_find(const struct layer_kinds *kinds, const struct policy *p);
bool layer_kind_equal(const struct layer_kind *a, const struct layer_kind *b);

#endif
