#include "esp-d/flow.h"

#include <endian.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "lib/core/reader.h"

#define EXTENSION_HEADERS_MAX 8u
#define IPPROTO_HIP_          139
#define IPPROTO_SHIM6_        140

static uint16_t load_u16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

static address_key load_ipv4(const uint8_t *p)
{
    uint32_t word;

    memcpy(&word, p, sizeof(word));
    return be32toh(word);
}

static address_key load_ipv6(const uint8_t *p)
{
    uint64_t words[2];

    memcpy(words, p, sizeof(words));
    return (address_key)be64toh(words[0]) << 64 | be64toh(words[1]);
}

address_key address_key_of(const struct address *a)
{
    return a->family == 4 ? load_ipv4(a->b) : load_ipv6(a->b);
}

struct address address_of_key(address_key key, uint8_t family)
{
    struct address a = {.family = family};
    size_t n = family == 4 ? 4 : 16;

    for (size_t i = n; i-- > 0; key >>= 8)
        a.b[i] = (uint8_t)key;
    return a;
}

// RFC 4301 4.4.1.1: ports, or the ICMP type and code, or the type of a mobility header.
static int parse_ports(struct bytes packet, struct flow *f)
{
    const uint8_t *p = packet.p + f->header_bytes;
    size_t left = packet.n - f->header_bytes;

    switch (f->protocol) {
    case IPPROTO_TCP:
    case IPPROTO_UDP:
    case IPPROTO_UDPLITE:
    case IPPROTO_SCTP:
    case IPPROTO_DCCP:
        if (left < 4)
            return -EBADMSG;
        f->source_port = load_u16(p);
        f->destination_port = load_u16(p + 2);
        return 0;
    case IPPROTO_ICMP:
    case IPPROTO_ICMPV6:
        if (left < 2)
            return -EBADMSG;
        f->source_port = f->destination_port = load_u16(p);
        return 0;
    case IPPROTO_MH:
        if (left < 3)
            return -EBADMSG;
        f->source_port = f->destination_port = (uint16_t)(p[2] << 8);
        return 0;
    default:
        return 0;
    }
}

static int parse_upper(struct bytes packet, struct flow *f)
{
    return f->opaque ? 0 : parse_ports(bytes_of(packet.p, f->total_bytes), f);
}

static int parse_ipv4(struct bytes packet, struct flow *f)
{
    const uint8_t *p = packet.p;
    uint16_t fragment;

    if (packet.n < 20)
        return -EBADMSG;
    f->family = 4;
    f->header_bytes = (uint32_t)(p[0] & 15) * 4;
    f->traffic_class = p[1];
    f->total_bytes = load_u16(p + 2);
    if (f->header_bytes < 20 || f->total_bytes < f->header_bytes || f->total_bytes > packet.n)
        return -EBADMSG;
    fragment = load_u16(p + 6);
    f->dont_fragment = fragment & 0x4000;
    f->fragment = fragment & 0x3fff;
    f->opaque = f->later_fragment = fragment & 0x1fff;
    f->more_fragments = fragment & 0x2000;
    f->fragment_id = load_u16(p + 4);
    f->fragment_offset = (fragment & 0x1fffu) * 8;
    f->protocol = p[9];
    f->source = load_ipv4(p + 12);
    f->destination = load_ipv4(p + 16);
    return parse_upper(packet, f);
}

static bool is_extension(uint8_t next)
{
    return next == IPPROTO_HOPOPTS || next == IPPROTO_ROUTING || next == IPPROTO_FRAGMENT || next == IPPROTO_DSTOPTS ||
           next == IPPROTO_AH || next == IPPROTO_HIP_ || next == IPPROTO_SHIM6_;
}

// One extension header at the cursor: RFC 8200 4.3-4.6, RFC 4302 2.2 (its length counts in words of four bytes).
static int skip_extension(struct reader *r, struct flow *f)
{
    uint8_t kind = f->protocol, next, length;
    size_t bytes;

    if (reader_u8(r, &next) || reader_u8(r, &length))
        return -EBADMSG;
    if (kind == IPPROTO_FRAGMENT) {
        uint16_t offset;

        if (reader_u16(r, &offset) || reader_u32(r, &f->fragment_id))
            return -EBADMSG;
        f->fragment = f->fragment || (offset & 0xfff9);
        f->opaque = f->later_fragment = f->opaque || (offset & 0xfff8);
        f->more_fragments = offset & 1;
        f->fragment_offset = offset & 0xfff8u;
        bytes = 8;
    } else {
        bytes = kind == IPPROTO_AH ? ((size_t)length + 2) * 4 : ((size_t)length + 1) * 8;
        if (bytes < 8 || reader_skip(r, bytes - 2))
            return -EBADMSG;
    }
    f->protocol = next;
    f->header_bytes += (uint32_t)bytes;
    return 0;
}

static int parse_ipv6(struct bytes packet, struct flow *f)
{
    const uint8_t *p = packet.p;
    struct reader r;

    if (packet.n < 40)
        return -EBADMSG;
    f->family = 6;
    f->dont_fragment = true;
    f->traffic_class = (uint8_t)(load_u16(p) >> 4);
    f->header_bytes = 40;
    f->total_bytes = 40u + load_u16(p + 4);
    if (f->total_bytes > packet.n)
        return -EBADMSG;
    f->protocol = p[6];
    f->source = load_ipv6(p + 8);
    f->destination = load_ipv6(p + 24);
    r = reader_of(bytes_of(p + 40, f->total_bytes - 40));
    // Behind a fragment that is not the first there is payload, not a header.
    for (unsigned i = 0; is_extension(f->protocol) && !f->opaque; i++) {
        if (i == EXTENSION_HEADERS_MAX || skip_extension(&r, f))
            return -EBADMSG;
    }
    return parse_upper(packet, f);
}

int flow_parse(struct bytes packet, struct flow *ret_flow)
{
    struct flow f = {0};
    int err = -EBADMSG;

    if (packet.n && packet.p[0] >> 4 == 4)
        err = parse_ipv4(packet, &f);
    else if (packet.n && packet.p[0] >> 4 == 6)
        err = parse_ipv6(packet, &f);
    if (!err)
        *ret_flow = f;
    return err;
}

bool flow_is_alike(const struct flow *a, const struct flow *b)
{
    return a->family == b->family && a->protocol == b->protocol && a->opaque == b->opaque &&
           a->source_port == b->source_port && a->destination_port == b->destination_port && a->source == b->source &&
           a->destination == b->destination;
}
