// A negotiated suite: what a chosen proposal stands for, as pointers into the algorithm table.
#ifndef BULKHEAD_IKE_SUITE_H
#define BULKHEAD_IKE_SUITE_H

#include "lib/crypto/proposal.h"

struct ike_suite {
    const struct encr_algorithm *encr;
    const struct integ_algorithm *integ; // NULL with an AEAD
    const struct prf_algorithm *prf;
    const struct ke_algorithm *ke;
};

struct esp_suite {
    const struct encr_algorithm *encr;
    const struct integ_algorithm *integ; // NULL with an AEAD
    const struct ke_algorithm *ke;       // NULL without PFS
    bool esn;
};

// From a chosen proposal (one transform a type). -EINVAL when it names something that we don't have or is incomplete.
int ike_suite_from(const struct proposal *chosen, struct ike_suite *ret_suite);
int esp_suite_from(const struct proposal *chosen, struct esp_suite *ret_suite);

#endif
