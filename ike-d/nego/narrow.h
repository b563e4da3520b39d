// Traffic selectors of a child SA: what we offer, how the responder narrows, how the initiator checks (RFC 7296 2.9).
// All protected pairs of a tunnel share one child SA.
#ifndef BULKHEAD_IKE_NARROW_H
#define BULKHEAD_IKE_NARROW_H

#include "ike-d/wire/wire_limits.h"
#include "lib/net/selector.h"

// One protected policy; both sides of one family.
struct selector_pair {
    struct selector local;
    struct selector remote;
};

struct selector_list {
    unsigned n;
    struct selector s[WIRE_SELECTORS_MAX];
};

// The two sides of a child SA, from our point of view. About 22 KB.
struct selector_sides {
    struct selector_list local;
    struct selector_list remote;
};

// What the initiator offers: the packet that asked for the SA first (RFC 7296 2.9; NULL: none), then every policy's
// selectors, each once. -EINVAL without a policy; -ENOSPC when they are more than an SA can carry.
int narrow_offer(const struct selector_pair *policies, unsigned policies_n, const struct selector_pair *packet,
                 struct selector_sides *ret_sides);

// The responder's choice: all that both the peer's selectors (as local and remote from our point of view) and our
// policies have, in the peer's order, so that what its packet needs comes first; nothing twice. False: nothing in
// common, or no policy has both sides: TS_UNACCEPTABLE. `narrower` tells whether the peer asked for more.
bool narrow_choose(const struct selector_pair *policies, unsigned policies_n, const struct selector_sides *peer,
                   struct selector_sides *ret_sides, bool *ret_narrower);

// The initiator's check: is every selector of the answer within one of the offered, and is there one on each side?
bool narrow_is_within(const struct selector_sides *answer, const struct selector_sides *offered);

// "10.1.0.0/24 10.3.0.0/24 === 10.2.0.0/24": for the diagnosis, cut short to fit. Return out.
char *narrow_format(const struct selector_sides *sides, char *out, size_t out_size);
char *narrow_format_policies(const struct selector_pair *policies, unsigned policies_n, char *out, size_t out_size);
char *narrow_format_list(const struct selector *selectors, unsigned n, char *out, size_t out_size);

#endif
