// Blocks that are wiped: what they hold when they grow and shrink, and what OpenSSL makes of them as its allocators.
#include <errno.h>
#include <openssl/crypto.h>
#include <string.h>

#include "lib/core/wiping.h"
#include "lib/crypto/clean_heap.h"
#include "tests/unit/lib/run.h"

START_TEST(moves_what_it_holds)
{
    char *p = wiping_realloc(NULL, 5);

    ck_assert_ptr_nonnull(p);
    memcpy(p, "abcde", 5);
    p = wiping_realloc(p, 100000);
    ck_assert_ptr_nonnull(p);
    ck_assert_mem_eq(p, "abcde", 5);
    memset(p, 'x', 100000);
    p = wiping_realloc(p, 3);
    ck_assert_ptr_nonnull(p);
    ck_assert_mem_eq(p, "xxx", 3);
    wiping_free(p);
}
END_TEST

START_TEST(refuses_what_can_not_be)
{
    char *p = wiping_malloc(8);

    ck_assert_ptr_nonnull(p);
    ck_assert_ptr_null(wiping_malloc(SIZE_MAX));
    ck_assert_ptr_null(wiping_realloc(p, SIZE_MAX - 3));
    memset(p, 1, 8); // the old block stays
    wiping_free(p);
    wiping_free(NULL);
}
END_TEST

START_TEST(serves_openssl)
{
    char *p;

    ck_assert_int_eq(clean_heap_begin(), 0);
    p = OPENSSL_malloc(16);
    ck_assert_ptr_nonnull(p);
    p = OPENSSL_realloc(p, 32);
    ck_assert_ptr_nonnull(p);
    OPENSSL_free(p);
    ck_assert_ptr_null(OPENSSL_realloc(OPENSSL_malloc(4), 0));
}
END_TEST

START_TEST(comes_before_openssl_or_never)
{
    OPENSSL_free(OPENSSL_malloc(1));
    ck_assert_int_eq(clean_heap_begin(), -EBUSY);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {moves_what_it_holds, refuses_what_can_not_be, serves_openssl,
                            comes_before_openssl_or_never};

    return run_tests("wiping", tests, RUN_COUNT(tests));
}
