// How many packets each tunnel's policies matched, as the elements of our maps count them in the kernel: into the
// tunnel, the first ones of connections out of it, and those that were dropped for being in clear. They begin anew with
// each configuration, whose maps are new.
#ifndef BULKHEAD_FW_TUNNEL_COUNTERS_H
#define BULKHEAD_FW_TUNNEL_COUNTERS_H

#include "fw-d/netlink.h"
#include "fw-d/table.h"

struct tunnel_counter {
    char name[TUNNEL_NAME_MAX + 1];
    struct counter_value value;
};

struct tunnel_counters {
    struct tunnel_counter *counters; // by name, once it was read as a whole
    size_t n;
    size_t size; // allocated
};

// 0 or -errno; tunnel_counters_done in any case.
int tunnel_counters_read(struct netlink *nl, struct tunnel_counters *ret_counters);
void tunnel_counters_done(struct tunnel_counters *counters);

// One message of a dump of elements, pure. Those without a comment or a counter are passed over. -ENOMEM, -E2BIG.
int tunnel_counters_take(const struct nlmsghdr *message, struct tunnel_counters *counters);
// Puts them into the order of names and sums up those of one tunnel.
void tunnel_counters_merge(struct tunnel_counters *counters);

#endif
