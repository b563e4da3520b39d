// The one bounded cursor through which received bytes are read. Compares lengths, never adds to pointers beyond them.
// Every function returns 0, or -EBADMSG when too little is left; then neither the cursor nor the output changes.
#ifndef BULKHEAD_CORE_READER_H
#define BULKHEAD_CORE_READER_H

#include "lib/core/bytes.h"

struct reader {
    const uint8_t *p;
    size_t left;
};

struct reader reader_of(struct bytes b);
static inline size_t reader_left(const struct reader *r)
{
    return r->left;
}

// Network byte order.
int reader_u8(struct reader *r, uint8_t *ret_value);
int reader_u16(struct reader *r, uint16_t *ret_value);
int reader_u32(struct reader *r, uint32_t *ret_value);
int reader_u64(struct reader *r, uint64_t *ret_value);
// The next n bytes, as a view.
int reader_bytes(struct reader *r, size_t n, struct bytes *ret_view);
// Copies the next n bytes.
int reader_copy(struct reader *r, size_t n, void *ret_copy);
// The next n bytes, as a cursor of their own.
int reader_child(struct reader *r, size_t n, struct reader *ret_child);
int reader_skip(struct reader *r, size_t n);
// All that is left; leaves the cursor empty.
struct bytes reader_rest(struct reader *r);

#endif
