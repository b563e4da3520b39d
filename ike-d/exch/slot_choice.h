// Which of a tunnel's CHILD_SAs the peer means by its traffic selectors (RFC 7296 2.9).
#ifndef BULKHEAD_IKE_EXCH_SLOT_CHOICE_H
#define BULKHEAD_IKE_EXCH_SLOT_CHOICE_H

#include "ike-d/sa/tunnel.h"

// The slot whose policies fit `theirs` (as local and remote from our point of view) best: the very same selectors, then
// those that have all of them, then those that have some; of equals the one that does not stand yet. `keep` is the slot
// of the CHILD_SA that is replaced (NULL: none): it stays if it fits at all. The selectors are narrowed to it. NULL:
// none fits.
struct child_slot *slot_choice_find(struct tunnel *tunnel, const struct selector_sides *theirs, struct child_slot *keep,
                                    struct selector_sides *ret_sides);

#endif
