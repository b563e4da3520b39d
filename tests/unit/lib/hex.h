// Test vectors written as hex.
#ifndef BULKHEAD_TESTS_HEX_H
#define BULKHEAD_TESTS_HEX_H

#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/bytes.h"
#include "tests/unit/lib/run.h"

// Into a buffer of the caller's.
static inline struct bytes hex_into(const char *hex, uint8_t *buffer, size_t size)
{
    int n = bytes_from_hex(hex, buffer, size);

    ck_assert_msg(n >= 0, "bad hex in the test: %.40s", hex);
    return bytes_of(buffer, (size_t)n);
}

#define HEX_BUFFERS 32
#define HEX_BYTES   1024

// A view that lives until 32 more were made. Up to 1,024 bytes.
static inline struct bytes hex_view(const char *hex)
{
    static uint8_t buffers[HEX_BUFFERS][HEX_BYTES];
    static unsigned next;

    return hex_into(hex, buffers[next++ % HEX_BUFFERS], HEX_BYTES);
}

#define assert_bytes(actual, expected)                                                                                 \
    do {                                                                                                               \
        struct bytes a_ = (actual), e_ = (expected);                                                                   \
                                                                                                                       \
        ck_assert_uint_eq(a_.n, e_.n);                                                                                 \
        if (e_.n)                                                                                                      \
            ck_assert_mem_eq(a_.p, e_.p, e_.n);                                                                        \
    } while (0)

#endif
