// What arrived on a socket, and what its segments are. A datagram that the kernel merged (UDP_GRO) holds several, and
// the kernel merges by 5-tuple and length alone: each is looked at (RFC 3948 2).
#ifndef BULKHEAD_ESP_DATAGRAM_H
#define BULKHEAD_ESP_DATAGRAM_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "esp-d/cipher.h"
#include "esp-d/drop.h"
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

struct datagram_segment {
    uint8_t *p;
    uint32_t n;
    enum drop drop; // DROP_NONE: somebody's
    bool is_ike;    // and then without the marker; else ESP
};

// What keeps all of it from being looked at.
static inline enum drop datagram_check(const struct inbound_datagram *d)
{
    return d->truncated ? DROP_TRUNCATED : d->n ? DROP_NONE : DROP_RUNT;
}

// The segment at *at, which is 0 at first and moves behind it. False: there are no more.
static inline bool datagram_next(const struct inbound_datagram *d, uint32_t *at, struct datagram_segment *ret_segment)
{
    static const uint8_t marker[DATAGRAM_MARKER_BYTES];
    uint32_t left = d->n - *at;
    struct datagram_segment s = {.p = d->p + *at};

    if (!left)
        return false;
    s.n = d->segment_bytes && d->segment_bytes < left ? d->segment_bytes : left;
    *at += s.n;
    if (s.n < CIPHER_HEADER_BYTES) {
        s.drop = s.n == 1 && s.p[0] == 0xff ? DROP_KEEPALIVE : DROP_RUNT; // RFC 3948 2.3
    } else if (!d->is_raw && !memcmp(s.p, marker, sizeof(marker))) {
        s.is_ike = true;
        s.p += sizeof(marker);
        s.n -= (uint32_t)sizeof(marker);
    }
    *ret_segment = s;
    return true;
}

#endif
