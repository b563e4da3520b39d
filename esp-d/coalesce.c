#include "esp-d/coalesce.h"

#include <arpa/inet.h>
#include <linux/virtio_net.h>
#include <string.h>

#include "esp-d/checksum.h"
#include "esp-d/segment.h"

#define TCP_HEADER_MIN 20u
#define TCP_ACK        0x10u
#define TCP_PSH        0x08u
#define TOTAL_MAX      65535u

// A TCP segment that may be merged, in parts.
struct segment_view {
    const uint8_t *ip;
    const uint8_t *tcp;
    uint32_t sequence;
    uint32_t tcp_bytes; // of its header
    uint32_t payload_bytes;
    uint8_t flags;
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

// Data and nothing special: no SYN, FIN, RST, URG, CWR, ECE, no IP options or extension headers, and an IPv4 header
// that the next router would take.
static bool view_segment(const struct open_packet *p, struct segment_view *ret_view)
{
    const struct flow *f = &p->flow;
    struct segment_view v = {.ip = p->inner, .tcp = p->inner + f->header_bytes};
    uint32_t upper = f->total_bytes - f->header_bytes;

    if (f->protocol != IPPROTO_TCP || f->fragment || f->header_bytes != (f->family == 4 ? 20u : 40u) ||
        upper <= TCP_HEADER_MIN)
        return false;
    if (f->family == 4 && checksum_fold(checksum_sum(v.ip, 20)) != 0)
        return false;
    v.tcp_bytes = (uint32_t)(v.tcp[12] >> 4) * 4;
    v.flags = v.tcp[13];
    if (v.tcp_bytes < TCP_HEADER_MIN || v.tcp_bytes >= upper || (v.flags & ~TCP_PSH) != TCP_ACK)
        return false;
    v.payload_bytes = upper - v.tcp_bytes;
    v.sequence = load_u32(v.tcp + 4);
    *ret_view = v;
    return true;
}

static uint64_t pseudo_sum(const struct open_packet *p, uint32_t upper_bytes)
{
    const uint8_t *addresses = p->inner + (p->flow.family == 4 ? 12 : 8);

    return checksum_sum(addresses, p->flow.family == 4 ? 8 : 32) + checksum_pseudo(IPPROTO_TCP, upper_bytes);
}

static bool has_valid_checksum(const struct open_packet *p)
{
    uint32_t upper = p->flow.total_bytes - p->flow.header_bytes;

    return checksum_fold(pseudo_sum(p, upper) + checksum_sum(p->inner + p->flow.header_bytes, upper)) == 0;
}

// What segmentation copies from the first packet to all: class, TTL, flags, flow label. Addresses are the same already.
static bool has_same_ip_header(const struct coalesce_group *g, const struct segment_view *v)
{
    const uint8_t *a = g->first->inner, *b = v->ip;

    if (g->first->flow.family == 6)
        return memcmp(a, b, 4) == 0 && a[7] == b[7];
    if (a[1] != b[1] || memcmp(a + 6, b + 6, 3) != 0)
        return false;
    // Identification counts on, or means nothing (RFC 6864 4.1: atomic datagrams).
    return g->first->flow.dont_fragment || load_u16(b + 4) == (uint16_t)(load_u16(a + 4) + g->n);
}

// Acknowledgement, window, urgent pointer and options.
static bool has_same_tcp_header(const struct coalesce_group *g, const struct segment_view *v)
{
    const uint8_t *a = g->first->inner + g->first->flow.header_bytes, *b = v->tcp;

    return a[12] == b[12] && memcmp(a + 8, b + 8, 4) == 0 && memcmp(a + 14, b + 14, 2) == 0 &&
           memcmp(a + 18, b + 18, v->tcp_bytes - 18) == 0;
}

static bool can_append(struct coalesce_group *g, const struct open_packet *p, const struct segment_view *v)
{
    if (g->is_closed || v->sequence != g->next_sequence || v->payload_bytes > g->step_bytes || g->n == ESP_BURST_PKTS ||
        g->total_bytes + v->payload_bytes > TOTAL_MAX)
        return false;
    if (!has_same_ip_header(g, v) || !has_same_tcp_header(g, v) || !has_valid_checksum(p))
        return false;
    g->is_verified = g->is_verified || has_valid_checksum(g->first);
    return g->is_verified;
}

static void append(struct coalesce_group *g, const struct segment_view *v)
{
    g->vector[g->n++] = (struct iovec){(void *)(uintptr_t)(v->tcp + v->tcp_bytes), v->payload_bytes};
    g->total_bytes += v->payload_bytes;
    g->next_sequence += v->payload_bytes;
    g->has_push = v->flags & TCP_PSH;
    g->is_closed = v->payload_bytes < g->step_bytes || g->has_push;
}

static void start_group(struct coalesce_group *g, struct open_packet *p, const struct segment_view *v)
{
    g->first = p;
    g->headers_bytes = p->flow.header_bytes + v->tcp_bytes;
    g->step_bytes = v->payload_bytes;
    g->total_bytes = p->flow.total_bytes;
    g->next_sequence = v->sequence + v->payload_bytes;
    g->n = 1;
    g->is_verified = false;
    g->has_push = g->is_closed = v->flags & TCP_PSH;
    g->vector[0] = (struct iovec){p->inner - SEGMENT_VNET_BYTES, SEGMENT_VNET_BYTES + p->flow.total_bytes};
}

static void store_vnet(uint8_t *inner, const struct virtio_net_hdr *vnet)
{
    memcpy(inner - SEGMENT_VNET_BYTES, vnet, SEGMENT_VNET_BYTES);
}

// Lengths and checksums of the whole; TCP's is left to the kernel, with the pseudo-header's sum in its place.
static void finish_headers(const struct coalesce_group *g)
{
    struct open_packet *p = g->first;
    uint8_t *ip = p->inner, *tcp = ip + p->flow.header_bytes;
    uint32_t upper = g->total_bytes - p->flow.header_bytes;

    if (p->flow.family == 4) {
        store_u16(ip + 2, g->total_bytes);
        memset(ip + 10, 0, 2);
        checksum_store(ip + 10, checksum_fold(checksum_sum(ip, 20)));
    } else {
        store_u16(ip + 4, upper);
    }
    checksum_store(tcp + 16, (uint16_t)~checksum_fold(pseudo_sum(p, upper)));
    store_vnet(ip, &(struct virtio_net_hdr){
                       .flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
                       .gso_type = p->flow.family == 4 ? VIRTIO_NET_HDR_GSO_TCPV4 : VIRTIO_NET_HDR_GSO_TCPV6,
                       .hdr_len = (uint16_t)g->headers_bytes,
                       .gso_size = (uint16_t)g->step_bytes,
                       .csum_start = (uint16_t)p->flow.header_bytes,
                       .csum_offset = 16,
                   });
}

static void write_group(struct coalesce *c, struct coalesce_group *g)
{
    if (g->n > 1) {
        if (g->has_push)
            g->first->inner[g->first->flow.header_bytes + 13] |= TCP_PSH;
        finish_headers(g);
    } else {
        store_vnet(g->first->inner, &(struct virtio_net_hdr){0});
    }
    c->write(c->arg, g->vector, g->n);
    g->n = 0;
}

static void write_alone(struct coalesce *c, struct open_packet *p)
{
    struct iovec piece = {p->inner - SEGMENT_VNET_BYTES, SEGMENT_VNET_BYTES + p->flow.total_bytes};

    store_vnet(p->inner, &(struct virtio_net_hdr){0});
    c->write(c->arg, &piece, 1);
}

static struct coalesce_group *find_group(struct coalesce *c, const struct open_packet *p)
{
    for (unsigned i = 0; i < COALESCE_FLOWS; i++) {
        if (c->group[i].n && flow_is_alike(&c->group[i].first->flow, &p->flow))
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

static void take(struct coalesce *c, struct open_packet *p)
{
    struct coalesce_group *g = find_group(c, p);
    struct segment_view v;
    bool is_candidate = view_segment(p, &v);

    if (g && is_candidate && can_append(g, p, &v)) {
        append(g, &v);
        return;
    }
    if (g) // what came first leaves first
        write_group(c, g);
    if (is_candidate)
        start_group(g ? g : free_group(c), p, &v);
    else
        write_alone(c, p);
}

void coalesce_burst(struct coalesce *c, struct open_packet *packets, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        if (!packets[i].drop)
            take(c, &packets[i]);
    }
    for (unsigned i = 0; i < COALESCE_FLOWS; i++) {
        if (c->group[i].n)
            write_group(c, &c->group[i]);
    }
}
