#include "esp-d/spd_cache.h"

// So many are walked faster than remembered.
#define WALK_MAX 8u

// Whoever picks flows of one slot makes their packets walk the list, as they would without a cache.
static unsigned slot_of(const struct flow *f)
{
    uint64_t h = (uint64_t)f->source ^ (uint64_t)(f->source >> 64);

    h = (h ^ (h >> 29)) * 0x9e3779b97f4a7c15u;
    h ^= (uint64_t)f->destination ^ (uint64_t)(f->destination >> 64);
    h = (h ^ (h >> 29)) * 0x9e3779b97f4a7c15u;
    h ^= (uint64_t)f->source_port << 32 | (uint64_t)f->destination_port << 16 | f->protocol;
    h = (h ^ (h >> 29)) * 0x9e3779b97f4a7c15u;
    return (unsigned)(h >> 40) & (SPD_CACHE_FLOWS - 1);
}

struct policy *spd_cache_find(struct spd_cache *cache, const struct spd *spd, const struct flow *flow,
                              enum filter_direction direction)
{
    struct spd_cache_entry *e;

    if (!spd || spd->n <= WALK_MAX)
        return spd_find(spd, flow, direction);
    e = &cache->entry[slot_of(flow)];
    if (e->serial != spd->serial || !flow_is_alike(&e->flow, flow))
        *e = (struct spd_cache_entry){*flow, spd->serial, spd_find(spd, flow, direction)};
    return e->policy;
}
