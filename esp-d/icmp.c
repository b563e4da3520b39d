#include "esp-d/icmp.h"

#include <arpa/inet.h>
#include <string.h>

#include "esp-d/checksum.h"

#define ICMP4_QUOTE_MAX 548u // RFC 1812 4.3.2.3: the whole answer within 576
#define ICMP6_QUOTE_MAX (ICMP_ERROR_BYTES_MAX - 48u)

// Type, code, and the second word of the header.
struct message {
    uint8_t type;
    uint8_t code;
    uint32_t rest;
};

static bool may_answer(const struct flow *flow)
{
    struct address source = address_of_key(flow->source, flow->family);
    struct address destination = address_of_key(flow->destination, flow->family);
    uint8_t type = (uint8_t)(flow->source_port >> 8);

    if (flow->later_fragment || address_is_multicast(&source) || address_is_any(&source) ||
        address_is_multicast(&destination))
        return false;
    if (flow->protocol == IPPROTO_ICMPV6)
        return type >= 128;
    // RFC 792: queries and answers; everything else is an error.
    return flow->protocol != IPPROTO_ICMP || type == 0 || type == 8 || type == 13 || type == 14;
}

static void store_u16(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

static void store_u32(uint8_t *p, uint32_t v)
{
    store_u16(p, v >> 16);
    store_u16(p + 2, v);
}

static uint32_t build_ipv4(const struct message *message, const uint8_t *packet, uint32_t quote, uint8_t *out)
{
    uint32_t total = 28 + quote;

    memset(out, 0, 28);
    out[0] = 0x45;
    store_u16(out + 2, total);
    out[8] = 64;
    out[9] = IPPROTO_ICMP;
    memcpy(out + 12, packet + 16, 4);
    memcpy(out + 16, packet + 12, 4);
    checksum_store(out + 10, checksum_fold(checksum_sum(out, 20)));
    out[20] = message->type;
    out[21] = message->code;
    store_u32(out + 24, message->rest);
    memcpy(out + 28, packet, quote);
    checksum_store(out + 22, checksum_fold(checksum_sum(out + 20, total - 20)));
    return total;
}

static uint32_t build_ipv6(const struct message *message, const uint8_t *packet, uint32_t quote, uint8_t *out)
{
    uint32_t upper = 8 + quote;
    uint64_t sum;

    memset(out, 0, 48);
    out[0] = 0x60;
    store_u16(out + 4, upper);
    out[6] = IPPROTO_ICMPV6;
    out[7] = 64;
    memcpy(out + 8, packet + 24, 16);
    memcpy(out + 24, packet + 8, 16);
    out[40] = message->type;
    out[41] = message->code;
    store_u32(out + 44, message->rest);
    memcpy(out + 48, packet, quote);
    sum = checksum_sum(out + 8, 32) + checksum_pseudo(IPPROTO_ICMPV6, upper) + checksum_sum(out + 40, upper);
    checksum_store(out + 42, checksum_fold(sum));
    return 40 + upper;
}

static uint32_t build(const struct message *message, struct bytes packet, const struct flow *flow, uint8_t *out)
{
    uint32_t max = flow->family == 4 ? ICMP4_QUOTE_MAX : ICMP6_QUOTE_MAX;
    uint32_t quote = flow->total_bytes < max ? flow->total_bytes : max;

    if (!may_answer(flow) || packet.n < quote)
        return 0;
    return flow->family == 4 ? build_ipv4(message, packet.p, quote, out) : build_ipv6(message, packet.p, quote, out);
}

uint32_t icmp_build_prohibited(struct bytes packet, const struct flow *flow, uint8_t out[ICMP_ERROR_BYTES_MAX])
{
    // Destination unreachable: communication administratively prohibited.
    static const struct message ipv4 = {.type = 3, .code = 13}, ipv6 = {.type = 1, .code = 1};

    return build(flow->family == 4 ? &ipv4 : &ipv6, packet, flow, out);
}

uint32_t icmp_build_too_big(struct bytes packet, const struct flow *flow, uint32_t mtu_bytes,
                            uint8_t out[ICMP_ERROR_BYTES_MAX])
{
    // Destination unreachable: fragmentation needed; packet too big.
    const struct message ipv4 = {.type = 3, .code = 4, .rest = mtu_bytes & 0xffff},
                         ipv6 = {.type = 2, .rest = mtu_bytes};

    return build(flow->family == 4 ? &ipv4 : &ipv6, packet, flow, out);
}
