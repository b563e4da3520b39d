// Which of our addresses the kernel's routing chooses for a peer: a UDP socket of each family, opened before the
// sandbox and marked like our packets, is connected for the question and dissolved again. Nothing is sent.
#ifndef BULKHEAD_IKE_LINK_ROUTE_PROBE_H
#define BULKHEAD_IKE_LINK_ROUTE_PROBE_H

#include "lib/net/address.h"

struct route_probe {
    int fd[2]; // IPv4, IPv6; -1: none
};

int route_probe_open(struct route_probe *probe); // -errno; a missing family is no error
int route_probe_ask(const struct route_probe *probe, const struct address *remote, struct address *ret_local);
void route_probe_close(struct route_probe *probe);

#endif
