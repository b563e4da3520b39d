// The sockets of port 4500 as a group that shares the port (SO_REUSEPORT), one group a family. A program in the kernel
// chooses the socket of each datagram: what begins with the non-ESP marker (RFC 3948 2.2), or is too short for an SPI,
// goes to the first one, which is the main thread's, so that a flood of IKE stays off the workers; ESP goes to one of
// the others by its SPI. The choice is about work alone: what arrives elsewhere is handed to its owner.
#ifndef BULKHEAD_ESP_UDP_GROUP_H
#define BULKHEAD_ESP_UDP_GROUP_H

#include "esp-d/udp.h"

// Opens and binds the control socket (ret_sockets[0]) and those of `workers` workers behind it, of both families, with
// buffers and the packet mark of our own traffic. Needs privileges. -EADDRINUSE: somebody else has the port; -errno.
int udp_group_open(uint16_t port, unsigned workers, struct udp *ret_sockets);
// Which worker the kernel gives an SPI to, so that the main thread does the same.
static inline unsigned udp_group_worker(uint32_t spi, unsigned workers)
{
    return spi % workers;
}

#endif
