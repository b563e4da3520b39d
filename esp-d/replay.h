// The anti-replay window (RFC 4303 3.4.3) as a ring of 64-bit words (RFC 6479): moving it on clears words, never shifts
// them. Asked before the packet is opened, and written only after it proved authentic. Thread: the SA's worker.
#ifndef BULKHEAD_ESP_REPLAY_H
#define BULKHEAD_ESP_REPLAY_H

#include <stdbool.h>
#include <stdint.h>

struct replay {
    uint32_t top;    // largest number received
    uint32_t window; // packets
    uint32_t words;  // a power of two, one word more than the window at least
    uint64_t *ring;
};

// window: 64-65536 packets. -EINVAL, -ENOMEM.
int replay_init(struct replay *replay, uint32_t window);
void replay_done(struct replay *replay);
// Neither seen nor too old. Number 0 is never valid (RFC 4303 3.3.3).
bool replay_check(const struct replay *replay, uint32_t sequence);
// The same question, and marks it as seen. False when another copy came in between.
bool replay_update(struct replay *replay, uint32_t sequence);

#endif
