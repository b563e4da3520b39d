#include "ike-d/sa/lifetime.h"

#include "ike-d/sa/ike_core.h"

uint64_t lifetime_soft(uint64_t limit, uint32_t jitter_percent, const struct ike_core *core)
{
    // in thousandths, so that it also holds for limits beyond 32 bits
    uint64_t earlier = limit / 1000 * ike_core_random_below(core, jitter_percent * 10 + 1);
    return limit > earlier ? limit - earlier : limit;
}

uint64_t lifetime_hard(uint64_t limit)
{
    return limit <= UINT64_MAX - limit / 4 - 1 && limit ? limit + limit / 4 + 1 : limit;
}

struct lifetime_end lifetime_begin(const struct lifetime *lifetime, const struct ike_core *core)
{
    uint64_t now_ms = ike_core_now_ms(core);
    struct lifetime_end end = {0};
    if (lifetime->rekey_ms) {
        end.soft_ms = now_ms + lifetime_soft(lifetime->rekey_ms, lifetime->jitter_percent, core);
    }
    if (lifetime->hard_ms) {
        end.hard_ms = now_ms + lifetime->hard_ms;
    }
    return end;
}
