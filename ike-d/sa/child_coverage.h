// Which of a slot's pairs of selectors its CHILD_SAs carry. A peer may take fewer than it is offered (RFC 7296 2.9), or
// one pair a CHILD_SA: then several CHILD_SAs stand in one slot, and what none of them carries is asked for by itself.
#ifndef BULKHEAD_IKE_SA_CHILD_COVERAGE_H
#define BULKHEAD_IKE_SA_CHILD_COVERAGE_H

#include "ike-d/sa/child_slot.h"

struct ike_sa;

// Does a CHILD_SA of the slot carry all of that pair?
bool child_coverage_has(const struct child_slot *slot, const struct selector_pair *pair);
// How many of its pairs are carried.
unsigned child_coverage_count(const struct child_slot *slot);
// Is there something to be asked for beyond what stands: the rest of a peer that takes more CHILD_SAs, or a packet's
// pair?
bool child_coverage_is_missing(const struct child_slot *slot);

// What the next CHILD_SA of the slot on that IKE SA is to ask for: all its pairs, the rest of them when some stand
// there, or one alone for a peer that takes one; the packet first. -ENOMEM, -ENOSPC, -ENOENT when all is there.
int child_coverage_offer(struct child_slot *slot, const struct ike_sa *sa, struct selector_sides *ret_sides);

#endif
