// Super-packets: what is cut must be whole packets with right checksums, and together what went in.
#include <linux/virtio_net.h>

#include "esp-d/segment.h"
#include "tests/unit/esp-d/world.h"
#include "tests/unit/lib/run.h"

#define GSO_UDP_L4 5

static uint8_t super[70000];

// A TCP packet with `options` bytes of options and `payload` bytes; every flag set that segmentation cares for.
static size_t build_tcp(unsigned family, size_t options, size_t payload)
{
    size_t header = world_ip(super, family, IPPROTO_TCP, 20 + options + payload);
    uint8_t *tcp = super + header;

    memset(tcp, 0, 20 + options);
    world_put_u16(tcp, 1234);
    world_put_u16(tcp + 2, 80);
    memset(tcp + 4, 0xff, 4); // the sequence number goes around inside
    tcp[12] = (uint8_t)((20 + options) / 4 << 4);
    tcp[13] = 0x80 | 0x10 | 0x08 | 0x01; // CWR ACK PSH FIN
    memset(tcp + 20, 1, options);
    for (size_t i = 0; i < payload; i++)
        tcp[20 + options + i] = (uint8_t)(i * 31 + i / 251);
    return header + 20 + options + payload;
}

static uint32_t load_u32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void check_tcp_segment(const uint8_t *p, uint32_t n, uint32_t done, bool first, bool last)
{
    struct flow f = world_flow(p, n);
    const uint8_t *tcp = p + f.header_bytes;

    ck_assert_uint_eq(f.total_bytes, n);
    if (f.family == 4)
        ck_assert_uint_eq(world_fold(world_sum(p, f.header_bytes, 0)), 0xffff);
    ck_assert(world_upper_is_valid(p, &f));
    ck_assert_uint_eq(load_u32(tcp + 4), UINT32_MAX + done);
    ck_assert_uint_eq(tcp[13], 0x10 | (first ? 0x80 : 0) | (last ? 0x09 : 0));
}

static void check_tcp(unsigned family, size_t options, size_t payload, uint16_t mss)
{
    size_t n = build_tcp(family, options, payload), headers = (family == 4 ? 40 : 60) + options, done = 0;
    struct segment_vnet vnet = {.needs_checksum = true, .gso_bytes = mss};
    struct flow f = world_flow(super, n);
    struct segment s;
    unsigned count = 0;
    uint32_t next;

    vnet.gso_type = family == 4 ? VIRTIO_NET_HDR_GSO_TCPV4 : VIRTIO_NET_HDR_GSO_TCPV6;
    ck_assert_int_eq(segment_start(&vnet, super, &f, &s), 0);
    for (; (next = segment_next_bytes(&s)); count++) {
        uint8_t *p = malloc(next);

        segment_copy_next(&s, p);
        ck_assert_mem_eq(p + headers, super + headers + done, next - headers);
        check_tcp_segment(p, next, (uint32_t)done, done == 0, done + next - headers == payload);
        if (family == 4)
            ck_assert_uint_eq((unsigned)(p[4] << 8 | p[5]), 0x1200 + count);
        done += next - headers;
        free(p);
    }
    ck_assert_uint_eq(done, payload);
    ck_assert_uint_eq(count, payload ? (payload + mss - 1) / mss : 1);
}

START_TEST(cuts_tcp)
{
    for (unsigned family = 4; family <= 6; family += 2) {
        for (size_t options = 0; options <= 40; options += 12) {
            check_tcp(family, options, 64000, 1348);
            check_tcp(family, options, 4000, 1000); // even
            check_tcp(family, options, 4001, 1000); // one byte left over
            check_tcp(family, options, 3000, 777);  // odd sizes
            check_tcp(family, options, 10, 1000);   // less than one
            check_tcp(family, options, 1, 1);
            check_tcp(family, options, 0, 1000);
        }
    }
}
END_TEST

START_TEST(cuts_udp)
{
    for (unsigned family = 4; family <= 6; family += 2) {
        size_t n = world_udp(super, family, 5000), headers = family == 4 ? 28 : 48, done = 0;
        struct segment_vnet vnet = {.needs_checksum = true, .gso_type = GSO_UDP_L4, .gso_bytes = 1200};
        struct flow f = world_flow(super, n);
        struct segment s;
        uint32_t next;

        ck_assert_int_eq(segment_start(&vnet, super, &f, &s), 0);
        while ((next = segment_next_bytes(&s))) {
            uint8_t *p = malloc(next);
            struct flow sf;

            segment_copy_next(&s, p);
            sf = world_flow(p, next);
            ck_assert_uint_eq((unsigned)(p[headers - 4] << 8 | p[headers - 3]), next - headers + 8);
            ck_assert(world_upper_is_valid(p, &sf));
            ck_assert_mem_eq(p + headers, super + headers + done, next - headers);
            done += next - headers;
            free(p);
        }
        ck_assert_uint_eq(done, 5000);
    }
}
END_TEST

// The kernel leaves the pseudo-header's sum in the field and asks for the rest.
START_TEST(completes_checksums)
{
    for (size_t payload = 0; payload < 100; payload++) {
        size_t n = world_udp(super, 6, payload);
        struct segment_vnet vnet = {.needs_checksum = true, .checksum_start = 40, .checksum_offset = 6};
        struct flow f = world_flow(super, n), out;
        uint8_t *p = malloc(n);
        struct segment s;

        world_put_u16(super + 46, world_fold(world_sum(super + 8, 32, (uint32_t)(IPPROTO_UDP + 8 + payload))));
        ck_assert_int_eq(segment_start(&vnet, super, &f, &s), 0);
        ck_assert_uint_eq(segment_next_bytes(&s), n);
        segment_copy_next(&s, p);
        ck_assert_uint_eq(segment_next_bytes(&s), 0);
        out = world_flow(p, n);
        ck_assert(world_upper_is_valid(p, &out));
        free(p);
    }
}
END_TEST

START_TEST(refuses_what_does_not_fit)
{
    size_t n = build_tcp(4, 0, 3000);
    struct flow f = world_flow(super, n);
    const struct segment_vnet wrong[] = {
        {.gso_type = VIRTIO_NET_HDR_GSO_TCPV4, .gso_bytes = 0},
        {.gso_type = VIRTIO_NET_HDR_GSO_TCPV6, .gso_bytes = 1000},
        {.gso_type = GSO_UDP_L4, .gso_bytes = 1000},
        {.gso_type = VIRTIO_NET_HDR_GSO_UDP, .gso_bytes = 1000},
        {.gso_type = 77, .gso_bytes = 1000},
        {.needs_checksum = true, .checksum_start = 0, .checksum_offset = 10},
        {.needs_checksum = true, .checksum_start = 20, .checksum_offset = 65535},
        {.needs_checksum = true, .checksum_start = 3039, .checksum_offset = 0},
    };
    struct segment s;

    for (size_t i = 0; i < RUN_COUNT(wrong); i++)
        ck_assert_msg(segment_start(&wrong[i], super, &f, &s) < 0, "case %zu", i);
    super[20 + 12] = 0x40; // a data offset of 16 bytes
    ck_assert_int_lt(
        segment_start(&(struct segment_vnet){.gso_type = VIRTIO_NET_HDR_GSO_TCPV4, .gso_bytes = 1000}, super, &f, &s),
        0);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {cuts_tcp, cuts_udp, completes_checksums, refuses_what_does_not_fit};

    return run_tests("segment", tests, RUN_COUNT(tests));
}
