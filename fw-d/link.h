// The TUN as an interface (rtnetlink): found by name, brought up, removed. esp-d makes it and reads and writes its
// packets.
#ifndef BULKHEAD_FW_LINK_H
#define BULKHEAD_FW_LINK_H

#include "fw-d/netlink.h"

struct link {
    int index;
    bool up;
    uint32_t mtu_bytes;
    bool strict_source;   // rp_filter of the interface is on
    bool has_ipv6;        // IPv6 is configured on it ...
    bool makes_addresses; // ... and it would make itself a link-local address
};

// 0, -ENODEV: no such interface, or another -errno.
int link_find(struct netlink *nl, const char *name, struct link *ret_link);
// Pure. -EBADMSG.
int link_parse(const struct nlmsghdr *message, struct link *ret_link);
// Makes it ready for packets: MTU FW_TUN_MTU_BYTES, no source check (spoofing is caught by the SA's selectors), no
// addresses of its own, up. What is right already is left alone. 0 or -errno.
int link_set_up(struct netlink *nl, const struct link *link);
// Removes the interface; one that is gone is no error. 0 or -errno.
int link_remove(struct netlink *nl, const char *name);

#endif
