#include "esp-d/inner_fragment.h"

#include <errno.h>
#include <string.h>

#include "esp-d/checksum.h"

#define IPV4_HEADER_BYTES 20u
#define MORE_FRAGMENTS    0x2000u
#define OFFSET_MASK       0x1fffu
#define OPTION_END        0u
#define OPTION_NOP        1u
#define OPTION_COPIED     0x80u // RFC 791 3.1: it belongs into all fragments

static uint32_t load_u16(const uint8_t *p)
{
    return (uint32_t)(p[0] << 8 | p[1]);
}

static void store_u16(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

int inner_fragment_start(const uint8_t *packet, const struct flow *flow, uint32_t max_bytes,
                         struct inner_fragment *ret_fragment)
{
    if (flow->header_bytes + 8 > max_bytes)
        return -EMSGSIZE;
    *ret_fragment = (struct inner_fragment){.packet = packet,
                                            .header_bytes = flow->header_bytes,
                                            .payload_bytes = flow->total_bytes - flow->header_bytes,
                                            .max_bytes = max_bytes};
    return 0;
}

// The header of all fragments but the first: with the options alone that are marked so. Returns its bytes; `to` may be
// NULL.
static uint32_t later_header(const struct inner_fragment *f, uint8_t *to)
{
    const uint8_t *from = f->packet;
    uint32_t n = IPV4_HEADER_BYTES, at = IPV4_HEADER_BYTES;

    if (to)
        memcpy(to, from, IPV4_HEADER_BYTES);
    while (at < f->header_bytes && from[at] != OPTION_END) {
        uint32_t bytes = from[at] == OPTION_NOP ? 1 : at + 1 < f->header_bytes ? from[at + 1] : 0;

        if (!bytes || (from[at] != OPTION_NOP && bytes < 2) || at + bytes > f->header_bytes)
            break;
        if (from[at] & OPTION_COPIED) {
            if (to)
                memcpy(to + n, from + at, bytes);
            n += bytes;
        }
        at += bytes;
    }
    for (; n % 4; n++) {
        if (to)
            to[n] = OPTION_END;
    }
    return n;
}

static uint32_t next_header_bytes(const struct inner_fragment *f)
{
    return f->done_bytes ? later_header(f, NULL) : f->header_bytes;
}

// RFC 791 3.2: whole units of eight bytes, but for the last one.
static uint32_t next_payload_bytes(const struct inner_fragment *f)
{
    uint32_t left = f->payload_bytes - f->done_bytes, room = f->max_bytes - next_header_bytes(f);

    return left <= room ? left : room / 8 * 8;
}

uint32_t inner_fragment_next_bytes(const struct inner_fragment *f)
{
    return f->done_bytes == f->payload_bytes ? 0 : next_header_bytes(f) + next_payload_bytes(f);
}

void inner_fragment_copy_next(struct inner_fragment *f, uint8_t *to)
{
    uint32_t n = next_payload_bytes(f), header = next_header_bytes(f), field = load_u16(f->packet + 6);
    uint32_t offset = (field & OFFSET_MASK) + f->done_bytes / 8;
    bool more = field & MORE_FRAGMENTS || f->done_bytes + n < f->payload_bytes;

    if (f->done_bytes)
        later_header(f, to);
    else
        memcpy(to, f->packet, header);
    memcpy(to + header, f->packet + f->header_bytes + f->done_bytes, n);
    to[0] = (uint8_t)(0x40 | header / 4);
    store_u16(to + 2, header + n);
    store_u16(to + 6, (more ? MORE_FRAGMENTS : 0) | offset);
    memset(to + 10, 0, 2);
    checksum_store(to + 10, checksum_fold(checksum_sum(to, header)));
    f->done_bytes += n;
}
