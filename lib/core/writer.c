#include "lib/core/writer.h"

#include <string.h>

struct writer writer_of(void *buffer, size_t capacity)
{
    return (struct writer){.p = buffer, .capacity = capacity};
}

// Once a write failed, nothing more is written: a message with a hole in it must not look whole.
uint8_t *writer_reserve(struct writer *w, size_t n)
{
    uint8_t *p;

    if (w->failed || w->capacity - w->n < n) {
        w->failed = true;
        return NULL;
    }
    p = w->p + w->n;
    w->n += n;
    return p;
}

static void store_u16(uint8_t *p, uint16_t value)
{
    p[0] = (uint8_t)(value >> 8);
    p[1] = (uint8_t)value;
}

static void store_u32(uint8_t *p, uint32_t value)
{
    store_u16(p, (uint16_t)(value >> 16));
    store_u16(p + 2, (uint16_t)value);
}

void writer_u8(struct writer *w, uint8_t value)
{
    uint8_t *p = writer_reserve(w, 1);

    if (p)
        *p = value;
}

void writer_u16(struct writer *w, uint16_t value)
{
    uint8_t *p = writer_reserve(w, 2);

    if (p)
        store_u16(p, value);
}

void writer_u32(struct writer *w, uint32_t value)
{
    uint8_t *p = writer_reserve(w, 4);

    if (p)
        store_u32(p, value);
}

void writer_u64(struct writer *w, uint64_t value)
{
    uint8_t *p = writer_reserve(w, 8);

    if (p) {
        store_u32(p, (uint32_t)(value >> 32));
        store_u32(p + 4, (uint32_t)value);
    }
}

void writer_bytes(struct writer *w, struct bytes b)
{
    uint8_t *p = b.n ? writer_reserve(w, b.n) : NULL;

    if (p)
        memcpy(p, b.p, b.n);
}

void writer_zero(struct writer *w, size_t n)
{
    uint8_t *p = n ? writer_reserve(w, n) : NULL;

    if (p)
        memset(p, 0, n);
}

static uint8_t *patch(struct writer *w, size_t offset, size_t n)
{
    if (offset > w->n || w->n - offset < n) {
        w->failed = true;
        return NULL;
    }
    return w->p + offset;
}

void writer_patch_u8(struct writer *w, size_t offset, uint8_t value)
{
    uint8_t *p = patch(w, offset, 1);

    if (p)
        *p = value;
}

void writer_patch_u16(struct writer *w, size_t offset, uint16_t value)
{
    uint8_t *p = patch(w, offset, 2);

    if (p)
        store_u16(p, value);
}

void writer_patch_u32(struct writer *w, size_t offset, uint32_t value)
{
    uint8_t *p = patch(w, offset, 4);

    if (p)
        store_u32(p, value);
}
