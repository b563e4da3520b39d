// Where else this host could be reached: its own addresses, as the peers of MOBIKE are told (RFC 4555 3.4, 3.6).
#ifndef BULKHEAD_IKE_SA_OWN_ADDRESSES_H
#define BULKHEAD_IKE_SA_OWN_ADDRESSES_H

#include "ike-d/sa/ike_limits.h"
#include "lib/net/address.h"

struct ike_core;
struct ike_sa;

struct own_addresses {
    struct address list[IKE_OWN_ADDRESSES_MAX]; // in order; unicast, neither loopback nor link-local
    unsigned n;
    uint32_t version; // of the list; 0: never read
};

// Reads them anew. True: they have changed.
bool own_addresses_read(struct ike_core *core);
// Those that this peer may be told besides the one that it talks to. None where the operator has chosen the address;
// none that the tunnel protects, and no private one for who comes from elsewhere. Returns how many.
unsigned own_addresses_for(const struct ike_sa *sa, struct address ret_list[IKE_MOBIKE_ADDRESSES_MAX]);

#endif
