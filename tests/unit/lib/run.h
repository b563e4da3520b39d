// Runs the tests of one program.
#ifndef BULKHEAD_TESTS_UNIT_LIB_RUN_H
#define BULKHEAD_TESTS_UNIT_LIB_RUN_H

#include <check.h>
#include <stddef.h>
#include <stdlib.h>

#define RUN_COUNT(array) (sizeof(array) / sizeof((array)[0]))

// All of these return main's exit code.
static inline int run_suite(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    int failed;

    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

// A case with fixtures, loops or a timeout of its own.
static inline int run_case(TCase *tcase)
{
    Suite *suite = suite_create("");

    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}

static inline int run_tests(const char *name, const TTest *const *tests, size_t n)
{
    TCase *tcase = tcase_create(name);

    for (size_t i = 0; i < n; i++)
        tcase_add_test(tcase, tests[i]);
    return run_case(tcase);
}

#endif
