// The way of marked packets: `ip rule` sends them to a route table of our own, whose default route goes to the TUN.
// Behind it stands an unreachable route of the worst metric, so that nothing leaves in clear when the TUN is gone.
#ifndef BULKHEAD_FW_ROUTE_H
#define BULKHEAD_FW_ROUTE_H

#include "fw-d/netlink.h"

// Rules and unreachable routes of both families; those that stand already are left alone. A kernel without IPv6 is no
// error. 0 or -errno.
int route_set_base(struct netlink *nl);
// The default routes to the interface with that index. 0 or -errno.
int route_set_tun(struct netlink *nl, int index);
// Removes all of the above, also what is there twice. 0 or -errno.
int route_remove(struct netlink *nl);

#endif
