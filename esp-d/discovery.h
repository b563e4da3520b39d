// What our sockets, UDP and raw, do about path MTUs (RFC 1191, RFC 3542 11.2). Their packets may be cut on their way
// (DF is not set), but an ICMP message, which anybody can send, does not make the kernel cut them: esp-d makes packets
// that fit (mtu.h), from what it has learned itself (path_mtu.h). The exceptions are here.
#ifndef BULKHEAD_ESP_DISCOVERY_H
#define BULKHEAD_ESP_DISCOVERY_H

#include "esp-d/child.h"

// Of IP_MTU_DISCOVER and IPV6_MTU_DISCOVER.
#define DISCOVERY_IPV4 IP_PMTUDISC_OMIT
#define DISCOVERY_IPV6 IPV6_PMTUDISC_OMIT

// One packet that must not be cut on its way, to learn whether the path takes it. 0; -EMSGSIZE: larger than what this
// machine's own link takes; other -errno. Thread: the socket's own.
int discovery_send_whole(int fd, const struct path *path, struct bytes packet);
// There is a path over IPv6 so narrow that packets of 1280 bytes, which have to be carried, don't fit (RFC 8200 5).
// Nobody but the source may cut them then: from here on the kernel learns of path MTUs itself, and cuts. -1 is taken.
// Thread: any.
void discovery_let_kernel_cut(int fd6);

#endif
