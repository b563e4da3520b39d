// How other gateways are told the same thing: proposals, policies, identities and keys in the words of swanctl,
// RouterOS and Cisco IOS, for the cures of the diagnosis (exch/cure.h).
#ifndef BULKHEAD_IKE_NEGO_DIALECT_H
#define BULKHEAD_IKE_NEGO_DIALECT_H

#include <stdbool.h>
#include <stddef.h>

#include "ike-d/nego/narrow.h"
#include "ike-d/nego/vendor.h"
#include "lib/crypto/proposal.h"
#include "lib/net/identity.h"

struct dialect {
    enum vendor vendor;
    // False: that gateway can't do it.
    bool (*ike_proposal)(const struct proposal *p, char *out, size_t out_size);
    bool (*esp_proposal)(const struct proposal *p, char *out, size_t out_size);
    // The policy as the peer must write it: what is local here is remote there.
    void (*policy)(const struct selector_pair *ours, char *out, size_t out_size);
    // The peer's own identity and ours, as the peer must write them.
    void (*identities)(const struct identity *peers, const struct identity *ours, char *out, size_t out_size);
    const char *secret;      // where the pre-shared key is stored
    const char *certificate; // where its own certificate is chosen
    const char *authority;   // ... and whose certificates it takes
    const char *tunnel;      // how tunnel mode is chosen
    const char *transport;   // ... and transport mode
    const char *ikev2;       // how IKEv2 is chosen
};

// NULL: none for that vendor.
const struct dialect *dialect_of(enum vendor vendor);
// All of them but Bulkhead's, for a peer whose vendor is not known; ends with NULL.
extern const struct dialect *const dialects_likely[];

#endif
