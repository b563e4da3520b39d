// Counters of elements, read from messages made by hand, and summed up by tunnel.
#include "fw-d/tunnel_counters.h"

#include <endian.h>
#include <errno.h>
#include <netinet/in.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <string.h>

#include "tests/unit/lib/run.h"

struct element {
    const char *comment; // with its type, length and end
    size_t comment_n;
    const char *expression;
    uint64_t packets;
};

static void put_element(struct nlmsghdr *message, const struct element *e)
{
    struct nlattr *element = mnl_attr_nest_start(message, NFTA_LIST_ELEM), *expression, *data;

    if (e->comment_n)
        mnl_attr_put(message, NFTA_SET_ELEM_USERDATA, e->comment_n, e->comment);
    if (e->expression) {
        expression = mnl_attr_nest_start(message, NFTA_SET_ELEM_EXPR);
        mnl_attr_put_strz(message, NFTA_EXPR_NAME, e->expression);
        data = mnl_attr_nest_start(message, NFTA_EXPR_DATA);
        mnl_attr_put_u64(message, NFTA_COUNTER_BYTES, htobe64(100 * e->packets));
        mnl_attr_put_u64(message, NFTA_COUNTER_PACKETS, htobe64(e->packets));
        mnl_attr_nest_end(message, data);
        mnl_attr_nest_end(message, expression);
    }
    mnl_attr_nest_end(message, element);
}

static void take(struct tunnel_counters *counters, const struct element *elements, size_t n)
{
    _Alignas(8) uint8_t buffer[4096];
    struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
    struct nlattr *list;

    mnl_nlmsg_put_extra_header(message, sizeof(struct nfgenmsg));
    list = mnl_attr_nest_start(message, NFTA_SET_ELEM_LIST_ELEMENTS);
    for (size_t i = 0; i < n; i++)
        put_element(message, &elements[i]);
    mnl_attr_nest_end(message, list);
    ck_assert_int_eq(tunnel_counters_take(message, counters), 0);
}

START_TEST(elements_of_a_tunnel_add_up)
{
    static const struct element first[] = {
        {"\0\003b2", 5, "counter", 1}, {"\0\003b2", 5, "counter", 2}, {"\0\002c", 4, "counter", 4}};
    static const struct element second[] = {{"\0\002a", 4, "counter", 8}, {"\0\003b2", 5, "counter", 16}};
    static const struct {
        const char *name;
        uint64_t packets;
    } expected[] = {{"a", 8}, {"b2", 19}, {"c", 4}};
    struct tunnel_counters counters = {0};

    take(&counters, first, RUN_COUNT(first));
    take(&counters, second, RUN_COUNT(second));
    tunnel_counters_merge(&counters);
    ck_assert_uint_eq(counters.n, RUN_COUNT(expected));
    for (size_t i = 0; i < RUN_COUNT(expected); i++) {
        ck_assert_str_eq(counters.counters[i].name, expected[i].name);
        ck_assert_uint_eq(counters.counters[i].value.packets, expected[i].packets);
        ck_assert_uint_eq(counters.counters[i].value.bytes, 100 * expected[i].packets);
    }
    tunnel_counters_done(&counters);
}
END_TEST

// A comment that is none, or runs over its end; no counter.
START_TEST(what_is_not_ours_is_passed_over)
{
    static const struct element elements[] = {
        {"\0\003b2", 4, "counter", 1}, {"\0\003b2x", 5, "counter", 1}, {"\1\003b2", 5, "counter", 1},
        {"\0\0", 2, "counter", 1},     {NULL, 0, "counter", 1},        {"\0\003b2", 5, NULL, 0},
        {"\0\003b2", 5, "quota", 1},   {"\0\377b2", 5, "counter", 1},
    };
    struct tunnel_counters counters = {0};

    take(&counters, elements, RUN_COUNT(elements));
    tunnel_counters_merge(&counters);
    ck_assert_uint_eq(counters.n, 0);
    tunnel_counters_done(&counters);
}
END_TEST

START_TEST(names_have_one_number_in_a_row)
{
    struct tunnel_names names = {0};
    char longest[TUNNEL_NAME_MAX + 2];
    uint32_t number = 0;

    memset(longest, 'n', sizeof(longest));
    longest[TUNNEL_NAME_MAX + 1] = '\0';
    ck_assert_int_eq(tunnel_names_add(&names, longest, &number), -EINVAL);
    longest[TUNNEL_NAME_MAX] = '\0';
    ck_assert_int_eq(tunnel_names_add(&names, "one", &number), 0);
    ck_assert_int_eq(tunnel_names_add(&names, "one", &number), 0);
    ck_assert_uint_eq(number, 1);
    ck_assert_int_eq(tunnel_names_add(&names, longest, &number), 0);
    ck_assert_uint_eq(number, 2);
    ck_assert_str_eq(tunnel_names_at(&names, 1), "one");
    ck_assert_str_eq(tunnel_names_at(&names, 2), longest);
    ck_assert_str_eq(tunnel_names_at(&names, 0), "");
    ck_assert_str_eq(tunnel_names_at(&names, 3), "");
    tunnel_names_done(&names);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {elements_of_a_tunnel_add_up, what_is_not_ours_is_passed_over,
                                  names_have_one_number_in_a_row};

    return run_tests("tunnel_counters", tests, RUN_COUNT(tests));
}
