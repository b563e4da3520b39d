// How much one direction of an SA may carry (RFC 4301 4.4.2.1): at the soft limit ike-d is told to replace it, at the
// hard one it carries nothing any more. Time limits are ike-d's.
#ifndef BULKHEAD_ESP_LIFETIME_H
#define BULKHEAD_ESP_LIFETIME_H

#include <stdbool.h>
#include <stdint.h>

struct lifetime { // 0: no limit
    uint64_t soft_bytes;
    uint64_t hard_bytes;
    uint64_t soft_packets;
    uint64_t hard_packets;
};

// Why an SA ends: the numbers of the edge's EspExpiry.
enum lifetime_reason {
    LIFETIME_SEQUENCE = 1, // RFC 4303 3.3.3
    LIFETIME_BYTES,
    LIFETIME_PACKETS,
};

struct lifetime_end {
    enum lifetime_reason reason;
    bool hard;
};

bool lifetime_is_limited(const struct lifetime *lifetime);
// May so much be carried?
bool lifetime_has_room(const struct lifetime *lifetime, uint64_t bytes, uint64_t packets);
// Has what was carried reached a limit? The hard one comes first.
bool lifetime_ends(const struct lifetime *lifetime, uint64_t bytes, uint64_t packets, struct lifetime_end *ret_end);

#endif
