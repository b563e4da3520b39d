// UDP port 500: one wildcard socket a family, which tells the address that a datagram came to (PKTINFO), so that
// changes of addresses need no new socket.
#ifndef BULKHEAD_IKE_LINK_UDP_SOCKET_H
#define BULKHEAD_IKE_LINK_UDP_SOCKET_H

#include <uv.h>

#include "lib/net/address.h"

typedef void udp_socket_fn(void *arg, const struct endpoint *local, const struct endpoint *remote,
                           struct bytes datagram);

struct udp_socket {
    int fd; // -1: none
    uint8_t family;
    uint16_t port;
    udp_socket_fn *on_datagram;
    void *arg;
    uv_poll_t poll;
    bool polling;
};

// Binds; needs privileges. -errno; -EAFNOSUPPORT where the kernel lacks the family.
int udp_socket_open(struct udp_socket *udp, uint8_t family, uint16_t port);
int udp_socket_start(struct udp_socket *udp, uv_loop_t *loop, udp_socket_fn *on_datagram, void *arg);
// From that local address; what can't be sent is lost, as it may be on the way.
void udp_socket_send(const struct udp_socket *udp, const struct endpoint *local, const struct endpoint *remote,
                     struct bytes datagram);
void udp_socket_close(struct udp_socket *udp);

#endif
