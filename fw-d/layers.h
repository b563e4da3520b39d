// Ordered policies (RFC 4301 4.4.1: the first that matches decides) as layers, since the elements of one set in the
// kernel may not overlap and have no order. A policy goes into the first layer of its family and kind behind all layers
// in which an earlier policy overlaps it; looking the layers up in their order then gives what a search through the
// list would. A policy that an earlier one covers altogether can never match and is left out.
//
// A layer of intervals takes policies of any ranges, but what a lookup in it costs grows with its policies. So the
// masks (fw-d/masks.h) that most policies share get layers of their own, which are asked by hash; all others, and small
// configurations as a whole, are layers of intervals.
#ifndef BULKHEAD_FW_LAYERS_H
#define BULKHEAD_FW_LAYERS_H

#include "fw-d/masks.h"

// What an element's key is made of.
enum layer_shape {
    LAYER_ADDRESSES, // remote . local
    LAYER_PROTOCOL,  // remote . local . protocol
    LAYER_ICMP,      // remote . local . protocol . ICMP type and code
    LAYER_PORTS,     // remote . local . protocol . local port . remote port
};

// Policies of one kind can share a layer.
struct layer_kind {
    uint8_t family; // 4 or 6
    enum layer_shape shape;
    bool is_masked; // asked by hash, not by interval
    struct masks masks;
};

struct layer {
    struct layer_kind kind;
    struct policy *policies; // in no order: none overlaps another
    size_t n;
    size_t size; // allocated
};

struct layers {
    struct layer *layers; // those of one family in the order of their lookup
    size_t n;
    size_t shadowed; // policies that were left out
    bool is_raw;     // asked before connection tracking (fw-d/untracked.h)
};

enum layer_shape layer_shape_of(const struct policy *p);

// masked_min: so many policies of the same masks make layers of their own worth while, SIZE_MAX: never. 0, -ENOMEM,
// -E2BIG: more than FW_LAYERS_MAX of a family, *ret_culprit is the index of a policy that needs one more.
int layers_compile(const struct policy *policies, size_t n, size_t masked_min, struct layers **ret_layers,
                   size_t *ret_culprit);
void layers_free(struct layers *layers);
// Elements of all layers.
size_t layers_count(const struct layers *layers);

#endif
