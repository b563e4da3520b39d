#include "esp-d/icmp_hint.h"

#include <netinet/in.h>

#include "esp-d/esp_limits.h"
#include "lib/core/reader.h"

#define UNREACHABLE          3
#define FRAGMENTATION_NEEDED 4
#define PACKET_TOO_BIG       2
#define IPV4_HEADER_BYTES    20u
#define IPV6_HEADER_BYTES    40u
#define FRAGMENT_OFFSET      0x1fffu

// The first words of ESP, bare or in UDP from our port (RFC 3948 2.1).
static bool read_esp(struct reader *r, uint8_t protocol, struct icmp_hint *hint)
{
    uint16_t source;

    if (protocol == IPPROTO_UDP) {
        if (reader_u16(r, &source) || source != ESP_NAT_PORT || reader_skip(r, 6))
            return false;
    } else if (protocol != IPPROTO_ESP) {
        return false;
    }
    return !reader_u32(r, &hint->spi) && !reader_u32(r, &hint->sequence) && hint->spi;
}

// The header of the packet that came back: our own, so that it has no options.
static bool read_quoted_ipv4(struct reader *r, struct icmp_hint *hint)
{
    struct bytes head;
    uint16_t offset;

    if (reader_bytes(r, IPV4_HEADER_BYTES, &head) || head.p[0] != 0x45)
        return false;
    offset = (uint16_t)(head.p[6] << 8 | head.p[7]);
    hint->packet_bytes = (uint32_t)(head.p[2] << 8 | head.p[3]);
    if (offset & FRAGMENT_OFFSET || address_from_bytes(bytes_of(head.p + 16, 4), &hint->remote))
        return false;
    return read_esp(r, head.p[9], hint);
}

static bool read_quoted_ipv6(struct reader *r, struct icmp_hint *hint)
{
    struct bytes head;
    uint16_t offset;
    uint8_t next;

    if (reader_bytes(r, IPV6_HEADER_BYTES, &head) || head.p[0] >> 4 != 6 ||
        address_from_bytes(bytes_of(head.p + 24, 16), &hint->remote))
        return false;
    next = head.p[6];
    if (next != IPPROTO_FRAGMENT)
        return read_esp(r, next, hint);
    if (reader_u8(r, &next) || reader_skip(r, 1) || reader_u16(r, &offset) || reader_skip(r, 4) || offset & 0xfff8)
        return false;
    return read_esp(r, next, hint);
}

bool icmp_hint_parse_ipv4(struct bytes packet, struct icmp_hint *ret_hint)
{
    struct icmp_hint hint = {0};
    struct reader r = reader_of(packet);
    uint8_t first, type, code;
    uint16_t mtu;

    if (reader_u8(&r, &first) || first >> 4 != 4 || (first & 15) < 5 || reader_skip(&r, (size_t)(first & 15) * 4 - 1))
        return false;
    if (reader_u8(&r, &type) || reader_u8(&r, &code) || type != UNREACHABLE || code != FRAGMENTATION_NEEDED)
        return false;
    if (reader_skip(&r, 4) || reader_u16(&r, &mtu) || !read_quoted_ipv4(&r, &hint))
        return false;
    hint.mtu_bytes = mtu;
    *ret_hint = hint;
    return true;
}

bool icmp_hint_parse_ipv6(struct bytes message, struct icmp_hint *ret_hint)
{
    struct icmp_hint hint = {0};
    struct reader r = reader_of(message);
    uint8_t type;

    if (reader_u8(&r, &type) || type != PACKET_TOO_BIG || reader_skip(&r, 3) || reader_u32(&r, &hint.mtu_bytes) ||
        !read_quoted_ipv6(&r, &hint))
        return false;
    *ret_hint = hint;
    return true;
}
