// Which of a tunnel's CHILD_SAs the peer means by its traffic selectors (RFC 7296 2.9).
#ifndef BULKHEAD_IKE_EXCH_SLOT_CHOICE_H
#define BULKHEAD_IKE_EXCH_SLOT_CHOICE_H

#include "ike-d/sa/ike_sa.h"
#include "ike-d/sa/tunnel.h"

struct slot_choice {
    struct tunnel *tunnel;
    const struct ike_sa *sa;  // on which the CHILD_SA is to be made; NULL: none yet
    struct child_slot *keep;  // of the CHILD_SA that is replaced, stays if it fits at all; NULL: none
    struct child_slot *found; // what came of it; NULL: none fits
    bool some;                // ... it takes a part only of what the peer wants
    bool stands;              // ... it stands on that IKE SA already
    bool others;              // another one that does not stand yet takes some of it, too (ADDITIONAL_TS_POSSIBLE)
};

// The slot whose policies fit `theirs` (as local and remote from our point of view) best: the very same selectors, then
// those that have all of them, then those that have some; of equals one that does not stand yet, and then one that has
// the first selectors, which are those of a packet. The selectors are narrowed to it. Returns choice->found.
struct child_slot *slot_choice_find(struct slot_choice *choice, const struct selector_sides *theirs,
                                    struct selector_sides *ret_sides);
// All that it fits stand, each with one pair, and the peer does not say which it means (SINGLE_PAIR_REQUIRED).
bool slot_choice_is_unclear(const struct slot_choice *choice, const struct selector_sides *theirs);

#endif
