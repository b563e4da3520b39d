// Selectors of packets: parsing, and matching against traffic selectors.
#include "esp-d/filter.h"
#include "tests/unit/esp-d/world.h"
#include "tests/unit/lib/run.h"

START_TEST(finds_ports)
{
    for (unsigned family = 4; family <= 6; family += 2) {
        uint8_t p[256];
        struct flow f = world_flow(p, world_udp(p, family, 10));

        ck_assert_uint_eq(f.family, family);
        ck_assert_uint_eq(f.protocol, IPPROTO_UDP);
        ck_assert_uint_eq(f.source_port, 5000);
        ck_assert_uint_eq(f.destination_port, 6000);
        ck_assert(!f.fragment && !f.opaque);
    }
}
END_TEST

START_TEST(refuses_every_cut)
{
    for (unsigned family = 4; family <= 6; family += 2) {
        uint8_t whole[256];
        size_t n = world_udp(whole, family, 10);

        for (size_t cut = 0; cut < n; cut++) {
            uint8_t *p = malloc(cut ? cut : 1); // exactly its size, for the sanitizer
            struct flow f;

            memcpy(p, whole, cut);
            ck_assert_int_lt(flow_parse(bytes_of(p, cut), &f), 0);
            free(p);
        }
    }
}
END_TEST

START_TEST(reads_icmp_type_and_code)
{
    uint8_t p[64];
    size_t header = world_ip(p, 4, IPPROTO_ICMP, 8);
    struct flow f;

    memset(p + header, 0, 8);
    p[header] = 3;
    p[header + 1] = 13;
    f = world_flow(p, header + 8);
    ck_assert_uint_eq(f.source_port, 0x030d);
    ck_assert_uint_eq(f.destination_port, 0x030d);
}
END_TEST

START_TEST(knows_fragments)
{
    static const struct {
        uint8_t high, low;
        bool fragment, opaque;
    } cases[] = {{0x40, 0, false, false}, {0x20, 0, true, false}, {0x20, 1, true, true}, {0, 9, true, true}};

    for (size_t i = 0; i < RUN_COUNT(cases); i++) {
        uint8_t p[64];
        size_t n = world_udp(p, 4, 4);
        struct flow f;

        p[6] = cases[i].high;
        p[7] = cases[i].low;
        f = world_flow(p, n);
        ck_assert_msg(f.fragment == cases[i].fragment && f.opaque == cases[i].opaque, "case %zu", i);
        ck_assert_uint_eq(f.source_port, cases[i].opaque ? 0 : 5000);
    }
}
END_TEST

// Builds IPv6 + hop-by-hop + destination options + fragment header + UDP; the fragment's offset in units of 8 bytes.
static size_t build_chain(uint8_t *p, unsigned offset)
{
    uint8_t udp[12] = {0x13, 0x88, 0x17, 0x70, 0, 12};
    size_t header = world_ip(p, 6, IPPROTO_HOPOPTS, 8 + 16 + 8 + 12);

    memset(p + header, 0, 32);
    p[header] = IPPROTO_DSTOPTS;
    p[header + 8] = IPPROTO_FRAGMENT;
    p[header + 9] = 1; // 16 bytes
    p[header + 24] = IPPROTO_UDP;
    world_put_u16(p + header + 26, offset << 3 | 1);
    memcpy(p + header + 32, udp, sizeof(udp));
    return header + 44;
}

START_TEST(walks_ipv6_extension_headers)
{
    uint8_t p[128];
    struct flow f = world_flow(p, build_chain(p, 0));

    ck_assert_uint_eq(f.protocol, IPPROTO_UDP);
    ck_assert_uint_eq(f.header_bytes, 72);
    ck_assert(f.fragment && !f.opaque);
    ck_assert_uint_eq(f.destination_port, 6000);
    f = world_flow(p, build_chain(p, 3));
    ck_assert(f.fragment && f.opaque);
    ck_assert_uint_eq(f.protocol, IPPROTO_UDP);
    ck_assert_uint_eq(f.destination_port, 0);
}
END_TEST

START_TEST(bounds_the_chain)
{
    uint8_t p[40 + 9 * 8];
    size_t header = world_ip(p, 6, IPPROTO_DSTOPTS, 72);
    struct flow f;

    memset(p + header, 0, 72);
    for (unsigned i = 0; i < 9; i++)
        p[header + i * 8] = IPPROTO_DSTOPTS;
    ck_assert_int_lt(flow_parse(bytes_of(p, sizeof(p)), &f), 0);
}
END_TEST

START_TEST(matches_selectors)
{
    static const struct {
        const char *local, *remote, *protocol, *ports; // ports: remote
        bool matches;
    } cases[] = {
        {"10.1.0.0/24", "10.2.0.0/24", "", "", true},
        {"10.1.0.2", "10.2.0.2", "udp", "", true},
        {"10.1.0.3-10.1.0.9", "10.2.0.2", "", "", false},
        {"10.1.0.1-10.1.0.2", "10.2.0.2-10.2.0.9", "", "", true},
        {"10.2.0.0/24", "10.1.0.0/24", "", "", false},
        {"10.1.0.0/24", "10.2.0.0/24", "tcp", "", false},
        {"10.1.0.0/24", "10.2.0.0/24", "udp", "6000", true},
        {"10.1.0.0/24", "10.2.0.0/24", "udp", "5999", false},
        {"10.1.0.0/24", "10.2.0.0/24", "udp", "5999-6001", true},
        {"::/0", "::/0", "", "", false},
        {"0.0.0.0/0", "0.0.0.0/0", "", "", true},
    };
    uint8_t p[64];
    struct flow f = world_flow(p, world_udp(p, 4, 4)), back = f;

    back.source = f.destination;
    back.destination = f.source;
    back.source_port = f.destination_port;
    back.destination_port = f.source_port;
    for (size_t i = 0; i < RUN_COUNT(cases); i++) {
        struct selector l = world_selector(cases[i].local, cases[i].protocol, "");
        struct selector r = world_selector(cases[i].remote, cases[i].protocol, cases[i].ports);
        struct filter lf = filter_of(&l), rf = filter_of(&r);

        ck_assert_msg(filter_matches(&lf, &rf, &f, FILTER_OUTBOUND) == cases[i].matches, "case %zu", i);
        ck_assert_msg(filter_matches(&lf, &rf, &back, FILTER_INBOUND) == cases[i].matches, "case %zu, inbound", i);
    }
}
END_TEST

// RFC 4301 4.4.1.1: where ports are hidden, only ANY and OPAQUE match.
START_TEST(matches_hidden_ports)
{
    struct selector any = world_selector("0.0.0.0/0", "udp", ""), some = world_selector("0.0.0.0/0", "udp", "0-6000");
    struct selector opaque = any;
    struct filter fa = filter_of(&any), fs = filter_of(&some), fo;
    struct flow f = {.family = 4, .protocol = IPPROTO_UDP, .opaque = true};

    opaque.start_port = 65535;
    opaque.end_port = 0;
    fo = filter_of(&opaque);
    ck_assert(filter_matches(&fa, &fa, &f, FILTER_OUTBOUND));
    ck_assert(!filter_matches(&fa, &fs, &f, FILTER_OUTBOUND));
    ck_assert(filter_matches(&fa, &fo, &f, FILTER_OUTBOUND));
    f.opaque = false;
    ck_assert(filter_matches(&fa, &fs, &f, FILTER_OUTBOUND));
    ck_assert(!filter_matches(&fa, &fo, &f, FILTER_OUTBOUND));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        finds_ports,      refuses_every_cut, reads_icmp_type_and_code, knows_fragments, walks_ipv6_extension_headers,
        bounds_the_chain, matches_selectors, matches_hidden_ports};

    return run_tests("flow", tests, RUN_COUNT(tests));
}
