// How many half-open IKE SAs there are by where they came from (RFC 7296 2.6, RFC 8019 4).
//
// A source is an IPv4 address, or an IPv6 /64: whoever has one address of it has them all. A network is what one party
// commonly holds at most: an IPv4 /24, the longest prefix that is announced in the Internet, or an IPv6 /48 (RFC 6177).
#ifndef BULKHEAD_IKE_SA_HALF_OPEN_H
#define BULKHEAD_IKE_SA_HALF_OPEN_H

#include "lib/core/hmap.h"
#include "lib/net/address.h"

enum half_open_scope {
    HALF_OPEN_SOURCE,
    HALF_OPEN_NETWORK,
};

struct half_open {
    struct hmap *by_prefix;
    unsigned n; // in all
};

int half_open_init(struct half_open *half_open); // -ENOMEM
void half_open_done(struct half_open *half_open);
int half_open_add(struct half_open *half_open, const struct address *from); // -ENOMEM
void half_open_remove(struct half_open *half_open, const struct address *from);
unsigned half_open_count(const struct half_open *half_open, enum half_open_scope scope, const struct address *from);

#endif
