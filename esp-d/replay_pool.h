// Memory for anti-replay windows, given out when SAs are installed, so that no packet ever has to wait for any. Most
// SAs carry little or nothing: it is mapped, but takes up room only where a window was written. Thread: main.
#ifndef BULKHEAD_ESP_REPLAY_POOL_H
#define BULKHEAD_ESP_REPLAY_POOL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REPLAY_POOL_SIZES 11u // of rings: 4, 8, 16, ... 4096 words

struct replay_pool_size {
    _Atomic uint64_t **free_rings;
    size_t n;
    size_t made;     // of this size: so many may come back
    size_t capacity; // of free_rings
};

// All zero: empty.
struct replay_pool {
    struct replay_pool_size size[REPLAY_POOL_SIZES];
    void **slabs; // NULL: none yet
    size_t slabs_n;
};

// All rings must have been given back.
void replay_pool_done(struct replay_pool *pool);
// A ring of zeros. words: a power of two from 4 to 4096. NULL without memory.
_Atomic uint64_t *replay_pool_take(struct replay_pool *pool, uint32_t words);
// Gives it back; `is_written`: perhaps not all zeros.
void replay_pool_give(struct replay_pool *pool, _Atomic uint64_t *ring, uint32_t words, bool is_written);

#endif
