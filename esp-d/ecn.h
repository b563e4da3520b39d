// Congestion marks across the tunnel (RFC 6040): copied out, combined on the way in.
#ifndef BULKHEAD_ESP_ECN_H
#define BULKHEAD_ESP_ECN_H

#include <stdbool.h>
#include <stdint.h>

// Traffic class for the outer header: DSCP and ECN of the inner one (normal mode, RFC 6040 4.1; RFC 4301 5.1.2 for
// DSCP).
static inline uint8_t ecn_encapsulate(uint8_t inner_class)
{
    return inner_class;
}

// Writes the combined mark into the inner packet's header (RFC 6040 4.2). False: the packet must be dropped. The packet
// was checked by flow_parse.
bool ecn_decapsulate(uint8_t outer_class, uint8_t *packet);

#endif
