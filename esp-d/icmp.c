#include "esp-d/icmp.h"

#include <arpa/inet.h>
#include <string.h>

#include "esp-d/checksum.h"

#define ICMP4_QUOTE_MAX 548u // RFC 1812 4.3.2.3: the whole answer within 576
#define ICMP6_QUOTE_MAX (ICMP_ERROR_BYTES_MAX - 48u)

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

static uint32_t build_ipv4(const uint8_t *packet, uint32_t quote, uint8_t *out)
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
    out[20] = 3;  // destination unreachable
    out[21] = 13; // communication administratively prohibited
    memcpy(out + 28, packet, quote);
    checksum_store(out + 22, checksum_fold(checksum_sum(out + 20, total - 20)));
    return total;
}

static uint32_t build_ipv6(const uint8_t *packet, uint32_t quote, uint8_t *out)
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
    out[40] = 1; // destination unreachable
    out[41] = 1; // communication with destination administratively prohibited
    memcpy(out + 48, packet, quote);
    sum = checksum_sum(out + 8, 32) + checksum_pseudo(IPPROTO_ICMPV6, upper) + checksum_sum(out + 40, upper);
    checksum_store(out + 42, checksum_fold(sum));
    return 40 + upper;
}

uint32_t icmp_build_prohibited(struct bytes packet, const struct flow *flow, uint8_t out[ICMP_ERROR_BYTES_MAX])
{
    uint32_t max = flow->family == 4 ? ICMP4_QUOTE_MAX : ICMP6_QUOTE_MAX;
    uint32_t quote = flow->total_bytes < max ? flow->total_bytes : max;

    if (!may_answer(flow) || packet.n < quote)
        return 0;
    return flow->family == 4 ? build_ipv4(packet.p, quote, out) : build_ipv6(packet.p, quote, out);
}
