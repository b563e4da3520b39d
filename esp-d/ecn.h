// Congestion marks across the tunnel (RFC 6040): copied out, combined on the way in. DSCP: copied, or the SA's own.
#ifndef BULKHEAD_ESP_ECN_H
#define BULKHEAD_ESP_ECN_H

#include <stdbool.h>
#include <stdint.h>

#define ECN_DSCP_MAX    63u
#define ECN_DSCP_COPIED 0xffu // no DSCP of its own

// Traffic class for the outer header: ECN of the inner one (normal mode, RFC 6040 4.1), and its DSCP or a fixed one
// (RFC 4301 5.1.2.1).
static inline uint8_t ecn_encapsulate(uint8_t inner_class, uint8_t dscp)
{
    return (uint8_t)(dscp == ECN_DSCP_COPIED ? inner_class : dscp << 2 | (inner_class & 3));
}

// Writes the combined mark into the inner packet's header (RFC 6040 4.2). False: the packet must be dropped. The packet
// was checked by flow_parse.
bool ecn_decapsulate(uint8_t outer_class, uint8_t *packet);

#endif
