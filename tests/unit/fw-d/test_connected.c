// Connected networks are bypassed where a policy is wider than they are, and only there.
#include "fw-d/connected.h"

#include <errno.h>

#include "fw-d/fw_limits.h"
#include "tests/unit/fw-d/policies.h"
#include "tests/unit/fw-d/search.h"
#include "tests/unit/lib/run.h"

static struct connected two_networks(void)
{
    struct connected connected = {0};
    struct range range;

    ck_assert_int_eq(range_parse("10.1.0.0/24", &range), 0);
    ck_assert_int_eq(connected_add(&connected, &range), 0);
    ck_assert_int_eq(connected_add(&connected, &range), 0); // the same again
    ck_assert_int_eq(range_parse("192.0.2.0/24", &range), 0);
    ck_assert_int_eq(connected_add(&connected, &range), 0);
    ck_assert_uint_eq(connected.n, 2);
    return connected;
}

static const struct {
    enum policy_action action;
    const char *policy;
    size_t bypasses;
} cases[] = {
    {POLICY_PROTECT, "10.1.0.0/24 0.0.0.0/0", 2},
    {POLICY_PROTECT, "10.1.0.0/24 10.0.0.0/8", 1},
    {POLICY_PROTECT, "10.1.0.0/24 10.0.0.0/8 tcp - 80", 1},
    {POLICY_PROTECT, "10.1.0.0/24 10.2.0.0/24", 0},
    {POLICY_PROTECT, "10.1.0.0/24 192.0.2.0/24", 0}, // names the network
    {POLICY_PROTECT, "10.1.0.0/24 192.0.2.7", 0},
    {POLICY_PROTECT, "0.0.0.0/0 10.2.0.0/24", 0}, // the local side does not matter
    {POLICY_BYPASS, "10.1.0.0/24 0.0.0.0/0", 0},
    {POLICY_DISCARD, "10.1.0.0/24 0.0.0.0/0", 0},
    {POLICY_PROTECT, "fd00:1::/64 ::/0", 0},
};

START_TEST(wide_policies_leave_neighbours_alone)
{
    struct connected connected = two_networks();

    for (size_t i = 0; i < RUN_COUNT(cases); i++) {
        struct policy p = policy_of(cases[i].action, cases[i].policy), *out;
        size_t n;

        ck_assert_int_eq(connected_apply(&connected, &p, 1, &out, &n), 0);
        ck_assert_msg(n == cases[i].bypasses + 1, "case %zu: %zu", i, n);
        for (size_t j = 0; j + 1 < n; j++) {
            ck_assert_int_eq(out[j].action, POLICY_BYPASS);
            ck_assert(range_equal(&out[j].remote.range, &connected.ranges[j]));
            ck_assert_uint_eq(out[j].remote.end_port, p.remote.end_port);
            ck_assert_uint_eq(out[j].local.protocol, p.local.protocol);
        }
        ck_assert_int_eq(out[n - 1].action, cases[i].action);
        free(out);
    }
    connected_done(&connected);
}
END_TEST

// An earlier policy that names the network keeps its say.
START_TEST(order_is_kept)
{
    struct connected connected = two_networks();
    struct policy list[] = {policy_of(POLICY_PROTECT, "10.1.0.0/24 192.0.2.7"),
                            policy_of(POLICY_PROTECT, "10.1.0.0/24 0.0.0.0/0")};
    struct flow named = flow_of("10.1.0.2", "192.0.2.7", IPPROTO_TCP, 1, 2);
    struct flow neighbour = flow_of("10.1.0.2", "192.0.2.8", IPPROTO_TCP, 1, 2);
    struct flow far = flow_of("10.1.0.2", "198.51.100.1", IPPROTO_TCP, 1, 2);
    struct policy *out;
    size_t n;

    ck_assert_int_eq(connected_apply(&connected, list, 2, &out, &n), 0);
    ck_assert_int_eq(search_policies(out, n, &named)->action, POLICY_PROTECT);
    ck_assert_int_eq(search_policies(out, n, &neighbour)->action, POLICY_BYPASS);
    ck_assert_int_eq(search_policies(out, n, &far)->action, POLICY_PROTECT);
    free(out);
    connected_done(&connected);
}
END_TEST

START_TEST(equality_ignores_order)
{
    struct connected a = two_networks(), b = {0};

    ck_assert(!connected_equal(&a, &b));
    ck_assert_int_eq(connected_add(&b, &a.ranges[1]), 0);
    ck_assert(!connected_equal(&a, &b));
    ck_assert_int_eq(connected_add(&b, &a.ranges[0]), 0);
    ck_assert(connected_equal(&a, &b));
    connected_done(&a);
    connected_done(&b);
}
END_TEST

START_TEST(too_many_are_refused)
{
    struct connected connected = two_networks();
    size_t most = FW_POLICIES_MAX / 3 + 1, n;
    struct policy *list = calloc(most, sizeof(*list)), *out;

    for (size_t i = 0; i < most; i++)
        list[i] = policy_of(POLICY_PROTECT, "10.1.0.0/24 0.0.0.0/0");
    ck_assert_int_eq(connected_apply(&connected, list, most, &out, &n), -E2BIG);
    ck_assert_int_eq(connected_apply(&connected, list, most - 1, &out, &n), 0);
    free(out);
    free(list);
    connected_done(&connected);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {wide_policies_leave_neighbours_alone, order_is_kept, equality_ignores_order,
                                  too_many_are_refused};

    return run_tests("connected", tests, RUN_COUNT(tests));
}
