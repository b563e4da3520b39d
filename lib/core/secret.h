// Memory for keys: wiped before it is freed, locked where the limit allows, left out of core dumps.
#ifndef BULKHEAD_CORE_SECRET_H
#define BULKHEAD_CORE_SECRET_H

#include "lib/core/bytes.h"

// Overwrites n bytes; the compiler can't leave it out.
void secret_wipe(void *p, size_t n);

// Zeroed memory; NULL without memory. Free with secret_free and the same size (NULL is taken). Any thread. Aligned
// to 16, over 256 bytes to 64. Uses mmap, munmap, mlock and madvise, which a sandbox must allow.
void *secret_alloc(size_t n);
void secret_free(void *p, size_t n);

// A key of bounded size, by value inside other structs. 64: SK_d and the HMACs of SHA-512 (RFC 4868).
#define SECRET_KEY_MAX 64
struct secret_key {
    size_t n;
    uint8_t b[SECRET_KEY_MAX];
};

// -ENOSPC when too long.
int secret_key_set(struct secret_key *key, struct bytes value);
void secret_key_wipe(struct secret_key *key);
static inline struct bytes secret_key_view(const struct secret_key *key)
{
    return bytes_of(key->b, key->n);
}

#endif
