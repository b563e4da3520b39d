// Decides for each CHILD_SA of a tunnel what happens next, as exch/tunnel_driver.h does for the tunnel: which are made
// by CREATE_CHILD_SA on the IKE SA that stands, which wait, and which are tried again later. One that fails leaves the
// others alone.
#ifndef BULKHEAD_IKE_EXCH_SLOT_DRIVER_H
#define BULKHEAD_IKE_EXCH_SLOT_DRIVER_H

#include "ike-d/sa/ike_sa.h"
#include "ike-d/sa/tunnel.h"

struct slot_tally {
    unsigned up;
    unsigned missing;   // are wanted and do not stand
    unsigned under_way; // of these
    unsigned ready;     // of these, to be begun now, on an IKE SA that is still to be made
};

// Looks at all slots of the tunnel. `line` is an established IKE SA, on which it starts what is due; NULL: none.
void slot_driver_review(struct tunnel *tunnel, struct ike_sa *line, struct slot_tally *ret_tally);

#endif
