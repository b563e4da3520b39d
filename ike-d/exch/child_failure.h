// Why one CHILD_SA of a tunnel did not come up. It counts against its slot alone: the tunnel's other CHILD_SAs stand,
// and it is tried again by itself.
#ifndef BULKHEAD_IKE_EXCH_CHILD_FAILURE_H
#define BULKHEAD_IKE_EXCH_CHILD_FAILURE_H

#include "ike-d/exch/failure.h"

// Our own attempt has failed: recorded with the slot and the tunnel; plans the next one, tells who waits for it.
void child_failure_end_attempt(struct child_slot *slot, const struct tunnel_failure *failure);
// The rekey of one that stands has failed: recorded, and nothing else, since the old one goes on.
void child_failure_note(struct child_slot *slot, const struct tunnel_failure *failure);
// child_failure_end_attempt for a service of ours that failed, and for an error notify of the peer (see failure.h).
void child_failure_of_job(struct ike_sa *sa, struct child_slot *slot, const struct ike_job_result *result,
                          const char *doing);
void child_failure_of_notify(struct ike_sa *sa, struct child_slot *slot, const struct notify_payload *notify,
                             const char *exchange);

// SINGLE_PAIR_REQUIRED (RFC 7296 2.9): from now on each pair of the slot is asked for by itself. False: it was so
// already, or there is one pair only.
bool child_failure_learn_single_pair(struct child_slot *slot, const struct notify_payload *notify);

#endif
