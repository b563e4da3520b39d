// Connection tracking: entries that were made before a policy stood (or fell) keep the address translation of that
// time, so they are deleted (ctnetlink).
#ifndef BULKHEAD_FW_CONNTRACK_H
#define BULKHEAD_FW_CONNTRACK_H

#include "fw-d/netlink.h"
#include "fw-d/policy.h"

struct conntrack_entry {
    struct address source; // as the first packet came
    struct address destination;
    uint8_t protocol;
    uint16_t source_port; // 0 where the protocol has none
    uint16_t destination_port;
};

// Reads one message of a dump. -EBADMSG: malformed or not for IP.
int conntrack_parse(const struct nlmsghdr *message, struct conntrack_entry *ret_entry);

typedef bool conntrack_match_fn(const struct conntrack_entry *entry, void *arg);
// Deletes the entries that `match` chooses. Returns how many, or -errno.
int conntrack_delete(struct netlink *nl, conntrack_match_fn *match, void *arg);

#endif
