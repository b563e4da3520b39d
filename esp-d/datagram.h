// What arrived on a socket, and what its segments are. A datagram that the kernel merged (UDP_GRO) holds several, and
// the kernel merges by 5-tuple and length alone: each is looked at (RFC 3948 2).
#ifndef BULKHEAD_ESP_DATAGRAM_H
#define BULKHEAD_ESP_DATAGRAM_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "esp-d/cipher.h"
#include "lib/net/address.h"

#define DATAGRAM_MARKER_BYTES 4u // RFC 3948 2.2: the non-ESP marker, an SPI of zero

struct inbound_datagram {
    uint8_t *p; // changed in place; valid until the flush
    uint32_t n;
    uint32_t segment_bytes; // of each segment but the last; 0: one segment
    uint8_t traffic_class;
    bool truncated;
    bool is_raw;           // IP protocol 50 (raw.h): one ESP packet, ports 0
    struct endpoint local; // valid until the flush, as is the remote one
    struct endpoint remote;
};

enum datagram_kind {
    DATAGRAM_ESP,
    DATAGRAM_IKE, // behind the marker
    DATAGRAM_KEEPALIVE,
    DATAGRAM_RUNT,
};

static inline enum datagram_kind datagram_kind_of(const uint8_t *segment, uint32_t n)
{
    static const uint8_t marker[DATAGRAM_MARKER_BYTES];

    if (n == 1 && segment[0] == 0xff) // RFC 3948 2.3
        return DATAGRAM_KEEPALIVE;
    if (n < CIPHER_HEADER_BYTES)
        return DATAGRAM_RUNT;
    return memcmp(segment, marker, sizeof(marker)) ? DATAGRAM_ESP : DATAGRAM_IKE;
}

#endif
