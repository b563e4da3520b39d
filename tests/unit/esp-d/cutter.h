// Merging undone: frames that coalesce_burst wrote are cut again by segment.c, to be compared with what went in.
#ifndef BULKHEAD_TESTS_UNIT_ESP_D_CUTTER_H
#define BULKHEAD_TESTS_UNIT_ESP_D_CUTTER_H

#include "esp-d/coalesce.h"
#include "esp-d/segment.h"
#include "tests/unit/esp-d/world.h"

#define CUTTER_PACKETS_MAX 256
#define CUTTER_PACKET_MAX  2048

// A TCP segment with timestamps, or a UDP datagram.
struct shape {
    bool udp;
    unsigned family;
    uint16_t port;
    uint32_t sequence;
    size_t payload;
    uint8_t flags;
    uint16_t id;
    bool may_fragment;
};

struct cutter {
    unsigned frames;
    unsigned n;
    size_t bytes[CUTTER_PACKETS_MAX];
    uint8_t packet[CUTTER_PACKETS_MAX][CUTTER_PACKET_MAX];
};

static inline void cutter_checksums(uint8_t *p, size_t n)
{
    struct flow f = world_flow(p, n);
    uint32_t sum = f.family == 4 ? world_sum(p + 12, 8, 0) : world_sum(p + 8, 32, 0);
    size_t at = f.protocol == IPPROTO_UDP ? 6 : 16;

    if (f.family == 4) {
        world_put_u16(p + 10, 0);
        world_put_u16(p + 10, (uint16_t)~world_fold(world_sum(p, 20, 0)));
    }
    n -= f.header_bytes;
    world_put_u16(p + f.header_bytes + at, 0);
    sum = (uint16_t)~world_fold(world_sum(p + f.header_bytes, n, sum + f.protocol + (uint32_t)n));
    world_put_u16(p + f.header_bytes + at, f.protocol == IPPROTO_UDP && !sum ? 0xffff : sum);
}

static inline size_t cutter_put_tcp(uint8_t *tcp, const struct shape *s)
{
    memset(tcp, 0, 32);
    world_put_u16(tcp, s->port);
    world_put_u16(tcp + 2, 443);
    world_put_u16(tcp + 4, s->sequence >> 16);
    world_put_u16(tcp + 6, s->sequence & 0xffff);
    tcp[12] = 0x80;
    tcp[13] = s->flags;
    world_put_u16(tcp + 14, 1000);
    memcpy(tcp + 20, (const uint8_t[]){1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2}, 12);
    return 32;
}

static inline size_t cutter_put_udp(uint8_t *udp, const struct shape *s)
{
    memset(udp, 0, 8);
    world_put_u16(udp, s->port);
    world_put_u16(udp + 2, 443);
    world_put_u16(udp + 4, 8 + s->payload);
    return 8;
}

// Returns its bytes.
static inline size_t cutter_segment(uint8_t *p, const struct shape *s)
{
    size_t upper = s->udp ? 8 : 32;
    size_t header = world_ip(p, s->family, s->udp ? IPPROTO_UDP : IPPROTO_TCP, upper + s->payload);

    if (s->udp)
        cutter_put_udp(p + header, s);
    else
        cutter_put_tcp(p + header, s);
    header += upper;
    for (size_t i = 0; i < s->payload; i++)
        p[header + i] = (uint8_t)(s->sequence + i);
    if (s->family == 4) {
        world_put_u16(p + 4, s->id);
        p[6] = s->may_fragment ? 0 : 0x40;
    }
    cutter_checksums(p, header + s->payload);
    return header + s->payload;
}

// As struct coalesce's write, with the cutter as its arg.
static inline int cutter_write(void *arg, const struct iovec *pieces, unsigned n)
{
    static uint8_t frame[SEGMENT_VNET_BYTES + 65535];
    struct cutter *c = arg;
    struct segment_vnet vnet;
    struct segment segment;
    struct flow flow;
    size_t bytes = 0;
    uint32_t next;

    for (unsigned i = 0; i < n; i++) {
        world_require(bytes + pieces[i].iov_len <= sizeof(frame));
        memcpy(frame + bytes, pieces[i].iov_base, pieces[i].iov_len);
        bytes += pieces[i].iov_len;
    }
    c->frames++;
    world_require(!segment_vnet_parse(bytes_of(frame, bytes), &vnet));
    flow = world_flow(frame + SEGMENT_VNET_BYTES, bytes - SEGMENT_VNET_BYTES);
    world_require(flow.total_bytes == bytes - SEGMENT_VNET_BYTES);
    world_require(!segment_start(&vnet, frame + SEGMENT_VNET_BYTES, &flow, &segment));
    while ((next = segment_next_bytes(&segment))) {
        world_require(c->n < CUTTER_PACKETS_MAX && next <= CUTTER_PACKET_MAX);
        segment_copy_next(&segment, c->packet[c->n]);
        c->bytes[c->n++] = next;
    }
    return 0;
}

// Equal, but for the identification of IPv4 packets that are never fragmented (RFC 6864).
static inline bool cutter_is_same(const uint8_t *a, const uint8_t *b, size_t n)
{
    uint8_t x[CUTTER_PACKET_MAX], y[CUTTER_PACKET_MAX];

    memcpy(x, a, n);
    memcpy(y, b, n);
    if (x[0] >> 4 == 4 && x[6] & 0x40) {
        memset(x + 4, 0, 2);
        memset(y + 4, 0, 2);
        memset(x + 10, 0, 2);
        memset(y + 10, 0, 2);
    }
    return memcmp(x, y, n) == 0;
}

#endif
