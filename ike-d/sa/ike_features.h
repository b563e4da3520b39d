// What one side of an IKE SA says that it can do beyond RFC 7296, by notifies without data. Which of them both sides
// have decides what is used.
#ifndef BULKHEAD_IKE_SA_IKE_FEATURES_H
#define BULKHEAD_IKE_SA_IKE_FEATURES_H

#include <stdbool.h>

struct ike_features {
    bool fragmentation; // RFC 7383
    bool childless;     // RFC 6023
    bool ppk;           // RFC 8784
    bool mobike;        // RFC 4555
};

#endif
