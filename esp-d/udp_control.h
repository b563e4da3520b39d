// Control messages of the UDP sockets: local address, traffic class, segment size.
#ifndef BULKHEAD_ESP_UDP_CONTROL_H
#define BULKHEAD_ESP_UDP_CONTROL_H

#include <sys/socket.h>

#include "lib/net/address.h"

#define UDP_CONTROL_BYTES 160u

// Writes them into `control` (UDP_CONTROL_BYTES, aligned as a struct cmsghdr) and hangs it on the message.
// segment_bytes 0: no UDP_SEGMENT.
void udp_control_put(struct msghdr *message, void *control, const struct address *local, uint8_t traffic_class,
                     uint16_t segment_bytes);
// What a received message says; fields without a message stay as they are. `local`: the address only.
void udp_control_get(struct msghdr *message, struct address *local, uint8_t *traffic_class, uint32_t *segment_bytes);

#endif
