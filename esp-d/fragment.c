#include "esp-d/fragment.h"

#include "esp-d/esp_limits.h"

static unsigned slot_of(const struct flow *f)
{
    uint64_t h = (uint64_t)f->source ^ (uint64_t)(f->source >> 64);

    h = (h ^ (h >> 29)) * 0x9e3779b97f4a7c15u;
    h ^= (uint64_t)f->destination ^ (uint64_t)(f->destination >> 64) ^ f->fragment_id;
    h = (h ^ (h >> 29)) * 0x9e3779b97f4a7c15u;
    return (unsigned)(h >> 40) & (FRAGMENT_DATAGRAMS - 1);
}

void fragment_remember(struct fragment_memory *memory, const struct flow *first, uint64_t now_ms)
{
    if (first->fragment && !first->later_fragment)
        memory->slot[slot_of(first)] = (struct fragment_first){*first, now_ms + ESP_FRAGMENT_MS};
}

// RFC 791 3.2, RFC 8200 4.5: what names a datagram. IPv6's later fragments may name an extension header as protocol.
static bool is_of_one_datagram(const struct flow *first, const struct flow *later)
{
    return first->family == later->family && first->fragment_id == later->fragment_id &&
           first->source == later->source && first->destination == later->destination &&
           (first->family == 6 || first->protocol == later->protocol);
}

void fragment_resolve(const struct fragment_memory *memory, struct flow *flow, uint64_t now_ms)
{
    const struct fragment_first *first;

    if (!flow->later_fragment)
        return;
    first = &memory->slot[slot_of(flow)];
    if (first->until_ms <= now_ms || !is_of_one_datagram(&first->flow, flow))
        return;
    flow->protocol = first->flow.protocol;
    flow->source_port = first->flow.source_port;
    flow->destination_port = first->flow.destination_port;
    flow->opaque = false;
}
