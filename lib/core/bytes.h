// A view of bytes that somebody else owns.
#ifndef BULKHEAD_CORE_BYTES_H
#define BULKHEAD_CORE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bytes {
    const uint8_t *p; // may be NULL when n is 0
    size_t n;
};

static inline struct bytes bytes_of(const void *p, size_t n)
{
    return (struct bytes){.p = p, .n = n};
}

// View of a C string, without its NUL.
struct bytes bytes_of_str(const char *s);

// Not in constant time: for public data.
bool bytes_equal(struct bytes a, struct bytes b);

// Constant time in the contents (not in the lengths): for MACs and secrets.
bool bytes_equal_secret(struct bytes a, struct bytes b);

// Lower-case hex of b into out, NUL-terminated, cut short to fit. Returns out.
char *bytes_to_hex(struct bytes b, char *out, size_t out_size);

// Parses hex digits (even count, nothing else). Returns the number of bytes, or -EINVAL, or -ENOSPC.
int bytes_from_hex(const char *hex, uint8_t *out, size_t out_size);

#endif
