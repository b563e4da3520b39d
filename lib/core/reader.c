#include "lib/core/reader.h"

#include <errno.h>
#include <string.h>

struct reader reader_of(struct bytes b)
{
    return (struct reader){.p = b.p, .left = b.n};
}

static const uint8_t *take(struct reader *r, size_t n)
{
    const uint8_t *p = r->p;

    r->p = n ? r->p + n : r->p; // NULL + 0 is undefined in C
    r->left -= n;
    return p;
}

int reader_u8(struct reader *r, uint8_t *ret_value)
{
    if (r->left < 1)
        return -EBADMSG;
    *ret_value = *take(r, 1);
    return 0;
}

int reader_u16(struct reader *r, uint16_t *ret_value)
{
    const uint8_t *p;

    if (r->left < 2)
        return -EBADMSG;
    p = take(r, 2);
    *ret_value = (uint16_t)(p[0] << 8 | p[1]);
    return 0;
}

int reader_u32(struct reader *r, uint32_t *ret_value)
{
    const uint8_t *p;

    if (r->left < 4)
        return -EBADMSG;
    p = take(r, 4);
    *ret_value = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
    return 0;
}

int reader_u64(struct reader *r, uint64_t *ret_value)
{
    uint32_t high, low;

    if (r->left < 8)
        return -EBADMSG;
    reader_u32(r, &high);
    reader_u32(r, &low);
    *ret_value = (uint64_t)high << 32 | low;
    return 0;
}

int reader_bytes(struct reader *r, size_t n, struct bytes *ret_view)
{
    if (r->left < n)
        return -EBADMSG;
    *ret_view = bytes_of(take(r, n), n);
    return 0;
}

int reader_copy(struct reader *r, size_t n, void *ret_copy)
{
    if (r->left < n)
        return -EBADMSG;
    if (n)
        memcpy(ret_copy, take(r, n), n);
    return 0;
}

int reader_child(struct reader *r, size_t n, struct reader *ret_child)
{
    if (r->left < n)
        return -EBADMSG;
    *ret_child = reader_of(bytes_of(take(r, n), n));
    return 0;
}

int reader_skip(struct reader *r, size_t n)
{
    if (r->left < n)
        return -EBADMSG;
    take(r, n);
    return 0;
}

struct bytes reader_rest(struct reader *r)
{
    size_t n = r->left;

    return bytes_of(take(r, n), n);
}
