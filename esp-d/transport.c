#include "esp-d/transport.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "esp-d/checksum.h"
#include "esp-d/esp_limits.h"
#include "esp-d/segment.h"

#define IPV4_HEADER_BYTES 20u
#define IPV6_HEADER_BYTES 40u
#define TTL               64

// A burst of the largest packets, each with a header more.
#define ROOM_BYTES ((size_t)ESP_BURST_PKTS * (ESP_UDP_DATAGRAM_BYTES + SEGMENT_VNET_BYTES + 64))

int transport_room_init(struct transport_room *room)
{
    *room = (struct transport_room){malloc(ROOM_BYTES), 0};
    return room->p ? 0 : -ENOMEM;
}

void transport_room_done(struct transport_room *room)
{
    free(room->p);
    room->p = NULL;
}

void transport_room_empty(struct transport_room *room)
{
    room->used = 0;
}

enum drop transport_split(const uint8_t *packet, const struct flow *flow, uint32_t *ret_header_bytes, uint8_t *ret_next)
{
    bool ipv4 = flow->family == 4;
    uint8_t next = ipv4 ? packet[9] : packet[6];

    if (flow->fragment)
        return DROP_TRANSPORT_FRAGMENT;
    // Destination options may come behind ESP (RFC 4303 3.1.1), all others would stay in front.
    if (ipv4 ? flow->header_bytes != IPV4_HEADER_BYTES
             : next == IPPROTO_HOPOPTS || next == IPPROTO_ROUTING || next == IPPROTO_FRAGMENT)
        return DROP_TRANSPORT_HEADER;
    *ret_header_bytes = ipv4 ? IPV4_HEADER_BYTES : IPV6_HEADER_BYTES;
    *ret_next = next;
    return DROP_NONE;
}

static void store_u16(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

static void write_ipv4(uint8_t *p, const struct transport_payload *in)
{
    memset(p, 0, IPV4_HEADER_BYTES);
    p[0] = 0x45;
    p[1] = in->traffic_class;
    store_u16(p + 2, (uint32_t)in->bytes.n + IPV4_HEADER_BYTES);
    p[6] = 0x40; // a whole datagram, whose identification says nothing (RFC 6864 4.1)
    p[8] = TTL;
    p[9] = in->next;
    memcpy(p + 12, in->remote->b, 4);
    memcpy(p + 16, in->local->b, 4);
    checksum_store(p + 10, checksum_fold(checksum_sum(p, IPV4_HEADER_BYTES)));
}

static void write_ipv6(uint8_t *p, const struct transport_payload *in)
{
    memset(p, 0, 8);
    p[0] = (uint8_t)(0x60 | in->traffic_class >> 4);
    p[1] = (uint8_t)(in->traffic_class << 4);
    store_u16(p + 4, (uint32_t)in->bytes.n);
    p[6] = in->next;
    p[7] = TTL;
    memcpy(p + 8, in->remote->b, 16);
    memcpy(p + 24, in->local->b, 16);
}

// Where the checksum stands that covers the addresses; 0: there is none.
static uint32_t checksum_offset(uint8_t protocol, uint32_t n)
{
    if (protocol == IPPROTO_TCP && n >= 20)
        return 16;
    return protocol == IPPROTO_UDP && n >= 8 ? 6 : 0;
}

static uint64_t address_sum(const struct address *a)
{
    return checksum_sum(a->b, address_size(a));
}

// RFC 3948 3.1.2, by RFC 1624: the sender's addresses out of the checksum, ours into it. Both families: the sums of two
// addresses are of one length, and 16-bit words add up in any order.
static void mend_checksum(uint8_t *upper, const struct transport_payload *in)
{
    const struct transport_origin *o = in->origin;
    uint32_t at = checksum_offset(in->next, (uint32_t)in->bytes.n);
    uint16_t checksum, before;
    uint64_t sum;

    if (!o || !at)
        return;
    memcpy(&checksum, upper + at, sizeof(checksum));
    if (!checksum && in->next == IPPROTO_UDP) // RFC 768: none
        return;
    // The complement of a sum is that sum taken away.
    before = checksum_fold((o->local.family ? address_sum(&o->local) : address_sum(in->local)) +
                           (o->remote.family ? address_sum(&o->remote) : address_sum(in->remote)));
    sum = (uint64_t)(uint16_t)~checksum + before + address_sum(in->local) + address_sum(in->remote);
    checksum = checksum_fold(sum);
    checksum_store(upper + at, !checksum && in->next == IPPROTO_UDP ? 0xffff : checksum);
}

enum drop transport_rebuild(struct transport_room *room, const struct transport_payload *in, uint8_t **ret_packet,
                            uint32_t *ret_bytes)
{
    bool ipv4 = in->remote->family == 4;
    uint32_t header = ipv4 ? IPV4_HEADER_BYTES : IPV6_HEADER_BYTES;
    size_t needed = SEGMENT_VNET_BYTES + header + in->bytes.n;
    uint8_t *p;

    if (in->local->family != in->remote->family || needed > ROOM_BYTES - room->used ||
        in->bytes.n + header > UINT16_MAX)
        return DROP_TRANSPORT_HEADER;
    p = room->p + room->used + SEGMENT_VNET_BYTES;
    room->used += (needed + 15) & ~(size_t)15;
    if (ipv4)
        write_ipv4(p, in);
    else
        write_ipv6(p, in);
    memcpy(p + header, in->bytes.p, in->bytes.n);
    mend_checksum(p + header, in);
    *ret_packet = p;
    *ret_bytes = header + (uint32_t)in->bytes.n;
    return DROP_NONE;
}
