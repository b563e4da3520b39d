// Runs the tests of one program.
#ifndef BULKHEAD_TESTS_UNIT_LIB_RUN_H
#define BULKHEAD_TESTS_UNIT_LIB_RUN_H

#include <check.h>
#include <stddef.h>
#include <stdlib.h>

#define RUN_COUNT(array) (sizeof(array) / sizeof((array)[0]))

// Returns main's exit code.
static inline int run_tests(const char *name, const TTest *const *tests, size_t n)
{
    Suite *suite = suite_create(name);
    TCase *tcase = tcase_create(name);
    SRunner *runner;
    int failed;

    for (size_t i = 0; i < n; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
