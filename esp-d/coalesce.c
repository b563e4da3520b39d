#include "esp-d/coalesce.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/virtio_net.h>
#include <string.h>

#include "esp-d/checksum.h"
#include "esp-d/segment.h"

#define TCP_HEADER_MIN   20u
#define TCP_ACK          0x10u
#define TCP_PSH          0x08u
#define UDP_HEADER_BYTES 8u
#define HEADERS_MAX      (40u + 60u)
#define TOTAL_MAX        65500u // and a link layer's header: above 64 KiB a device would cut it in software

// A segment that may be merged, in parts.
struct segment_view {
    const uint8_t *ip;
    const uint8_t *upper;   // TCP or UDP
    uint32_t sequence;      // of TCP
    uint32_t headers_bytes; // IP and upper
    uint32_t payload_bytes;
    bool has_push;
};

static uint32_t load_u32(const uint8_t *p)
{
    uint32_t v;

    memcpy(&v, p, sizeof(v));
    return ntohl(v);
}

static uint16_t load_u16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

static void store_u16(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

// Data and nothing special: no SYN, FIN, RST, URG, CWR, ECE.
static bool view_tcp(struct segment_view *v, uint32_t upper_bytes)
{
    uint32_t header_bytes;
    uint8_t flags;

    if (upper_bytes <= TCP_HEADER_MIN)
        return false;
    header_bytes = (uint32_t)(v->upper[12] >> 4) * 4;
    flags = v->upper[13];
    if (header_bytes < TCP_HEADER_MIN || header_bytes >= upper_bytes || (flags & ~TCP_PSH) != TCP_ACK)
        return false;
    v->headers_bytes += header_bytes;
    v->payload_bytes = upper_bytes - header_bytes;
    v->sequence = load_u32(v->upper + 4);
    v->has_push = flags & TCP_PSH;
    return true;
}

// A datagram without a checksum (RFC 768) would get one.
static bool view_udp(struct segment_view *v, uint32_t upper_bytes)
{
    if (upper_bytes <= UDP_HEADER_BYTES || load_u16(v->upper + 4) != upper_bytes || !load_u16(v->upper + 6))
        return false;
    v->headers_bytes += UDP_HEADER_BYTES;
    v->payload_bytes = upper_bytes - UDP_HEADER_BYTES;
    return true;
}

// No fragments, IP options or extension headers, and an IPv4 header that the next router would take.
static bool view_segment(const struct coalesce *c, const struct open_packet *p, struct segment_view *ret_view)
{
    const struct flow *f = &p->flow;
    uint32_t upper_bytes = f->total_bytes - f->header_bytes;

    *ret_view =
        (struct segment_view){.ip = p->inner, .upper = p->inner + f->header_bytes, .headers_bytes = f->header_bytes};
    if (f->fragment || f->header_bytes != (f->family == 4 ? 20u : 40u))
        return false;
    if (f->family == 4 && checksum_fold(checksum_words(p->inner, 5)) != 0)
        return false;
    if (f->protocol == IPPROTO_TCP)
        return view_tcp(ret_view, upper_bytes);
    return f->protocol == IPPROTO_UDP && !c->refuses_udp && view_udp(ret_view, upper_bytes);
}

static uint64_t pseudo_sum(const uint8_t *ip, const struct flow *f, uint32_t upper_bytes)
{
    return checksum_words(ip + (f->family == 4 ? 12 : 8), f->family == 4 ? 2 : 8) +
           checksum_pseudo(f->protocol, upper_bytes);
}

static bool has_valid_checksum(const uint8_t *ip, const struct flow *f)
{
    uint32_t upper = f->total_bytes - f->header_bytes;

    return checksum_fold(pseudo_sum(ip, f, upper) + checksum_sum(ip + f->header_bytes, upper)) == 0;
}

// What segmentation copies from the first packet to all: class, TTL, flags, flow label. Addresses are the same already.
static bool has_same_ip_header(const struct coalesce_group *g, const struct segment_view *v)
{
    const uint8_t *a = g->inner, *b = v->ip;

    if (g->flow.family == 6)
        return memcmp(a, b, 4) == 0 && a[7] == b[7];
    if (a[1] != b[1] || memcmp(a + 6, b + 6, 3) != 0)
        return false;
    // Identification counts on, or means nothing (RFC 6864 4.1: atomic datagrams).
    return g->flow.dont_fragment || load_u16(b + 4) == (uint16_t)(load_u16(a + 4) + g->n);
}

// Acknowledgement, window, urgent pointer and options; of UDP nothing is left.
static bool has_same_upper_header(const struct coalesce_group *g, const struct segment_view *v)
{
    const uint8_t *a = g->inner + g->flow.header_bytes, *b = v->upper;

    if (g->flow.protocol == IPPROTO_UDP)
        return true;
    return v->sequence == g->next_sequence && a[12] == b[12] && memcmp(a + 8, b + 8, 4) == 0 &&
           memcmp(a + 14, b + 14, 2) == 0 && memcmp(a + 18, b + 18, v->headers_bytes - g->flow.header_bytes - 18) == 0;
}

static bool can_append(struct coalesce_group *g, const struct open_packet *p, const struct segment_view *v)
{
    if (v->payload_bytes > g->step_bytes || !has_same_ip_header(g, v) || !has_same_upper_header(g, v) ||
        !has_valid_checksum(p->inner, &p->flow))
        return false;
    g->is_verified = g->is_verified || has_valid_checksum(g->inner, &g->flow);
    return g->is_verified;
}

static void append(struct coalesce_group *g, const struct segment_view *v)
{
    g->vector[g->n++] = (struct iovec){(void *)(uintptr_t)(v->ip + v->headers_bytes), v->payload_bytes};
    g->total_bytes += v->payload_bytes;
    g->next_sequence += v->payload_bytes;
    g->has_push = v->has_push;
}

static void start_group(struct coalesce_group *g, const struct open_packet *p, const struct segment_view *v)
{
    g->flow = p->flow;
    g->inner = p->inner;
    g->headers_bytes = v->headers_bytes;
    g->step_bytes = v->payload_bytes;
    g->total_bytes = p->flow.total_bytes;
    g->next_sequence = v->sequence + v->payload_bytes;
    g->n = 1;
    g->is_verified = false;
    g->has_push = v->has_push;
    g->vector[0] = (struct iovec){p->inner - SEGMENT_VNET_BYTES, SEGMENT_VNET_BYTES + p->flow.total_bytes};
}

// Nothing may follow: its last segment was short or pushed, or it is full.
static bool is_closed(const struct coalesce_group *g)
{
    return g->has_push || g->total_bytes != g->headers_bytes + g->n * g->step_bytes || g->n == COALESCE_SEGMENTS_MAX ||
           g->total_bytes + g->step_bytes > TOTAL_MAX;
}

static void store_vnet(uint8_t *inner, const struct virtio_net_hdr *vnet)
{
    memcpy(inner - SEGMENT_VNET_BYTES, vnet, SEGMENT_VNET_BYTES);
}

static uint8_t gso_type_of(const struct flow *f)
{
    if (f->protocol == IPPROTO_UDP)
        return SEGMENT_GSO_UDP_L4;
    return f->family == 4 ? VIRTIO_NET_HDR_GSO_TCPV4 : VIRTIO_NET_HDR_GSO_TCPV6;
}

// Lengths and checksums of the whole; the upper one is left to the kernel, with the pseudo-header's sum in its place.
static void finish_headers(const struct coalesce_group *g)
{
    const struct flow *f = &g->flow;
    uint8_t *ip = g->inner, *upper = ip + f->header_bytes;
    uint32_t upper_bytes = g->total_bytes - f->header_bytes, checksum_at = f->protocol == IPPROTO_TCP ? 16 : 6;

    if (f->family == 4) {
        store_u16(ip + 2, g->total_bytes);
        memset(ip + 10, 0, 2);
        checksum_store(ip + 10, checksum_fold(checksum_words(ip, 5)));
    } else {
        store_u16(ip + 4, upper_bytes);
    }
    if (f->protocol == IPPROTO_UDP)
        store_u16(upper + 4, upper_bytes);
    else if (g->has_push)
        upper[13] |= TCP_PSH;
    checksum_store(upper + checksum_at, (uint16_t)~checksum_fold(pseudo_sum(ip, f, upper_bytes)));
    store_vnet(ip, &(struct virtio_net_hdr){
                       .flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
                       .gso_type = gso_type_of(f),
                       .hdr_len = (uint16_t)g->headers_bytes,
                       .gso_size = (uint16_t)g->step_bytes,
                       .csum_start = (uint16_t)f->header_bytes,
                       .csum_offset = (uint16_t)checksum_at,
                   });
}

static int write_frame(struct coalesce *c, const struct iovec *pieces, unsigned n)
{
    int err = c->write(c->arg, pieces, n);

    if (!err)
        batch_count(&c->writes, 1, n);
    return err;
}

static void write_packet(struct coalesce *c, uint8_t *inner, size_t n)
{
    struct iovec piece = {inner - SEGMENT_VNET_BYTES, SEGMENT_VNET_BYTES + n};

    store_vnet(inner, &(struct virtio_net_hdr){0});
    if (write_frame(c, &piece, 1) < 0)
        drop_add(c->drops, DROP_TUN_WRITE, 1);
}

// The headers of all but the first still stand in front of their payload.
static void write_singly(struct coalesce *c, const struct coalesce_group *g, const uint8_t *first_headers)
{
    memcpy(g->inner, first_headers, g->headers_bytes);
    write_packet(c, g->inner, g->headers_bytes + g->step_bytes);
    for (unsigned i = 1; i < g->n; i++)
        write_packet(c, (uint8_t *)g->vector[i].iov_base - g->headers_bytes, g->headers_bytes + g->vector[i].iov_len);
}

static void write_merged(struct coalesce *c, const struct coalesce_group *g)
{
    uint8_t first_headers[HEADERS_MAX];
    int err;

    memcpy(first_headers, g->inner, g->headers_bytes);
    finish_headers(g);
    err = write_frame(c, g->vector, g->n);
    if (err == -EINVAL && g->flow.protocol == IPPROTO_UDP) {
        c->refuses_udp = true;
        write_singly(c, g, first_headers);
    } else if (err < 0) {
        drop_add(c->drops, DROP_TUN_WRITE, g->n);
    }
}

static void write_group(struct coalesce *c, struct coalesce_group *g)
{
    if (g->n > 1)
        write_merged(c, g);
    else
        write_packet(c, g->inner, g->total_bytes);
    g->n = 0;
}

static struct coalesce_group *find_group(struct coalesce *c, const struct open_packet *p)
{
    for (unsigned i = 0; i < COALESCE_FLOWS; i++) {
        if (c->group[i].n && flow_is_alike(&c->group[i].flow, &p->flow))
            return &c->group[i];
    }
    return NULL;
}

static struct coalesce_group *free_group(struct coalesce *c)
{
    struct coalesce_group *g;

    for (unsigned i = 0; i < COALESCE_FLOWS; i++) {
        if (!c->group[i].n)
            return &c->group[i];
    }
    g = &c->group[c->next_evicted++ % COALESCE_FLOWS];
    write_group(c, g);
    return g;
}

static void take(struct coalesce *c, const struct open_packet *p)
{
    struct coalesce_group *g = find_group(c, p);
    struct segment_view v;
    bool is_candidate = view_segment(c, p, &v);

    if (g && is_candidate && can_append(g, p, &v)) {
        append(g, &v);
    } else {
        if (g) // what came first leaves first
            write_group(c, g);
        if (!is_candidate) {
            write_packet(c, p->inner, p->flow.total_bytes);
            return;
        }
        g = g ? g : free_group(c);
        start_group(g, p, &v);
    }
    if (is_closed(g))
        write_group(c, g);
}

void coalesce_burst(struct coalesce *c, struct open_packet *packets, unsigned n)
{
    bool is_fleeting = false;

    for (unsigned i = 0; i < n; i++) {
        if (packets[i].drop)
            continue;
        take(c, &packets[i]);
        is_fleeting = is_fleeting || packets[i].is_rebuilt;
    }
    if (is_fleeting)
        coalesce_flush(c);
}

void coalesce_flush(struct coalesce *c)
{
    for (unsigned i = 0; i < COALESCE_FLOWS; i++) {
        if (c->group[i].n)
            write_group(c, &c->group[i]);
    }
}
