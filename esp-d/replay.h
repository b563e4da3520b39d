// The anti-replay window (RFC 4303 3.4.3) as a ring of bits, one for each number of the window: moving it on clears
// bits, never shifts them (as in RFC 6479). Asked before the packet is opened, and written only after it proved
// authentic. Numbers have 64 bits; without extended sequence numbers they just stay below 2^32. Thread: the SA's
// worker.
#ifndef BULKHEAD_ESP_REPLAY_H
#define BULKHEAD_ESP_REPLAY_H

#include <stdbool.h>
#include <stdint.h>

struct replay {
    uint64_t top;    // largest number received
    uint32_t window; // packets
    uint32_t words;  // a power of two
    uint64_t *ring;  // NULL until the first packet: many SAs never get one
};

// window: 64-65536 packets. -EINVAL.
int replay_init(struct replay *replay, uint32_t window);
void replay_done(struct replay *replay);
// Neither seen nor too old. Number 0 is never valid (RFC 4303 3.3.3).
bool replay_check(const struct replay *replay, uint64_t sequence);
// The same question, and marks it as seen. False when another copy came in between, or without memory.
bool replay_update(struct replay *replay, uint64_t sequence);
// RFC 4303 appendix A: the whole number of a packet that carries its low half. The ICV proves the guess. False: it
// would be older than the first one.
bool replay_extend(const struct replay *replay, uint32_t low, uint64_t *ret_sequence);

#endif
