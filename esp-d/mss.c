#include "esp-d/mss.h"

#include <netinet/in.h>

#define TCP_HEADER_BYTES 20u
#define TCP_SYN          0x02u
#define OPTION_END       0u
#define OPTION_NOP       1u
#define OPTION_MSS       2u
#define OPTION_MSS_BYTES 4u
#define MSS_MIN          48u // below it a peer could be made to send headers alone

static uint32_t load_u16(const uint8_t *p)
{
    return (uint32_t)(p[0] << 8 | p[1]);
}

static void store_u16(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

bool mss_is_named(const uint8_t *packet, const struct flow *flow)
{
    return flow->protocol == IPPROTO_TCP && !flow->later_fragment &&
           flow->total_bytes >= flow->header_bytes + TCP_HEADER_BYTES && packet[flow->header_bytes + 13] & TCP_SYN;
}

// The value within the options; NULL: it is not there.
static uint8_t *find_option(uint8_t *tcp, uint32_t bytes)
{
    uint32_t end = (uint32_t)(tcp[12] >> 4) * 4, at = TCP_HEADER_BYTES;

    if (end > bytes)
        return NULL;
    while (at < end && tcp[at] != OPTION_END) {
        uint32_t n = tcp[at] == OPTION_NOP ? 1 : at + 1 < end ? tcp[at + 1] : 0;

        if (!n || (tcp[at] != OPTION_NOP && n < 2) || at + n > end)
            return NULL;
        if (tcp[at] == OPTION_MSS && n == OPTION_MSS_BYTES)
            return tcp + at + 2;
        at += n;
    }
    return NULL;
}

// RFC 1624, equation 3, for bytes that may begin at an odd place: then both count with their bytes exchanged.
static void mend_checksum(uint8_t *tcp, uint32_t at, uint32_t before, uint32_t after)
{
    uint32_t sum = ~load_u16(tcp + 16) & 0xffff;

    if (at & 1) {
        before = (before >> 8 | before << 8) & 0xffff;
        after = (after >> 8 | after << 8) & 0xffff;
    }
    sum += (~before & 0xffff) + after;
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    store_u16(tcp + 16, ~sum & 0xffff);
}

void mss_lower(uint8_t *packet, const struct flow *flow, uint32_t packet_bytes)
{
    uint32_t headers = flow->header_bytes + TCP_HEADER_BYTES;
    uint32_t wanted = packet_bytes > headers + MSS_MIN ? packet_bytes - headers : MSS_MIN;
    uint8_t *tcp = packet + flow->header_bytes;
    uint8_t *mss = find_option(tcp, flow->total_bytes - flow->header_bytes);
    uint32_t now;

    if (!mss)
        return;
    now = load_u16(mss);
    if (now <= wanted)
        return;
    store_u16(mss, wanted);
    mend_checksum(tcp, (uint32_t)(mss - tcp), now, wanted);
}
