// The security association database (RFC 4301 4.4.2): inbound SAs by SPI, and the SPIs that were given out. Workers
// read it without a lock; the main thread alone changes it.
#ifndef BULKHEAD_ESP_SAD_H
#define BULKHEAD_ESP_SAD_H

#include "esp-d/child.h"
#include "lib/core/hmap.h"

// SPIs are our own random numbers, so that their high bits spread well: buckets by these stand in the order of SPIs.
#define SAD_BUCKETS   16384u
#define SAD_SPI_SHIFT 18u // 2^32 / SAD_BUCKETS

// Given out, not installed yet.
struct sad_reservation {
    uint32_t spi;
    uint64_t until_ms;
    struct sad_reservation *older;
    struct sad_reservation *newer;
};

struct sad {
    struct child *_Atomic bucket[SAD_BUCKETS]; // each one's SAs by rising SPI
    // main thread
    size_t n;
    struct hmap *reserved; // by SPI
    struct sad_reservation *oldest;
    struct sad_reservation *newest;
};

int sad_init(struct sad *sad); // -ENOMEM
// The SAs must have been removed.
void sad_done(struct sad *sad);

// Random, over 255, neither installed nor reserved; reserved for 120 s. -ENOSPC: too many are reserved; -EIO: no
// randomness; -ENOMEM.
int sad_reserve_spi(struct sad *sad, uint64_t now_ms, uint32_t *ret_spi);
// Reserves this one. -EEXIST, -ENOMEM.
int sad_add_reservation(struct sad *sad, uint32_t spi, uint64_t until_ms);
// Uses a reservation up; false when there is none.
bool sad_take_reservation(struct sad *sad, uint32_t spi, uint64_t now_ms);

// -EEXIST, -ENOSPC (ESP_SAS_MAX).
int sad_add(struct sad *sad, struct child *child);
// Unlinks it; the caller retires it. NULL: not there.
struct child *sad_remove(struct sad *sad, uint32_t spi_in);
// In the order of SPIs, the first one above `after`; NULL at the end.
struct child *sad_next(const struct sad *sad, uint32_t after);

// Thread: any, as a reader.
static inline struct child *sad_find(const struct sad *sad, uint32_t spi_in)
{
    struct child *c = atomic_load_explicit(&sad->bucket[spi_in >> SAD_SPI_SHIFT], memory_order_acquire);

    while (c && c->in.spi != spi_in)
        c = atomic_load_explicit(&c->next, memory_order_acquire);
    return c;
}

#endif
