// A packet against a pair of selectors: what the packet path decides must be what lib/net's plain matching says.
#include "esp-d/filter.h"
#include "lib/core/reader.h"
#include "lib/ipc/edge_message.h"
#include "tests/unit/esp-d/world.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// Family byte, protocol, ports, two addresses, by way of the edge's message and its checks.
static bool read_selector(struct reader *r, struct selector *ret_selector)
{
    Bulkhead__Internal__V1__Selector m = BULKHEAD__INTERNAL__V1__SELECTOR__INIT;
    struct bytes start, end;
    uint16_t low, high;
    uint8_t n, protocol;

    if (reader_u8(r, &n) || reader_u8(r, &protocol) || reader_u16(r, &low) || reader_u16(r, &high) ||
        reader_bytes(r, n % 18, &start) || reader_bytes(r, n % 18, &end))
        return false;
    m.protocol = protocol;
    m.start_port = low;
    m.end_port = high;
    m.start_ip = (ProtobufCBinaryData){start.n, (uint8_t *)(uintptr_t)start.p};
    m.end_ip = (ProtobufCBinaryData){end.n, (uint8_t *)(uintptr_t)end.p};
    return !edge_message_selector(&m, ret_selector);
}

static bool is_opaque(const struct selector *s)
{
    return s->start_port == 65535 && s->end_port == 0;
}

static void compare(const struct selector *local, const struct selector *remote, const struct flow *flow)
{
    struct filter l = filter_of(local), r = filter_of(remote);
    struct address source = address_of_key(flow->source, flow->family);
    struct address destination = address_of_key(flow->destination, flow->family);
    bool fast = filter_matches(&l, &r, flow, FILTER_OUTBOUND);
    bool plain = selector_matches(local, &source, flow->protocol, flow->source_port) &&
                 selector_matches(remote, &destination, flow->protocol, flow->destination_port);

    // Hidden ports and OPAQUE are the packet path's own matter.
    if (!flow->opaque && !is_opaque(local) && !is_opaque(remote) && fast != plain)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reader r = reader_of(bytes_of(data, size));
    struct selector local, remote;
    struct bytes packet;
    struct flow flow;

    if (!read_selector(&r, &local) || !read_selector(&r, &remote))
        return 0;
    packet = reader_rest(&r);
    if (flow_parse(packet, &flow))
        return 0;
    if (flow.header_bytes > flow.total_bytes || flow.total_bytes > packet.n)
        abort();
    compare(&local, &remote, &flow);
    return 0;
}
