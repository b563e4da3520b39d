// Traffic selectors made ready for the packet path: comparisons of numbers, no parsing. Thread: any, all of it is read
// only after it was made.
#ifndef BULKHEAD_ESP_FILTER_H
#define BULKHEAD_ESP_FILTER_H

#include "esp-d/flow.h"

// One side of a policy or of an SA.
struct filter {
    address_key start;
    address_key end;
    uint16_t start_port;
    uint16_t end_port;
    uint8_t family;
    uint8_t protocol;  // 0: any
    bool any_port;     // 0-65535
    bool opaque_ports; // OPAQUE (RFC 7296 3.13.1): only packets whose ports are hidden
};

// Both sides of an SA: a packet belongs to it when some local and some remote selector match (RFC 7296 2.9).
struct filter_pair {
    unsigned local_n;
    unsigned remote_n;
    struct filter filter[]; // local ones first
};

enum filter_direction {
    FILTER_OUTBOUND, // source is local
    FILTER_INBOUND,  // source is remote
};

struct filter filter_of(const struct selector *s);
// The selector that it was made of.
struct selector filter_selector(const struct filter *f);
bool filter_matches(const struct filter *local, const struct filter *remote, const struct flow *flow,
                    enum filter_direction direction);
// NULL without memory.
struct filter_pair *filter_pair_new(const struct selector *local, unsigned local_n, const struct selector *remote,
                                    unsigned remote_n);
void filter_pair_free(struct filter_pair *pair);
bool filter_pair_matches(const struct filter_pair *pair, const struct flow *flow, enum filter_direction direction);

#endif
