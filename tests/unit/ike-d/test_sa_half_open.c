// Half-open IKE SAs counted by address, IPv6 /64, and the networks around them.
#include <check.h>

#include "ike-d/sa/half_open.h"
#include "tests/unit/lib/run.h"

static const struct {
    const char *from;
    unsigned source;  // as many of the addresses below are of its source
    unsigned network; // ... of its network
} cases[] = {
    {"192.0.2.1", 2, 3},       {"192.0.2.1", 2, 3},     {"192.0.2.255", 1, 3},
    {"192.0.3.1", 1, 1},       {"2001:db8::1", 2, 3},   {"2001:db8::ffff:0:0:1", 2, 3},
    {"2001:db8:0:1::1", 1, 3}, {"2001:db8:1::1", 1, 1}, {"c000:201::", 1, 1},
};

START_TEST(prefixes_are_counted)
{
    struct half_open half_open;
    struct address from[RUN_COUNT(cases)];
    ck_assert_int_eq(half_open_init(&half_open), 0);
    for (size_t i = 0; i < RUN_COUNT(cases); i++) {
        ck_assert_int_eq(address_parse(cases[i].from, &from[i]), 0);
        ck_assert_int_eq(half_open_add(&half_open, &from[i]), 0);
    }
    ck_assert_uint_eq(half_open.n, RUN_COUNT(cases));
    for (size_t i = 0; i < RUN_COUNT(cases); i++) {
        ck_assert_uint_eq(half_open_count(&half_open, HALF_OPEN_SOURCE, &from[i]), cases[i].source);
        ck_assert_uint_eq(half_open_count(&half_open, HALF_OPEN_NETWORK, &from[i]), cases[i].network);
    }
    for (size_t i = 0; i < RUN_COUNT(cases); i++) {
        half_open_remove(&half_open, &from[i]);
    }
    ck_assert_uint_eq(half_open.n, 0);
    ck_assert_uint_eq(hmap_count(half_open.by_prefix), 0);
    half_open_done(&half_open);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {prefixes_are_counted};
    return run_tests("half_open", tests, RUN_COUNT(tests));
}
