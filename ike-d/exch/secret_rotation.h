// Two pre-shared keys while one is being replaced by the other (bulkhead.v1.PskAuth.other_secret): the peer may use
// either. A responder answers with the one that the peer used; an initiator begins with the one that worked last, and
// tries the other one when that is refused.
#ifndef BULKHEAD_IKE_EXCH_SECRET_ROTATION_H
#define BULKHEAD_IKE_EXCH_SECRET_ROTATION_H

#include "ike-d/sa/ike_sa.h"

// The peer has refused our AUTH: begins anew with the other key. False: there is none, or it was refused, too. The
// caller closes the SA.
bool secret_rotation_try_other(struct ike_sa *sa);
// The key that we would use is not stored: is there another to be tried on this SA?
bool secret_rotation_swap(struct ike_sa *sa);
// The peer has proved itself by this one. Operators hear of it, so that they know when the old one may go.
void secret_rotation_note(struct ike_sa *sa, bool other);

#endif
