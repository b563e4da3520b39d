#include "lib/core/ratelimit.h"

void ratelimit_init(struct ratelimit *limit, uint32_t per_s, uint32_t burst, uint64_t now_ms)
{
    *limit = (struct ratelimit){
        .per_s = per_s,
        .burst = burst,
        .tokens_milli = (uint64_t)burst * 1000,
        .last_ms = now_ms,
    };
}

static void refill(struct ratelimit *limit, uint64_t now_ms)
{
    uint64_t full = (uint64_t)limit->burst * 1000;
    uint64_t elapsed_ms = now_ms > limit->last_ms ? now_ms - limit->last_ms : 0;
    uint64_t missing = full > limit->tokens_milli ? full - limit->tokens_milli : 0;

    limit->last_ms = now_ms > limit->last_ms ? now_ms : limit->last_ms;
    // one token a second is one thousandth a millisecond; divide, since the product may overflow after a long pause
    if (limit->per_s && elapsed_ms >= missing / limit->per_s + 1)
        limit->tokens_milli = full;
    else
        limit->tokens_milli += elapsed_ms * limit->per_s;
    if (limit->tokens_milli > full)
        limit->tokens_milli = full;
}

bool ratelimit_take(struct ratelimit *limit, uint64_t now_ms)
{
    refill(limit, now_ms);
    if (limit->tokens_milli < 1000)
        return false;
    limit->tokens_milli -= 1000;
    return true;
}
