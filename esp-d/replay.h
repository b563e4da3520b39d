// The anti-replay window (RFC 4303 3.4.3) for any number of workers at a time, without a lock. A ring of words, each of
// which holds the seen ones among 32 numbers in a row and tells which lap of the ring they are of: changed by
// compare-and-exchange alone, so that of several copies of a number one is taken, wherever they are opened; and a word
// of an earlier lap is simply taken over, so that nothing ever has to be cleared or shifted. Asked before a packet is
// opened, and written only after it proved authentic. Numbers have 64 bits; without extended sequence numbers they just
// stay below 2^32. Thread: any, but for replay_init and replay_done.
#ifndef BULKHEAD_ESP_REPLAY_H
#define BULKHEAD_ESP_REPLAY_H

#include "esp-d/replay_pool.h"

struct replay {
    _Atomic uint64_t top; // largest number received
    uint32_t window;      // packets
    uint32_t words;       // a power of two
    _Atomic uint64_t *ring;
};

// window: 64-65536 packets. -EINVAL, -ENOMEM.
int replay_init(struct replay *replay, struct replay_pool *pool, uint32_t window);
// To the pool that it is from. NULL ring: nothing to do.
void replay_done(struct replay *replay, struct replay_pool *pool);
// Neither seen nor too old. Number 0 is never valid (RFC 4303 3.3.3).
bool replay_check(const struct replay *replay, uint64_t sequence);
// The same question, and marks it as seen: true once in a number's life. False when another copy came in between, or
// newer ones have left it behind. ret_is_newest: larger than all before it.
bool replay_update(struct replay *replay, uint64_t sequence, bool *ret_is_newest);
// RFC 4303 appendix A: the whole number of a packet that carries its low half. The ICV proves the guess. False: it
// would be older than the first one.
bool replay_extend(const struct replay *replay, uint32_t low, uint64_t *ret_sequence);

static inline uint64_t replay_top(const struct replay *replay)
{
    return atomic_load_explicit(&replay->top, memory_order_relaxed);
}

#endif
