// `unique: reject`: a second IKE SA of the same peer is refused while the first is alive, which is asked of it first.
#ifndef BULKHEAD_IKE_EXCH_UNIQUENESS_H
#define BULKHEAD_IKE_EXCH_UNIQUENESS_H

#include "ike-d/sa/ike_sa.h"

// The question whether the peer of a new IKE SA has one already.
struct uniqueness {
    uint64_t rival_spi; // our SPI of the one that stands
    uint64_t asked_ms;
};

enum uniqueness_verdict {
    UNIQUENESS_FREE,  // there is none, or it is gone
    UNIQUENESS_TAKEN, // it is alive
    UNIQUENESS_OPEN,  // its peer was asked and has not answered yet
};

// A responder's SA whose peer has proved itself: asks the other one, if there is one that matters.
enum uniqueness_verdict uniqueness_begin(const struct ike_sa *sa, struct uniqueness *ret_question);
enum uniqueness_verdict uniqueness_look(const struct ike_sa *sa, const struct uniqueness *question);
// Tells operators that the second one was refused, not too often.
void uniqueness_tell(const struct ike_sa *sa, const struct uniqueness *question);

#endif
