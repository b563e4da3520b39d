// A token bucket.
#ifndef BULKHEAD_CORE_RATELIMIT_H
#define BULKHEAD_CORE_RATELIMIT_H

#include <stdbool.h>
#include <stdint.h>

struct ratelimit {
    uint32_t per_s;
    uint32_t burst;
    uint64_t tokens_milli; // thousandths of a token
    uint64_t last_ms;
};

// Starts full.
void ratelimit_init(struct ratelimit *limit, uint32_t per_s, uint32_t burst, uint64_t now_ms);
// Takes one token; false when there is none.
bool ratelimit_take(struct ratelimit *limit, uint64_t now_ms);

#endif
