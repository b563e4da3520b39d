// A burst of TCP segments and UDP datagrams, described by eight bytes each, is merged and cut again: each flow's
// packets must come out as they went in, in their order.
#include "lib/core/reader.h"
#include "tests/unit/esp-d/cutter.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FLOWS 16u

static struct coalesce coalesce;
static struct cutter cutter;
static struct open_packet packet[ESP_BURST_PKTS];
static uint8_t room[ESP_BURST_PKTS][CUTTER_PACKET_MAX], original[ESP_BURST_PKTS][CUTTER_PACKET_MAX];

// Flow, size, flags, identification, a byte to flip behind the checksum, and one in front of it.
static bool build(struct reader *r, uint32_t sequence[FLOWS], unsigned i)
{
    uint8_t flow, flags, size, skip, at, flip, id, *p = room[i] + SEGMENT_VNET_BYTES;
    struct shape s = {0};
    size_t n;

    if (reader_u8(r, &flow) || reader_u8(r, &flags) || reader_u8(r, &size) || reader_u8(r, &skip) ||
        reader_u8(r, &at) || reader_u8(r, &flip) || reader_u8(r, &id) || reader_skip(r, 1))
        return false;
    s.family = flow & 1 ? 4 : 6;
    s.udp = flow & 8;
    s.port = flow % FLOWS;
    s.sequence = sequence[flow % FLOWS] + (skip > 250 ? 1 : 0);
    s.payload = size * 5u;
    s.flags = flags & 0x80 ? flags : 0x10;
    s.id = id;
    s.may_fragment = flow & 0x40;
    n = cutter_segment(p, &s);
    sequence[flow % FLOWS] = s.sequence + (uint32_t)s.payload;
    // Anything behind addresses and ports, so that it stays a whole packet of its flow.
    if (flow & 0x80)
        p[(s.family == 4 ? 20u : 40u) + 4 + at % 8] ^= flip;
    packet[i] = (struct open_packet){.inner = p, .flow = world_flow(p, n)};
    memcpy(original[i], p, n);
    return true;
}

// The next original of the same flow from *cursor on.
static unsigned find(unsigned n, unsigned *cursor, uint16_t port)
{
    while (*cursor < n && packet[*cursor].flow.source_port != port)
        (*cursor)++;
    return *cursor < n ? (*cursor)++ : n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reader r = reader_of(bytes_of(data, size));
    uint32_t sequence[FLOWS] = {0};
    unsigned cursor[FLOWS] = {0}, n = 0;

    while (n < ESP_BURST_PKTS && build(&r, sequence, n))
        n++;
    memset(&cutter, 0, offsetof(struct cutter, packet));
    coalesce.arg = &cutter;
    coalesce.write = cutter_write;
    coalesce_burst(&coalesce, packet, n);
    coalesce_flush(&coalesce);
    if (cutter.n != n || cutter.frames > n)
        abort();
    for (unsigned i = 0; i < n; i++) {
        uint16_t port = world_flow(cutter.packet[i], cutter.bytes[i]).source_port;
        unsigned k = find(n, &cursor[port % FLOWS], port);

        if (k == n || !cutter_is_same(cutter.packet[i], original[k], cutter.bytes[i]))
            abort();
    }
    return 0;
}
