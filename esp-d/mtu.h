// What fits: how large a packet may be so that its ESP packet is carried whole by the outer path (RFC 4301 8.2), from
// the SA's real overhead: outer IP, UDP when encapsulated, ESP header, IV, padding, ICV.
#ifndef BULKHEAD_ESP_MTU_H
#define BULKHEAD_ESP_MTU_H

#include "esp-d/child.h"

// Of the outer path, as long as nothing smaller was learned: bytes of an IP packet.
#define MTU_PATH_BYTES     1500u
#define MTU_PATH_IPV4_MIN  576u  // what is learned below is held at this: RFC 1122 3.3.3 has it as any host's
#define MTU_PATH_IPV6_MIN  1280u // RFC 8200 5
#define MTU_INNER_IPV6_MIN 1280u // so much of IPv6 an SA must carry, if need be in fragments of the outer packet

#define MTU_PATH_IPV6_NARROW 1420u // below it, MTU_INNER_IPV6_MIN may not fit, whatever the suite

// Bytes of the largest ESP packet in a packet of `mtu_bytes` to there.
uint32_t mtu_esp_bytes(const struct path *path, uint32_t mtu_bytes);
// Bytes of the largest packet, from its IP header on, that the SA takes without outer fragments. Thread: any.
uint32_t mtu_inner_bytes(const struct child *child, const struct path *path);
// The next smaller size that links are known to have (RFC 1191 7), for a router or a kernel that does not name one; 0:
// none above the family's minimum.
uint32_t mtu_next_plateau(uint32_t bytes, uint8_t family);
// Held between the family's minimum and MTU_PATH_BYTES.
uint32_t mtu_bounded(uint32_t bytes, uint8_t family);

#endif
