// Random bytes, handed in like the clock, so that a test can make a run repeatable. Keys of exchanges (kex.h) come from
// OpenSSL's generator directly.
#ifndef BULKHEAD_CRYPTO_RANDOM_H
#define BULKHEAD_CRYPTO_RANDOM_H

#include <stddef.h>

struct random_source {
    // Fills out with n bytes; 0 or a negative errno, then nothing of out may be used.
    int (*fill)(void *arg, void *out, size_t n);
    void *arg;
};

// OpenSSL's DRBG, seeded by the kernel; thread-safe. -EIO when it has no entropy.
extern const struct random_source random_system;

static inline int random_fill(const struct random_source *random, void *out, size_t n)
{
    return random->fill(random->arg, out, n);
}

#endif
