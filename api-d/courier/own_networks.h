// The addresses of this host and the networks that it is connected to, as the kernel has them at the moment of the
// question. Asked by rtnetlink over a socket that is made before the sandbox, which allows no other.
#ifndef BULKHEAD_API_COURIER_OWN_NETWORKS_H
#define BULKHEAD_API_COURIER_OWN_NETWORKS_H

#include "lib/net/range.h"

enum own_networks_verdict {
    OWN_NETWORKS_ELSEWHERE,
    OWN_NETWORKS_CONNECTED, // a neighbour's
    OWN_NETWORKS_SELF,      // this host's own
};

struct own_networks {
    int fd;
    uint32_t sequence;
};

// 0 or -errno.
int own_networks_open(struct own_networks *networks);
// -errno when the kernel does not tell: then nothing is known, and callers refuse.
int own_networks_find(struct own_networks *networks, const struct address *address,
                      enum own_networks_verdict *ret_verdict);
void own_networks_close(struct own_networks *networks);

#endif
