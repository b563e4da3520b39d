// Merging: what is merged comes apart again into the same packets, and what must not be merged stays alone.
#include <errno.h>

#include "tests/unit/esp-d/cutter.h"
#include "tests/unit/lib/run.h"

#define PACKETS 60

static struct {
    struct coalesce coalesce;
    struct cutter cutter;
    uint8_t room[PACKETS][CUTTER_PACKET_MAX];
    uint8_t original[PACKETS][CUTTER_PACKET_MAX];
    struct open_packet packet[PACKETS];
    unsigned n;
} t;

static uint8_t *add(const struct shape *shape)
{
    uint8_t *p = t.room[t.n] + SEGMENT_VNET_BYTES;
    size_t n = cutter_segment(p, shape);

    t.packet[t.n++] = (struct open_packet){.inner = p, .flow = world_flow(p, n)};
    return p;
}

static void run(void)
{
    for (unsigned i = 0; i < t.n; i++)
        memcpy(t.original[i], t.packet[i].inner, t.packet[i].flow.total_bytes);
    memset(&t.cutter, 0, sizeof(t.cutter));
    t.coalesce.arg = &t.cutter;
    t.coalesce.write = cutter_write;
    coalesce_burst(&t.coalesce, t.packet, t.n);
    coalesce_flush(&t.coalesce);
}

static void expect(unsigned frames)
{
    run();
    ck_assert_uint_eq(t.cutter.frames, frames);
    ck_assert_uint_eq(t.cutter.n, t.n);
    for (unsigned i = 0; i < t.n; i++) {
        ck_assert_uint_eq(t.cutter.bytes[i], t.packet[i].flow.total_bytes);
        ck_assert_msg(cutter_is_same(t.cutter.packet[i], t.original[i], t.cutter.bytes[i]), "packet %u", i);
    }
    t.n = 0;
}

// `n` segments in a row from `first`, all of one size.
static void add_row(unsigned n, struct shape first)
{
    for (unsigned i = 0; i < n; i++) {
        add(&first);
        first.sequence += (uint32_t)first.payload;
        first.id++;
    }
}

static struct shape plain(unsigned family)
{
    return (struct shape){
        .family = family, .port = 5001, .sequence = 0xfffffff0, .payload = 1000, .flags = 0x10, .id = 7};
}

START_TEST(merges_a_row)
{
    for (unsigned family = 4; family <= 6; family += 2) {
        struct shape s = plain(family);

        t.n = 0;
        add_row(40, s);
        expect(1);
        add_row(10, s);
        s.sequence += 10000;
        s.payload = 77; // the last one may be shorter
        s.flags = 0x18;
        s.id = 17;
        add(&s);
        expect(1);
        s = plain(family);
        s.may_fragment = true;
        add_row(10, s);
        expect(1);
    }
}
END_TEST

static struct shape datagram(unsigned family)
{
    return (struct shape){.udp = true, .family = family, .port = 5001, .payload = 1000, .id = 7};
}

START_TEST(merges_datagrams)
{
    for (unsigned family = 4; family <= 6; family += 2) {
        struct shape s = datagram(family);

        t.n = 0;
        add_row(40, s);
        s.payload = 1; // the last one may be shorter
        s.id = 47;
        add(&s);
        expect(1);
        s.payload = 999;
        s.id = 7;
        add_row(3, s);
        s.payload = 1000;
        s.id = 10;
        add_row(3, s); // longer ones begin anew
        expect(2);
        s.may_fragment = true;
        s.payload = 64;
        add_row(10, s);
        s.id = 27; // not the next one
        add_row(10, s);
        expect(family == 4 ? 2 : 1);
    }
}
END_TEST

// Nothing that a datagram has is lost: neither that it came without a checksum, nor a wrong one, nor an odd length.
START_TEST(keeps_odd_datagrams)
{
    static const struct {
        size_t offset; // from the UDP header
        uint8_t value[2];
    } cases[] = {{6, {0, 0}}, {6, {1, 2}}, {4, {0, 100}}, {4, {0xff, 0xff}}};

    for (size_t i = 0; i < RUN_COUNT(cases); i++) {
        t.n = 0;
        add_row(9, datagram(4));
        memcpy(t.packet[4].inner + 20 + cases[i].offset, cases[i].value, 2);
        expect(3);
    }
    t.n = 0;
    add_row(5, (struct shape){.udp = true, .family = 4, .payload = 0});
    expect(5);
}
END_TEST

// A kernel before 6.2 knows no UDP super-packets: the first attempt is undone, and there is no second one.
static unsigned refused;

static int refuse_udp(void *arg, const struct iovec *pieces, unsigned n)
{
    if (n > 1) {
        refused++;
        return -EINVAL;
    }
    return cutter_write(arg, pieces, n);
}

START_TEST(goes_on_without_udp)
{
    t.n = 0;
    refused = 0;
    add_row(10, datagram(4));
    add_row(10, datagram(6));
    for (unsigned i = 0; i < t.n; i++)
        memcpy(t.original[i], t.packet[i].inner, t.packet[i].flow.total_bytes);
    memset(&t.cutter, 0, sizeof(t.cutter));
    t.coalesce.arg = &t.cutter;
    t.coalesce.write = refuse_udp;
    coalesce_burst(&t.coalesce, t.packet, t.n);
    coalesce_flush(&t.coalesce);
    ck_assert_uint_eq(t.cutter.n, 20);
    for (unsigned i = 0; i < t.n; i++)
        ck_assert_mem_eq(t.cutter.packet[i], t.original[i], t.packet[i].flow.total_bytes);
    ck_assert(refused >= 1 && refused <= 2 && t.coalesce.refuses_udp);
    add_row(10, datagram(4));
    expect(30);
    t.coalesce.refuses_udp = false;
}
END_TEST

// What one burst leaves open goes on in the next one, unless its packets do not stay.
START_TEST(goes_on_in_the_next_burst)
{
    for (unsigned rebuilt = 0; rebuilt < 2; rebuilt++) {
        t.n = 0;
        add_row(30, plain(4));
        memset(&t.cutter, 0, sizeof(t.cutter));
        t.coalesce.arg = &t.cutter;
        t.coalesce.write = cutter_write;
        t.packet[9].is_rebuilt = rebuilt;
        for (unsigned i = 0; i < 30; i += 10)
            coalesce_burst(&t.coalesce, t.packet + i, 10);
        ck_assert_uint_eq(t.cutter.frames, rebuilt);
        coalesce_flush(&t.coalesce);
        ck_assert_uint_eq(t.cutter.frames, rebuilt + 1);
        ck_assert_uint_eq(t.cutter.n, 30);
    }
}
END_TEST

START_TEST(stops_where_it_must)
{
    // What is changed in the fifth of ten segments, and into how many frames they then go.
    static const struct {
        const char *what;
        size_t offset; // from the TCP header; 100 and more: from the IP header
        uint8_t flip;
        unsigned frames;
    } cases[] = {
        {"acknowledgement", 11, 1, 3},
        {"window", 15, 1, 3},
        {"options", 31, 1, 3},
        {"FIN", 13, 1, 3},
        {"SYN", 13, 2, 3},
        {"RST", 13, 4, 3},
        {"URG", 13, 0x20, 3},
        {"CWR", 13, 0x80, 3},
        {"PSH", 13, 8, 2},
        {"sequence", 6, 1, 3},
        {"time to live", 108, 1, 3},
        {"class", 101, 1, 3},
        {"urgent pointer", 19, 1, 3},
    };

    for (size_t i = 0; i < RUN_COUNT(cases); i++) {
        uint8_t *p;

        t.n = 0;
        add_row(10, plain(4));
        p = t.packet[4].inner;
        p[cases[i].offset >= 100 ? cases[i].offset - 100 : 20 + cases[i].offset] ^= cases[i].flip;
        cutter_checksums(p, t.packet[4].flow.total_bytes);
        run();
        ck_assert_msg(t.cutter.frames == cases[i].frames, "%s: %u", cases[i].what, t.cutter.frames);
        ck_assert_uint_eq(t.cutter.n, 10);
        for (unsigned k = 0; k < 10; k++)
            ck_assert_msg(cutter_is_same(t.cutter.packet[k], t.original[k], t.cutter.bytes[k]), "%s: %u", cases[i].what,
                          k);
    }
}
END_TEST

// The kernel makes new checksums for what is merged: a packet that came damaged must stay damaged.
START_TEST(keeps_wrong_checksums)
{
    for (unsigned wrong = 0; wrong < 3; wrong++) {
        t.n = 0;
        add_row(3, plain(6));
        t.packet[wrong].inner[200] ^= 1;
        run();
        ck_assert_uint_eq(t.cutter.frames, wrong == 1 ? 3 : 2);
        for (unsigned k = 0; k < 3; k++)
            ck_assert(cutter_is_same(t.cutter.packet[k], t.original[k], t.cutter.bytes[k]));
    }
}
END_TEST

START_TEST(wants_identification_in_order)
{
    struct shape s = plain(4);

    t.n = 0;
    s.may_fragment = true;
    add_row(3, s);
    world_put_u16(t.packet[1].inner + 4, 99);
    cutter_checksums(t.packet[1].inner, t.packet[1].flow.total_bytes);
    expect(3);
}
END_TEST

// Nor is an IPv4 header mended.
START_TEST(keeps_wrong_header_checksums)
{
    for (unsigned wrong = 0; wrong < 3; wrong++) {
        t.n = 0;
        add_row(3, plain(4));
        t.packet[wrong].inner[10] ^= 1;
        run();
        ck_assert_uint_eq(t.cutter.frames, wrong == 1 ? 3 : 2);
        for (unsigned k = 0; k < 3; k++)
            ck_assert_mem_eq(t.cutter.packet[k] + 10, t.original[k] + 10, 2);
    }
}
END_TEST

// A burst of a few flows whose segments now and then differ from their neighbours in anything.
static void add_random_burst(void)
{
    uint32_t sequence[4];
    uint16_t id[4];

    for (unsigned f = 0; f < 4; f++) {
        sequence[f] = (uint32_t)rand() << 1;
        id[f] = (uint16_t)rand();
    }
    t.n = 0;
    while (t.n < PACKETS) {
        unsigned f = (unsigned)rand() % 4, odd = (unsigned)rand() % 12;
        struct shape s = {.family = f & 1 ? 4 : 6, .port = (uint16_t)f, .sequence = sequence[f], .flags = 0x10};
        uint8_t *p;

        s.may_fragment = f & 2;
        s.id = id[f]++;
        s.payload = odd == 0 ? (size_t)rand() % 700 : 600;
        s.flags |= odd == 1 ? 0x08 : 0;
        p = add(&s);
        sequence[f] += (uint32_t)s.payload + (odd == 2);
        if (odd == 3) { // any bit of the headers but addresses and ports, lengths, version and protocol
            static const uint8_t places[2][14] = {
                {1, 4, 5, 6, 8, 20 + 5, 20 + 9, 20 + 13, 20 + 15, 20 + 19, 20 + 24, 20 + 27},
                {1, 2, 3, 7, 40 + 7, 40 + 11, 40 + 13, 40 + 14, 40 + 18, 40 + 25}};
            uint8_t at = places[s.family == 6][rand() % (s.family == 6 ? 10 : 12)];

            p[at] ^= (uint8_t)(1 << rand() % (at == 6 ? 1 : 8));
            p[6] &= s.family == 4 ? 0xc0 : 0xff; // not a fragment
            if (rand() % 4)
                cutter_checksums(p, t.packet[t.n - 1].flow.total_bytes);
        }
        t.packet[t.n - 1].flow = world_flow(p, t.packet[t.n - 1].flow.total_bytes);
    }
}

START_TEST(comes_out_as_it_went_in)
{
    unsigned frames = 0;

    srand(11);
    for (unsigned round = 0; round < 300; round++) {
        unsigned cursor[4] = {0};

        add_random_burst();
        run();
        frames += t.cutter.frames;
        ck_assert_uint_eq(t.cutter.n, t.n);
        for (unsigned i = 0; i < t.n; i++) {
            unsigned f = world_flow(t.cutter.packet[i], t.cutter.bytes[i]).source_port;

            while (t.packet[cursor[f]].flow.source_port != f)
                cursor[f]++;
            ck_assert_msg(cutter_is_same(t.cutter.packet[i], t.original[cursor[f]++], t.cutter.bytes[i]),
                          "round %u, packet %u", round, i);
        }
    }
    ck_assert_uint_lt(frames, 300 * PACKETS / 2); // it does merge
}
END_TEST

START_TEST(keeps_flows_apart)
{
    unsigned per_flow[12] = {0};

    t.n = 0;
    for (unsigned i = 0; i < 48; i++) { // twelve flows, interleaved: more than it follows
        struct shape s = plain(i % 2 ? 4 : 6);

        s.port = (uint16_t)(6000 + i % 12);
        s.sequence += i / 12 * 1000;
        s.id = (uint16_t)(i / 12);
        add(&s);
    }
    run();
    ck_assert_uint_eq(t.cutter.n, 48);
    for (unsigned i = 0; i < 48; i++) {
        struct flow f = world_flow(t.cutter.packet[i], t.cutter.bytes[i]);
        unsigned flow = f.source_port - 6000u, k = per_flow[flow]++;

        ck_assert(cutter_is_same(t.cutter.packet[i], t.original[k * 12 + flow], t.cutter.bytes[i]));
    }
}
END_TEST

START_TEST(leaves_dropped_and_other_packets)
{
    t.n = 0;
    add_row(3, plain(4));
    t.packet[1].drop = DROP_REPLAY;
    run();
    ck_assert_uint_eq(t.cutter.frames, 2);
    t.n = 0;
    for (unsigned i = 0; i < 3; i++) { // datagrams without checksums
        uint8_t *p = t.room[i] + SEGMENT_VNET_BYTES;
        size_t n = world_udp(p, 4, 100);

        t.packet[t.n++] = (struct open_packet){.inner = p, .flow = world_flow(p, n)};
    }
    expect(3);
}
END_TEST

START_TEST(stays_within_64_kib)
{
    t.n = 0;
    add_row(PACKETS, (struct shape){.family = 4, .port = 1, .payload = 1400, .flags = 0x10});
    expect(2);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {merges_a_row,
                                  merges_datagrams,
                                  keeps_odd_datagrams,
                                  goes_on_without_udp,
                                  goes_on_in_the_next_burst,
                                  stops_where_it_must,
                                  keeps_wrong_checksums,
                                  wants_identification_in_order,
                                  keeps_wrong_header_checksums,
                                  comes_out_as_it_went_in,
                                  keeps_flows_apart,
                                  leaves_dropped_and_other_packets,
                                  stays_within_64_kib};

    return run_tests("coalesce", tests, RUN_COUNT(tests));
}
