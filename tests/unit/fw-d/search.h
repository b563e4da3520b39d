// What policies and layers decide, by plain search: the truth that the faster ways are held to.
#ifndef BULKHEAD_TESTS_SEARCH_H
#define BULKHEAD_TESTS_SEARCH_H

#include "fw-d/layers.h"

// The first of n policies that matches, or NULL.
static inline const struct policy *search_policies(const struct policy *policies, size_t n, const struct flow *flow)
{
    for (size_t i = 0; i < n; i++) {
        if (policy_matches(&policies[i], flow))
            return &policies[i];
    }
    return NULL;
}

// What the kernel's lookups find; NULL: nothing.
static inline const struct policy *search_layers(const struct layers *layers, const struct flow *flow)
{
    for (size_t i = 0; i < layers->n; i++) {
        const struct layer *layer = &layers->layers[i];
        const struct policy *found =
            layer->kind.family == flow->local.family ? search_policies(layer->policies, layer->n, flow) : NULL;

        if (found)
            return found;
    }
    return NULL;
}

#endif
