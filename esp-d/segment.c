#include "esp-d/segment.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <linux/virtio_net.h>
#include <string.h>

#include "esp-d/checksum.h"

#define TCP_HEADER_MAX 60u

#define TCP_FLAGS 13 // offset
#define TCP_FIN   0x01
#define TCP_PSH   0x08
#define TCP_CWR   0x80

static void store_u16(uint8_t *p, uint16_t v)
{
    v = htons(v);
    memcpy(p, &v, sizeof(v));
}

static uint16_t load_u16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

// As a checksum adds it up.
static uint16_t load_word(const uint8_t *p)
{
    uint16_t w;

    memcpy(&w, p, sizeof(w));
    return w;
}

int segment_vnet_parse(struct bytes header, struct segment_vnet *ret_vnet)
{
    struct virtio_net_hdr h;

    static_assert(sizeof(h) == SEGMENT_VNET_BYTES, "the TUN's header");
    if (header.n < sizeof(h))
        return -EBADMSG;
    memcpy(&h, header.p, sizeof(h));
    *ret_vnet = (struct segment_vnet){
        .needs_checksum = h.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM,
        .gso_type = h.gso_type & (uint8_t)~VIRTIO_NET_HDR_GSO_ECN,
        .gso_bytes = h.gso_size,
        .checksum_start = h.csum_start,
        .checksum_offset = h.csum_offset,
    };
    return 0;
}

static int start_whole(struct segment *s)
{
    const struct segment_vnet *v = &s->vnet;

    s->headers_bytes = s->flow->total_bytes;
    s->kind = v->needs_checksum ? SEGMENT_WHOLE_CHECKSUM : SEGMENT_WHOLE;
    if (!v->needs_checksum)
        return 0;
    if (v->checksum_start < s->flow->header_bytes ||
        (uint32_t)v->checksum_start + v->checksum_offset + 2 > s->flow->total_bytes)
        return -EBADMSG;
    return 0;
}

// All but IPv4's length, identification and checksum; TCP's sequence number, flags (and header length) and checksum;
// UDP's length and checksum.
static void sum_headers(struct segment *s, uint32_t upper_bytes)
{
    uint8_t upper[TCP_HEADER_MAX];
    const uint8_t *ip = s->packet;
    const struct flow *f = s->flow;

    memcpy(upper, ip + f->header_bytes, upper_bytes);
    memset(upper + 4, 0, 4);
    if (f->protocol == IPPROTO_TCP) {
        memset(upper + 12, 0, 2);
        memset(upper + 16, 0, 2);
    }
    // Source and destination stand side by side, 8 bytes from IPv4's 12th or 32 from IPv6's 8th.
    s->upper_sum = checksum_words(upper, upper_bytes / 4) +
                   (f->family == 4 ? checksum_words(ip + 12, 2) : checksum_words(ip + 8, 8));
    if (f->family == 4)
        s->ip_sum = load_word(ip) + checksum_words(ip + 6, 1) + checksum_words(ip + 12, f->header_bytes / 4 - 3);
}

static int start_cut(struct segment *s, uint8_t family, uint8_t protocol)
{
    const struct flow *f = s->flow;
    uint32_t upper, left = f->total_bytes - f->header_bytes;
    bool tcp = protocol == IPPROTO_TCP;

    if ((family && f->family != family) || f->protocol != protocol || f->fragment || !s->vnet.gso_bytes)
        return -EBADMSG;
    if (left < (tcp ? 20 : 8))
        return -EBADMSG;
    upper = tcp ? (uint32_t)(s->packet[f->header_bytes + 12] >> 4) * 4 : 8;
    if (upper < (tcp ? 20 : 8) || upper > left)
        return -EBADMSG;
    s->kind = tcp ? SEGMENT_TCP : SEGMENT_UDP;
    s->headers_bytes = f->header_bytes + upper;
    s->payload_bytes = left - upper;
    s->step_bytes = s->vnet.gso_bytes;
    sum_headers(s, upper);
    return 0;
}

int segment_start(const struct segment_vnet *vnet, const uint8_t *packet, const struct flow *flow,
                  struct segment *ret_segment)
{
    struct segment s = {.packet = packet, .flow = flow, .vnet = *vnet};
    int err;

    switch (vnet->gso_type) {
    case VIRTIO_NET_HDR_GSO_NONE:
        err = start_whole(&s);
        break;
    case VIRTIO_NET_HDR_GSO_TCPV4:
        err = start_cut(&s, 4, IPPROTO_TCP);
        break;
    case VIRTIO_NET_HDR_GSO_TCPV6:
        err = start_cut(&s, 6, IPPROTO_TCP);
        break;
    case SEGMENT_GSO_UDP_L4:
        err = start_cut(&s, 0, IPPROTO_UDP);
        break;
    default: // UFO was not asked for
        err = -EBADMSG;
    }
    if (!err)
        *ret_segment = s;
    return err;
}

static bool is_done(const struct segment *s)
{
    return s->index && s->done_bytes == s->payload_bytes;
}

static uint32_t next_payload_bytes(const struct segment *s)
{
    uint32_t left = s->payload_bytes - s->done_bytes;

    return left < s->step_bytes ? left : s->step_bytes;
}

uint32_t segment_next_bytes(const struct segment *s)
{
    return is_done(s) ? 0 : s->headers_bytes + next_payload_bytes(s);
}

static void copy_whole(const struct segment *s, uint8_t *to)
{
    uint32_t n = s->flow->total_bytes, start = s->vnet.checksum_start;
    uint64_t sum;
    uint16_t checksum;

    if (s->kind == SEGMENT_WHOLE) {
        memcpy(to, s->packet, n);
        return;
    }
    memcpy(to, s->packet, start);
    // The pseudo-header's sum stands in the checksum field already (virtio 1.2, 5.1.6.2).
    sum = checksum_copy(to + start, s->packet + start, n - start);
    checksum = checksum_fold(sum);
    // RFC 768: zero would say that there is none.
    checksum_store(to + start + s->vnet.checksum_offset, checksum ? checksum : 0xffff);
}

static void fix_ip_header(const struct segment *s, uint8_t *to, uint32_t total)
{
    if (s->flow->family == 6) {
        store_u16(to + 4, (uint16_t)(total - 40));
        return;
    }
    store_u16(to + 2, (uint16_t)total);
    store_u16(to + 4, (uint16_t)(load_u16(to + 4) + s->index));
    checksum_store(to + 10, checksum_fold(s->ip_sum + load_word(to + 2) + load_word(to + 4)));
}

// RFC 9293 3.1: sequence numbers go on; FIN and PSH belong to the last segment, CWR to the first (RFC 3168 6.1.2).
// Returns the sum of what it changed.
static uint64_t fix_tcp_header(const struct segment *s, uint8_t *tcp, bool last)
{
    uint32_t sequence;

    memcpy(&sequence, tcp + 4, sizeof(sequence));
    sequence = htonl(ntohl(sequence) + s->done_bytes);
    memcpy(tcp + 4, &sequence, sizeof(sequence));
    if (!last)
        tcp[TCP_FLAGS] &= (uint8_t) ~(TCP_FIN | TCP_PSH);
    if (s->index)
        tcp[TCP_FLAGS] &= (uint8_t)~TCP_CWR;
    return (uint64_t)sequence + load_word(tcp + TCP_FLAGS - 1);
}

static void copy_cut(const struct segment *s, uint8_t *to)
{
    uint32_t payload = next_payload_bytes(s), ip_bytes = s->flow->header_bytes;
    uint32_t upper_bytes = s->headers_bytes - ip_bytes + payload;
    bool tcp = s->kind == SEGMENT_TCP;
    uint8_t *upper = to + ip_bytes;
    uint64_t sum;
    uint16_t checksum;

    memcpy(to, s->packet, s->headers_bytes);
    sum = checksum_copy(to + s->headers_bytes, s->packet + s->headers_bytes + s->done_bytes, payload);
    fix_ip_header(s, to, ip_bytes + upper_bytes);
    sum += s->upper_sum + checksum_pseudo(s->flow->protocol, upper_bytes);
    if (tcp) {
        sum += fix_tcp_header(s, upper, s->done_bytes + payload == s->payload_bytes);
    } else {
        store_u16(upper + 4, (uint16_t)upper_bytes);
        sum += load_word(upper + 4);
    }
    checksum = checksum_fold(sum);
    checksum_store(upper + (tcp ? 16 : 6), !tcp && !checksum ? 0xffff : checksum);
}

void segment_copy_next(struct segment *s, uint8_t *to)
{
    if (s->kind == SEGMENT_WHOLE || s->kind == SEGMENT_WHOLE_CHECKSUM)
        copy_whole(s, to);
    else
        copy_cut(s, to);
    s->done_bytes += next_payload_bytes(s);
    s->index++;
}
