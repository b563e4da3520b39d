// What the SPD said of the flows seen last (RFC 4301 4.4.1), so that a list of thousands of policies is walked once a
// flow and not once a packet. One slot a flow, and the next flow of that slot takes it over: nothing to search, nothing
// that grows. Thread: its worker, as a reader.
#ifndef BULKHEAD_ESP_SPD_CACHE_H
#define BULKHEAD_ESP_SPD_CACHE_H

#include "esp-d/spd.h"

#define SPD_CACHE_FLOWS 1024u // a power of two

struct spd_cache_entry {
    struct flow flow;
    uint64_t serial; // of the SPD that was asked; 0: free
    struct policy *policy;
};

// All zero: empty.
struct spd_cache {
    struct spd_cache_entry entry[SPD_CACHE_FLOWS];
};

// The same answer as spd_find. One cache serves one direction.
struct policy *spd_cache_find(struct spd_cache *cache, const struct spd *spd, const struct flow *flow,
                              enum filter_direction direction);

#endif
