// Addresses, endpoints, prefixes, ranges and identities.
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "lib/net/identity.h"
#include "lib/net/range.h"
#include "tests/unit/lib/run.h"

START_TEST(parses_addresses)
{
    static const struct {
        const char *text;
        const char *out; // NULL: refused
    } cases[] = {
        {"192.0.2.1", "192.0.2.1"},
        {"2001:DB8:0::1", "2001:db8::1"},
        {"::", "::"},
        {"0.0.0.0", "0.0.0.0"},
        {"", NULL},
        {"192.0.2", NULL},
        {"[::1]", NULL},
        {"fe80::1%eth0", NULL},
        {"192.0.2.256", NULL},
        {"192.0.2.1 ", NULL},
        {" ::1", NULL},
        {"::ffff:192.0.2.1", "::ffff:192.0.2.1"},
    };

    for (size_t i = 0; i < RUN_COUNT(cases); i++) {
        char out[ADDRESS_TEXT_MAX];
        struct address a;
        int r = address_parse(cases[i].text, &a);

        ck_assert_msg((r == 0) == (cases[i].out != NULL), "case %zu", i);
        if (r == 0)
            ck_assert_str_eq(address_format(&a, out, sizeof(out)), cases[i].out);
    }
}
END_TEST

START_TEST(classifies_addresses)
{
    static const struct {
        const char *text;
        bool any, link_local, multicast, loopback, private;
    } cases[] = {
        {"0.0.0.0", .any = true},
        {"::", .any = true},
        {"127.255.0.1", .loopback = true},
        {"::1", .loopback = true},
        {"10.255.0.1", .private = true},
        {"11.0.0.1"},
        {"172.15.255.255"},
        {"172.16.0.0", .private = true},
        {"172.31.255.255", .private = true},
        {"172.32.0.0"},
        {"192.168.255.1", .private = true},
        {"192.169.0.1"},
        {"100.63.255.255"},
        {"100.64.0.1", .private = true},
        {"100.127.255.255", .private = true},
        {"100.128.0.0"},
        {"fbff::1"},
        {"fc00::1", .private = true},
        {"fdff::1", .private = true},
        {"fe00::1"},
        {"169.254.1.1", .link_local = true},
        {"fe80::1", .link_local = true},
        {"febf::1", .link_local = true},
        {"fec0::1"},
        {"224.0.0.1", .multicast = true},
        {"239.1.1.1", .multicast = true},
        {"240.0.0.1"},
        {"ff02::1", .multicast = true},
        {"192.0.2.1"},
        {"2001:db8::1"},
    };

    for (size_t i = 0; i < RUN_COUNT(cases); i++) {
        struct address a;

        ck_assert_int_eq(address_parse(cases[i].text, &a), 0);
        ck_assert_msg(address_is_any(&a) == cases[i].any, "%s", cases[i].text);
        ck_assert_msg(address_is_link_local(&a) == cases[i].link_local, "%s", cases[i].text);
        ck_assert_msg(address_is_loopback(&a) == cases[i].loopback, "%s", cases[i].text);
        ck_assert_msg(address_is_private(&a) == cases[i].private, "%s", cases[i].text);
        ck_assert_msg(address_is_multicast(&a) == cases[i].multicast, "%s", cases[i].text);
    }
}
END_TEST

START_TEST(orders_addresses)
{
    static const char *const ordered[] = {"0.0.0.0", "10.0.0.1", "10.0.1.0", "255.0.0.0", "::", "2001:db8::", "ff00::"};

    for (size_t i = 0; i < RUN_COUNT(ordered); i++)
        for (size_t j = 0; j < RUN_COUNT(ordered); j++) {
            struct address a, b;
            int c;

            address_parse(ordered[i], &a);
            address_parse(ordered[j], &b);
            c = address_compare(&a, &b);
            ck_assert_msg(i < j ? c < 0 : i > j ? c > 0 : c == 0, "%s %s", ordered[i], ordered[j]);
        }
}
END_TEST

START_TEST(parses_endpoints)
{
    static const struct {
        const char *text;
        const char *out;
    } cases[] = {
        {"192.0.2.1:500", "192.0.2.1:500"},
        {"[2001:db8::1]:4500", "[2001:db8::1]:4500"},
        {"192.0.2.1:0", "192.0.2.1:0"},
        {"192.0.2.1", NULL},
        {"192.0.2.1:", NULL},
        {"192.0.2.1:65536", NULL},
        {"192.0.2.1:-1", NULL},
        {"192.0.2.1:5x", NULL},
        {"2001:db8::1:4500", NULL},
        {"[192.0.2.1]:500", NULL},
        {"[::1:500", NULL},
        {":500", NULL},
        {"[]:500", NULL},
        {"[:500", NULL},
        {"", NULL},
    };

    for (size_t i = 0; i < RUN_COUNT(cases); i++) {
        char out[ENDPOINT_TEXT_MAX];
        struct endpoint e;
        int r = endpoint_parse(cases[i].text, &e);

        ck_assert_msg((r == 0) == (cases[i].out != NULL), "case %zu", i);
        if (r == 0)
            ck_assert_str_eq(endpoint_format(&e, out, sizeof(out)), cases[i].out);
    }
}
END_TEST

START_TEST(converts_socket_addresses)
{
    static const char *const texts[] = {"192.0.2.1:500", "[2001:db8::1]:4500"};
    struct sockaddr_in6 mapped = {.sin6_family = AF_INET6, .sin6_port = htons(7)};
    struct sockaddr other = {.sa_family = AF_UNIX};
    struct sockaddr_storage sa;
    struct endpoint e, back;
    char out[ENDPOINT_TEXT_MAX];

    for (size_t i = 0; i < RUN_COUNT(texts); i++) {
        ck_assert_int_eq(endpoint_parse(texts[i], &e), 0);
        ck_assert_uint_eq(endpoint_to_sockaddr(&e, &sa), i ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in));
        ck_assert_int_eq(endpoint_from_sockaddr((struct sockaddr *)&sa, &back), 0);
        ck_assert(endpoint_equal(&e, &back));
    }
    inet_pton(AF_INET6, "::ffff:192.0.2.9", &mapped.sin6_addr);
    ck_assert_int_eq(endpoint_from_sockaddr((struct sockaddr *)&mapped, &e), 0);
    ck_assert_str_eq(endpoint_format(&e, out, sizeof(out)), "192.0.2.9:7");
    ck_assert_int_eq(endpoint_from_sockaddr(&other, &e), -EAFNOSUPPORT);
}
END_TEST

START_TEST(parses_prefixes)
{
    static const struct {
        const char *text;
        int result;
        const char *out;
    } cases[] = {
        {"10.1.0.0/24", 0, "10.1.0.0/24"},
        {"10.1.0.1", 0, "10.1.0.1/32"},
        {"2001:db8::1", 0, "2001:db8::1/128"},
        {"0.0.0.0/0", 0, "0.0.0.0/0"},
        {"::/0", 0, "::/0"},
        {"10.1.0.128/25", 0, "10.1.0.128/25"},
        {"10.1.0.7/24", -EDOM, "10.1.0.0/24"},
        {"2001:db8::1/127", -EDOM, "2001:db8::/127"},
        {"10.1.0.0/33", -EINVAL, NULL},
        {"::/129", -EINVAL, NULL},
        {"10.1.0.0/", -EINVAL, NULL},
        {"10.1.0.0/-1", -EINVAL, NULL},
        {"10.1.0.0/2 ", -EINVAL, NULL},
        {"/24", -EINVAL, NULL},
        {"10.1.0/24", -EINVAL, NULL},
        {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/24", -EINVAL, NULL},
    };

    for (size_t i = 0; i < RUN_COUNT(cases); i++) {
        char out[PREFIX_TEXT_MAX];
        struct prefix p;

        ck_assert_msg(prefix_parse(cases[i].text, &p) == cases[i].result, "case %zu", i);
        if (cases[i].out)
            ck_assert_str_eq(prefix_format(&p, out, sizeof(out)), cases[i].out);
    }
}
END_TEST

START_TEST(parses_ranges)
{
    static const struct {
        const char *text;
        int result;
        const char *out;
    } cases[] = {
        {"10.0.0.1-10.0.0.9", 0, "10.0.0.1-10.0.0.9"},
        {"10.0.0.0-10.0.0.255", 0, "10.0.0.0/24"},
        {"0.0.0.0-255.255.255.255", 0, "0.0.0.0/0"},
        {"::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 0, "::/0"},
        {"10.0.0.5-10.0.0.5", 0, "10.0.0.5/32"},
        {"10.0.0.1-10.0.0.2", 0, "10.0.0.1-10.0.0.2"},
        {"10.0.0.0/24", 0, "10.0.0.0/24"},
        {"10.0.0.9-10.0.0.1", -ERANGE, NULL},
        {"10.0.0.1-::1", -ERANGE, NULL},
        {"10.0.0.1/24", -EDOM, NULL},
        {"10.0.0.1-", -EINVAL, NULL},
        {"-10.0.0.1", -EINVAL, NULL},
        {"10.0.0.0/24-10.0.1.0/24", -EINVAL, NULL},
    };

    for (size_t i = 0; i < RUN_COUNT(cases); i++) {
        char out[RANGE_TEXT_MAX];
        struct range r;

        ck_assert_msg(range_parse(cases[i].text, &r) == cases[i].result, "case %zu", i);
        if (cases[i].out)
            ck_assert_str_eq(range_format(&r, out, sizeof(out)), cases[i].out);
    }
}
END_TEST

START_TEST(relates_ranges)
{
    static const struct {
        const char *a, *b;
        bool covers, overlaps;
        const char *both;
    } cases[] = {
        {"10.0.0.0/8", "10.1.0.0/16", true, true, "10.1.0.0/16"},
        {"10.1.0.0/16", "10.0.0.0/8", false, true, "10.1.0.0/16"},
        {"10.0.0.1-10.0.0.5", "10.0.0.5-10.0.0.9", false, true, "10.0.0.5/32"},
        {"10.0.0.1-10.0.0.4", "10.0.0.5-10.0.0.9", false, false, NULL},
        {"0.0.0.0/0", "::/0", false, false, NULL},
        {"::/0", "2001:db8::/32", true, true, "2001:db8::/32"},
        {"10.0.0.0/24", "10.0.0.0/24", true, true, "10.0.0.0/24"},
    };

    for (size_t i = 0; i < RUN_COUNT(cases); i++) {
        struct range a, b, both;
        char out[RANGE_TEXT_MAX];

        range_parse(cases[i].a, &a);
        range_parse(cases[i].b, &b);
        ck_assert_msg(range_covers(&a, &b) == cases[i].covers, "case %zu", i);
        ck_assert_msg(range_overlaps(&a, &b) == cases[i].overlaps, "case %zu", i);
        ck_assert_msg(range_intersect(&a, &b, &both) == cases[i].overlaps, "case %zu", i);
        if (cases[i].both)
            ck_assert_str_eq(range_format(&both, out, sizeof(out)), cases[i].both);
    }
}
END_TEST

START_TEST(parses_identities)
{
    static const struct {
        const char *text;
        const char *out;
    } cases[] = {
        {"fqdn:gw.example", "fqdn:gw.example"},
        {"gw.example", "fqdn:gw.example"},
        {"@gw.example", "fqdn:gw.example"},
        {"a@b.example", "email:a@b.example"},
        {"email:a@b", "email:a@b"},
        {"192.0.2.1", "ipv4:192.0.2.1"},
        {"ipv4:192.0.2.1", "ipv4:192.0.2.1"},
        {"2001:db8::1", "ipv6:2001:db8::1"},
        {"IPV6:2001:db8::1", "ipv6:2001:db8::1"},
        {"keyid:0a0B", "keyid:0a0b"},
        {"ipv4:2001:db8::1", NULL},
        {"ipv4:x", NULL},
        {"dn:CN=gw1,O=Example", "dn:CN=gw1,O=Example"},
        {"CN = gw1, O = Example", "dn:CN=gw1,O=Example"},
        {"CN=gw1,E=a@b.example", "dn:CN=gw1,emailAddress=a@b.example"},
        {"a=b@c.example", "email:a=b@c.example"},
        {"dn:CN=*", NULL},
        {"dn:", NULL},
        {"a=b", NULL},
        {"keyid:0", NULL},
        {"keyid:", NULL},
        {"keyid:zz", NULL},
        {"email:a", NULL},
        {"email:@b", NULL},
        {"email:a@", NULL},
        {"a@b@c", NULL},
        {"fqdn:a b", NULL},
        {"fqdn:", NULL},
        {"", NULL},
        {"@", NULL},
    };

    for (size_t i = 0; i < RUN_COUNT(cases); i++) {
        char out[IDENTITY_TEXT_MAX];
        struct identity id;
        int r = identity_parse(cases[i].text, &id);

        ck_assert_msg((r == 0) == (cases[i].out != NULL), "case %zu", i);
        if (r == 0)
            ck_assert_str_eq(identity_format(&id, out, sizeof(out)), cases[i].out);
    }
}
END_TEST

START_TEST(takes_identities_from_the_wire)
{
    static const struct {
        uint8_t type;
        size_t n;
        int result;
    } cases[] = {
        {1, 4, 0},   {1, 3, -EINVAL}, {1, 16, -EINVAL}, {5, 16, 0},        {5, 4, -EINVAL},
        {2, 1, 0},   {2, 0, -EINVAL}, {2, 512, 0},      {2, 513, -EINVAL}, {3, 5, 0},
        {9, 100, 0}, {11, 1, 0},      {0, 4, -EINVAL},  {10, 4, -EINVAL},  {255, 4, -EINVAL},
    };
    static uint8_t data[600];

    for (size_t i = 0; i < RUN_COUNT(cases); i++) {
        struct identity id;

        ck_assert_msg(identity_from_wire(cases[i].type, bytes_of(data, cases[i].n), &id) == cases[i].result, "case %zu",
                      i);
    }
}
END_TEST

START_TEST(escapes_what_a_peer_sent)
{
    static uint8_t long_data[512];
    char out[IDENTITY_TEXT_MAX];
    struct identity id;

    ck_assert_int_eq(identity_from_wire(2, bytes_of_str("a\n\"x\\ \x80"), &id), 0);
    ck_assert_str_eq(identity_format(&id, out, sizeof(out)), "fqdn:a\\x0a\"x\\x5c\\x20\\x80");
    ck_assert_int_eq(identity_from_wire(11, bytes_of(long_data, sizeof(long_data)), &id), 0);
    ck_assert_uint_eq(strlen(identity_format(&id, out, sizeof(out))), 6 + 1024);
    ck_assert_int_eq(identity_from_wire(2, bytes_of(long_data, sizeof(long_data)), &id), 0);
    ck_assert_uint_lt(strlen(identity_format(&id, out, sizeof(out))), sizeof(out)); // cut short
    id = (struct identity){0};
    ck_assert_str_eq(identity_format(&id, out, sizeof(out)), "none");
}
END_TEST

START_TEST(compares_identities)
{
    static const struct {
        const char *a, *b;
        bool equal;
    } cases[] = {
        {"fqdn:gw.Example", "fqdn:GW.example", true},
        {"fqdn:gw.example", "fqdn:gw.example.", false},
        {"A@b.example", "a@b.example", false},
        {"a@B.example", "a@b.EXAMPLE", true},
        {"keyid:41", "keyid:61", false},
        {"dn:CN=gw1,O=Example", "dn:CN=GW1,O=example", true},
        {"dn:CN=gw1,O=Example", "dn:O=Example,CN=gw1", true},
        {"dn:CN=gw1,O=Example", "dn:CN=gw2,O=Example", false},
        {"dn:CN=gw1,O=Example", "dn:CN=gw1", false},
        {"dn:CN=gw1", "gw1", false},
        {"192.0.2.1", "192.0.2.1", true},
        {"192.0.2.1", "keyid:c0000201", false},
    };

    for (size_t i = 0; i < RUN_COUNT(cases); i++) {
        struct identity a, b;

        ck_assert_int_eq(identity_parse(cases[i].a, &a), 0);
        ck_assert_int_eq(identity_parse(cases[i].b, &b), 0);
        ck_assert_msg(identity_equal(&a, &b) == cases[i].equal, "case %zu", i);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        parses_addresses,
        classifies_addresses,
        orders_addresses,
        parses_endpoints,
        converts_socket_addresses,
        parses_prefixes,
        parses_ranges,
        relates_ranges,
        parses_identities,
        takes_identities_from_the_wire,
        escapes_what_a_peer_sent,
        compares_identities,
    };

    return run_tests("net", tests, RUN_COUNT(tests));
}
