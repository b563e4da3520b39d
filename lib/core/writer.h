// Bounded cursor for building messages. A write that does not fit writes nothing and sets `failed`, which stays: check
// once at the end with writer_ok().
#ifndef BULKHEAD_CORE_WRITER_H
#define BULKHEAD_CORE_WRITER_H

#include "lib/core/bytes.h"

struct writer {
    uint8_t *p;
    size_t capacity;
    size_t n; // written so far
    bool failed;
};

struct writer writer_of(void *buffer, size_t capacity);
static inline bool writer_ok(const struct writer *w)
{
    return !w->failed;
}
static inline struct bytes writer_view(const struct writer *w)
{
    return bytes_of(w->p, w->n);
}

// Network byte order.
void writer_u8(struct writer *w, uint8_t value);
void writer_u16(struct writer *w, uint16_t value);
void writer_u32(struct writer *w, uint32_t value);
void writer_u64(struct writer *w, uint64_t value);
void writer_bytes(struct writer *w, struct bytes b);
void writer_zero(struct writer *w, size_t n);
// n bytes to fill in later; NULL when they don't fit.
uint8_t *writer_reserve(struct writer *w, size_t n);
// Overwrites what was written at `offset`; out of range sets failed.
void writer_patch_u8(struct writer *w, size_t offset, uint8_t value);
void writer_patch_u16(struct writer *w, size_t offset, uint16_t value);
void writer_patch_u32(struct writer *w, size_t offset, uint32_t value);

#endif
