// Hash map with keys of up to 64 bytes to pointers. Strangers choose some keys (SPIs, addresses), so the hash is a
// strongly universal one (multilinear) whose random coefficients are drawn anew for each map: whoever doesn't know them
// can't pick keys that collide more often than chance.
#ifndef BULKHEAD_CORE_HMAP_H
#define BULKHEAD_CORE_HMAP_H

#include "lib/core/bytes.h"

struct hmap;

// NULL without memory or random numbers.
struct hmap *hmap_new(void);
// Values stay the caller's. NULL is taken.
void hmap_free(struct hmap *map);
// The key is copied. -EEXIST, -ENOMEM, -EINVAL (key empty or too long).
int hmap_put(struct hmap *map, struct bytes key, void *value);
// NULL when not there.
void *hmap_find(const struct hmap *map, struct bytes key);
// Returns the value that was there, or NULL.
void *hmap_remove(struct hmap *map, struct bytes key);
size_t hmap_count(const struct hmap *map);
// Walks all values in no order: start with *cursor 0; NULL at the end. The map may not change meanwhile, except that
// the value just returned may be removed.
void *hmap_next(const struct hmap *map, size_t *cursor);

#endif
