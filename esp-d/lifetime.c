#include "esp-d/lifetime.h"

bool lifetime_is_limited(const struct lifetime *l)
{
    return l->soft_bytes || l->hard_bytes || l->soft_packets || l->hard_packets;
}

bool lifetime_has_room(const struct lifetime *l, uint64_t bytes, uint64_t packets)
{
    return (!l->hard_bytes || bytes <= l->hard_bytes) && (!l->hard_packets || packets <= l->hard_packets);
}

static bool is_reached(uint64_t limit, uint64_t value)
{
    return limit && value >= limit;
}

bool lifetime_ends(const struct lifetime *l, uint64_t bytes, uint64_t packets, struct lifetime_end *ret_end)
{
    if (is_reached(l->hard_bytes, bytes))
        *ret_end = (struct lifetime_end){LIFETIME_BYTES, true};
    else if (is_reached(l->hard_packets, packets))
        *ret_end = (struct lifetime_end){LIFETIME_PACKETS, true};
    else if (is_reached(l->soft_bytes, bytes))
        *ret_end = (struct lifetime_end){LIFETIME_BYTES, false};
    else if (is_reached(l->soft_packets, packets))
        *ret_end = (struct lifetime_end){LIFETIME_PACKETS, false};
    else
        return false;
    return true;
}
