// Test vectors written as hex, and a main for table tests.
#ifndef BULKHEAD_TESTS_HEX_H
#define BULKHEAD_TESTS_HEX_H

#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/bytes.h"

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

// Runs a case that was filled with tcase_add_loop_test and the like. Returns main's exit code.
static inline int run_case(TCase *tcase)
{
    Suite *suite = suite_create("suite");
    SRunner *runner;
    int failed;

    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
