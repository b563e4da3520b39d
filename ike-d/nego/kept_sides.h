// The selectors of a CHILD_SA that was negotiated, exactly as large as needed: struct selector_sides has room for all
// that a message may carry, and an SA lives long.
#ifndef BULKHEAD_IKE_NEGO_KEPT_SIDES_H
#define BULKHEAD_IKE_NEGO_KEPT_SIDES_H

#include "ike-d/nego/narrow.h"

struct kept_list {
    unsigned n;
    struct selector *s; // NULL: none
};

struct kept_sides {
    struct kept_list local;
    struct kept_list remote;
};

// Copies; what was kept before goes. -ENOMEM leaves it as it was.
int kept_sides_set(struct kept_sides *kept, const struct selector_sides *sides);
// The other way.
void kept_sides_get(const struct kept_sides *kept, struct selector_sides *ret_sides);
// Harmless on one that is all zero.
void kept_sides_drop(struct kept_sides *kept);
// Is there a packet that both cover?
bool kept_sides_overlap(const struct kept_sides *a, const struct kept_sides *b);

#endif
