// What a configuration names although it is weak (lib/crypto/algorithm.h says which those are): it is served, but the
// operator is told when it is applied.
#ifndef BULKHEAD_API_WEAK_PROPOSALS_H
#define BULKHEAD_API_WEAK_PROPOSALS_H

#include "api-d/desired_state.h"
#include "api-d/events.h"

// Adds a line for each proposal that names one ("file:line:column: path: ...") to an array of malloc'd strings, at most
// MISTAKE_COUNT_MAX and one that counts the others. 0, or -ENOMEM with what fitted.
int weak_proposals_list(struct desired_state *state, char ***lines, size_t *lines_n);

// An event for each tunnel that the difference names as added or changed and that names one; the same bound.
// The state is open.
void weak_proposals_raise(const struct desired_state *state, const struct desired_state_difference *difference,
                          struct events *events);

#endif
