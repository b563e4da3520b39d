// What the host is set to, as far as it matters here: which networks it is connected to, whether it forwards.
#ifndef BULKHEAD_FW_HOST_H
#define BULKHEAD_FW_HOST_H

#include "fw-d/connected.h"
#include "fw-d/netlink.h"

// Networks of all interfaces but the loopback and the one with index `except`. 0 or -errno.
int host_read_connected(struct netlink *nl, int except, struct connected *ret_connected);

struct host_address {
    int index;
    struct address address;
    struct range network;
};
// Pure. -EBADMSG.
int host_parse_address(const struct nlmsghdr *message, struct host_address *ret_address);

struct host_settings {
    bool ipv4_forwarding;
    bool ipv6_forwarding;
    bool strict_source; // rp_filter of "all" is strict: the greater of it and an interface's own wins
};
// What the kernel can't tell counts as set right. 0 or -errno.
int host_read_settings(struct netlink *nl, struct host_settings *ret_settings);

#endif
