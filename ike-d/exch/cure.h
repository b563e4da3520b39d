// What would cure a tunnel's failure: the exact change here, and the exact change at the peer in the words of its
// vendor, or of the likely ones when it is not known.
#ifndef BULKHEAD_IKE_EXCH_CURE_H
#define BULKHEAD_IKE_EXCH_CURE_H

#include "ike-d/sa/tunnel.h"

#define CURES_MAX 8

struct cure {
    enum tunnel_side side; // where
    enum vendor vendor;    // in whose words; VENDOR_UNKNOWN: plain ones
    char text[512];
};

// For a failure of that tunnel; returns how many.
unsigned cure_list(const struct tunnel *tunnel, const struct tunnel_failure *failure, struct cure cures[CURES_MAX]);

#endif
