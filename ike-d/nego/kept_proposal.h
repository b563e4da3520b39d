// The proposal that an SA was made from (RFC 7296 2.7): one transform a type, in a few bytes where struct proposal has
// room for all that a peer may offer.
#ifndef BULKHEAD_IKE_NEGO_KEPT_PROPOSAL_H
#define BULKHEAD_IKE_NEGO_KEPT_PROPOSAL_H

#include "lib/crypto/proposal.h"

#define KEPT_TRANSFORMS_MAX 8

struct kept_proposal {
    uint8_t number;
    uint8_t protocol;
    uint8_t spi_size;
    uint8_t n; // 0: none was chosen yet
    uint8_t spi[8];
    struct transform transform[KEPT_TRANSFORMS_MAX];
};

// -EINVAL: more transforms than a chosen proposal can have.
int kept_proposal_set(struct kept_proposal *kept, const struct proposal *chosen);
struct proposal kept_proposal_get(const struct kept_proposal *kept);

#endif
