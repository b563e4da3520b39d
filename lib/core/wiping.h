// Plain memory that is wiped when it is freed: for messages and texts that secrets pass through.
#ifndef BULKHEAD_CORE_WIPING_H
#define BULKHEAD_CORE_WIPING_H

#include <stdalign.h>
#include <stddef.h>

// What a block takes beyond its n bytes.
#define WIPING_OVERHEAD_BYTES alignof(max_align_t)

// Not zeroed; NULL without memory.
void *wiping_malloc(size_t n);
// As realloc; what moves leaves nothing behind. NULL without memory: the old block stays.
void *wiping_realloc(void *p, size_t n);
// NULL is taken. Only for wiping_malloc's.
void wiping_free(void *p);

#endif
