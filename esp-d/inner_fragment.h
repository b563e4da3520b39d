// IPv4 packets that are too large for the outer path, but may be cut (DF is clear), are cut before they are sealed: the
// far gateway hands on fragments of the inner packet, and no ESP packet needs to be put together again (RFC 4301 8.2.1,
// RFC 791 3.2).
#ifndef BULKHEAD_ESP_INNER_FRAGMENT_H
#define BULKHEAD_ESP_INNER_FRAGMENT_H

#include "esp-d/flow.h"

// Where the cutting stands. The packet is lent; it may be a fragment itself.
struct inner_fragment {
    const uint8_t *packet;
    uint32_t header_bytes;
    uint32_t payload_bytes;
    uint32_t max_bytes; // of one fragment
    uint32_t done_bytes;
};

// -EMSGSIZE: not even eight bytes of payload fit behind the header.
int inner_fragment_start(const uint8_t *packet, const struct flow *flow, uint32_t max_bytes,
                         struct inner_fragment *ret_fragment);
// Bytes of the next fragment, 0 when all are done.
uint32_t inner_fragment_next_bytes(const struct inner_fragment *fragment);
// Writes the next fragment (inner_fragment_next_bytes of it) and goes on.
void inner_fragment_copy_next(struct inner_fragment *fragment, uint8_t *to);

#endif
