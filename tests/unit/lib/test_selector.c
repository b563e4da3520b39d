// Traffic selectors: the configuration's words, narrowing, matching.
#include <errno.h>
#include <string.h>

#include "lib/net/selector.h"
#include "tests/unit/lib/run.h"

static struct selector selector(const char *range, const char *protocol, const char *ports)
{
    const char *error = "";
    struct selector s;

    ck_assert_msg(selector_parse(range, protocol, ports, &s, &error) == 0, "%s %s %s: %s", range, protocol, ports,
                  error);
    return s;
}

START_TEST(parses_and_formats)
{
    static const struct {
        const char *range, *protocol, *ports, *out;
    } cases[] = {
        {"10.1.0.0/24", "", "", "10.1.0.0/24"},
        {"10.1.0.0/24", "tcp", "", "10.1.0.0/24[tcp]"},
        {"10.1.0.0/24", "tcp", "80", "10.1.0.0/24[tcp/80]"},
        {"10.1.0.0/24", "udp", "1000-2000", "10.1.0.0/24[udp/1000-2000]"},
        {"10.1.0.1-10.1.0.9", "icmp", "", "10.1.0.1-10.1.0.9[icmp]"},
        {"fd00:1::/64", "ipv6-icmp", "", "fd00:1::/64[ipv6-icmp]"},
        {"fd00:1::/64", "47", "", "fd00:1::/64[47]"},
        {"10.1.0.0/24", "6", "80", "10.1.0.0/24[tcp/80]"},
        {"10.1.0.0/24", "sctp", "0-65535", "10.1.0.0/24[sctp]"},
    };

    for (size_t i = 0; i < RUN_COUNT(cases); i++) {
        struct selector s = selector(cases[i].range, cases[i].protocol, cases[i].ports);
        char out[SELECTOR_TEXT_MAX];

        ck_assert_str_eq(selector_format(&s, out, sizeof(out)), cases[i].out);
    }
}
END_TEST

START_TEST(refuses_with_a_reason)
{
    static const struct {
        const char *range, *protocol, *ports, *error; // the error's beginning
    } cases[] = {
        {"10.1.0.7/24", "", "", "host bits"},           {"10.1.0", "", "", "not a prefix"},
        {"10.1.0.9-10.1.0.1", "", "", "start and end"}, {"10.1.0.0/24", "tpc", "", "unknown protocol"},
        {"10.1.0.0/24", "0", "", "unknown protocol"},   {"10.1.0.0/24", "256", "", "unknown protocol"},
        {"10.1.0.0/24", "6x", "", "unknown protocol"},  {"10.1.0.0/24", "tcp", "65536", "not a port"},
        {"10.1.0.0/24", "tcp", "80-", "not a port"},    {"10.1.0.0/24", "tcp", "90-80", "not a port"},
        {"10.1.0.0/24", "tcp", "80,81", "not a port"},  {"10.1.0.0/24", "tcp", "0000080", "not a port"},
        {"10.1.0.0/24", "", "80", "ports need"},        {"10.1.0.0/24", "icmp", "8", "ports need"},
    };

    for (size_t i = 0; i < RUN_COUNT(cases); i++) {
        const char *error = "";
        struct selector s;

        ck_assert_int_eq(selector_parse(cases[i].range, cases[i].protocol, cases[i].ports, &s, &error), -EINVAL);
        ck_assert_msg(strncmp(error, cases[i].error, strlen(cases[i].error)) == 0, "case %zu: %s", i, error);
    }
}
END_TEST

START_TEST(narrows)
{
    static const struct {
        const char *a[3], *b[3], *both; // NULL: nothing in common
        bool covers;                    // a covers b
    } cases[] = {
        {{"10.0.0.0/8", "", ""}, {"10.1.0.0/16", "tcp", "80"}, "10.1.0.0/16[tcp/80]", true},
        {{"10.1.0.0/16", "tcp", ""}, {"10.0.0.0/8", "", ""}, "10.1.0.0/16[tcp]", false},
        {{"10.0.0.0/8", "tcp", "1-100"}, {"10.0.0.0/8", "tcp", "80-200"}, "10.0.0.0/8[tcp/80-100]", false},
        {{"10.0.0.0/8", "tcp", "1-79"}, {"10.0.0.0/8", "tcp", "80-200"}, NULL, false},
        {{"10.0.0.0/8", "tcp", ""}, {"10.0.0.0/8", "udp", ""}, NULL, false},
        {{"10.0.0.0/8", "", ""}, {"11.0.0.0/8", "", ""}, NULL, false},
        {{"0.0.0.0/0", "", ""}, {"::/0", "", ""}, NULL, false},
    };

    for (size_t i = 0; i < RUN_COUNT(cases); i++) {
        struct selector a = selector(cases[i].a[0], cases[i].a[1], cases[i].a[2]);
        struct selector b = selector(cases[i].b[0], cases[i].b[1], cases[i].b[2]), both;
        char out[SELECTOR_TEXT_MAX];

        ck_assert_msg(selector_covers(&a, &b) == cases[i].covers, "case %zu", i);
        ck_assert_msg(selector_overlaps(&b, &a) == (cases[i].both != NULL), "case %zu", i);
        if (!cases[i].both) {
            ck_assert_msg(!selector_intersect(&a, &b, &both), "case %zu", i);
            continue;
        }
        ck_assert(selector_intersect(&a, &b, &both));
        ck_assert_str_eq(selector_format(&both, out, sizeof(out)), cases[i].both);
        ck_assert(selector_intersect(&b, &a, &both));
        ck_assert_str_eq(selector_format(&both, out, sizeof(out)), cases[i].both);
    }
}
END_TEST

START_TEST(opaque_is_a_value_of_its_own)
{
    struct selector any = selector("10.0.0.0/8", "tcp", ""), port = selector("10.0.0.0/8", "tcp", "80"), opaque = any,
                    both;

    opaque.start_port = 65535;
    opaque.end_port = 0;
    ck_assert(selector_covers(&any, &opaque));
    ck_assert(!selector_covers(&opaque, &any));
    ck_assert(!selector_overlaps(&port, &opaque));
    ck_assert(selector_intersect(&any, &opaque, &both));
    ck_assert(selector_equal(&both, &opaque));
    ck_assert(selector_covers(&opaque, &opaque));
}
END_TEST

START_TEST(matches_packets)
{
    static const struct {
        const char *s[3], *address;
        uint8_t protocol;
        uint16_t port;
        bool matches;
    } cases[] = {
        {{"10.1.0.0/24", "", ""}, "10.1.0.9", 6, 80, true},
        {{"10.1.0.0/24", "", ""}, "10.1.1.9", 6, 80, false},
        {{"10.1.0.0/24", "tcp", ""}, "10.1.0.9", 6, 0, true},
        {{"10.1.0.0/24", "tcp", ""}, "10.1.0.9", 17, 80, false},
        {{"10.1.0.0/24", "tcp", "80"}, "10.1.0.9", 6, 80, true},
        {{"10.1.0.0/24", "tcp", "80"}, "10.1.0.9", 6, 81, false},
        {{"10.1.0.0/24", "tcp", "80-90"}, "10.1.0.9", 6, 90, true},
        {{"::/0", "", ""}, "10.1.0.9", 6, 80, false},
        {{"fd00::/16", "", ""}, "fd00:1::2", 58, 0, true},
    };

    for (size_t i = 0; i < RUN_COUNT(cases); i++) {
        struct selector s = selector(cases[i].s[0], cases[i].s[1], cases[i].s[2]);
        struct address a;

        ck_assert_int_eq(address_parse(cases[i].address, &a), 0);
        ck_assert_msg(selector_matches(&s, &a, cases[i].protocol, cases[i].port) == cases[i].matches, "case %zu", i);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {parses_and_formats, refuses_with_a_reason, narrows, opaque_is_a_value_of_its_own,
                                  matches_packets};

    return run_tests("selector", tests, RUN_COUNT(tests));
}
