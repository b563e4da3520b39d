// TCP's maximum segment size (RFC 9293 3.7.1) lowered in what passes to what an SA carries whole, both ways, so that
// connections fit from their first segment on and need no ICMP error to get there.
#ifndef BULKHEAD_ESP_MSS_H
#define BULKHEAD_ESP_MSS_H

#include "esp-d/flow.h"

// Does the packet name a segment size, or would it by default? A SYN that is no later fragment.
bool mss_is_named(const uint8_t *packet, const struct flow *flow);
// Lowers it to what packets of `packet_bytes` can carry, and mends the checksum (RFC 1624), which must be there in
// full. A SYN without the option is left as it is: its sender will send no more than the 536 or 1220 bytes of the
// default.
void mss_lower(uint8_t *packet, const struct flow *flow, uint32_t packet_bytes);

#endif
