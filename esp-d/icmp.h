// ICMP errors to senders in the LAN: for packets that no policy or SA will carry, destination unreachable,
// administratively prohibited (RFC 792, RFC 1812 5.2.7.1; RFC 4443 3.1); for those that are too large for an SA and
// must not be cut, the size that fits (RFC 1191 4, RFC 4443 3.2).
#ifndef BULKHEAD_ESP_ICMP_H
#define BULKHEAD_ESP_ICMP_H

#include "esp-d/flow.h"

#define ICMP_ERROR_BYTES_MAX 1280u

// Both write the whole packet, which comes from the address that the sender asked for. They return its bytes, or 0 when
// the packet must not be answered: an ICMP error, a fragment that is not the first, multicast (RFC 1122 3.2.2, RFC
// 4443 2.4).
uint32_t icmp_build_prohibited(struct bytes packet, const struct flow *flow, uint8_t out[ICMP_ERROR_BYTES_MAX]);
uint32_t icmp_build_too_big(struct bytes packet, const struct flow *flow, uint32_t mtu_bytes,
                            uint8_t out[ICMP_ERROR_BYTES_MAX]);

#endif
