// When an SA is replaced and when it ends (RFC 7296 2.8, RFC 4301 4.4.2.1): what is configured, and the points in time
// that come of it for one SA. Both ends have limits of their own; they are never negotiated.
#ifndef BULKHEAD_IKE_SA_LIFETIME_H
#define BULKHEAD_IKE_SA_LIFETIME_H

#include <stdint.h>

struct ike_core;

struct lifetime {
    uint64_t rekey_ms; // 0: never
    uint64_t hard_ms;  // 0: never
    uint64_t rekey_bytes;
    uint64_t rekey_packets;
    uint32_t jitter_percent;
};

// Of one SA, monotonic ms; 0: never.
struct lifetime_end {
    uint64_t soft_ms;
    uint64_t hard_ms;
};

// Of an SA that is made now: the soft limit comes earlier at random.
struct lifetime_end lifetime_begin(const struct lifetime *lifetime, const struct ike_core *core);
// A soft limit of bytes or packets, earlier at random; the hard one is a quarter above what is configured. 0: none.
uint64_t lifetime_soft(uint64_t limit, uint32_t jitter_percent, const struct ike_core *core);
uint64_t lifetime_hard(uint64_t limit);

#endif
