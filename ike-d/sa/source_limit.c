#include "ike-d/sa/source_limit.h"

#include <string.h>

#include "ike-d/sa/ike_limits.h"

int source_limit_init(struct source_limit *limit, const struct random_source *random, uint64_t now_ms)
{
    for (unsigned i = 0; i < SOURCE_LIMIT_BUCKETS; i++) {
        ratelimit_init(&limit->bucket[i], IKE_COOKIE_ANSWERS_PER_S, IKE_COOKIE_ANSWERS_BURST, now_ms);
    }
    int error = random_fill(random, limit->seed, sizeof(limit->seed));
    limit->seed[0] |= 1; // odd, so that multiplying loses nothing
    return error;
}

static struct ratelimit *bucket_of(struct source_limit *limit, const struct address *from)
{
    uint64_t prefix = 0;
    memcpy(&prefix, from->b, from->family == 4 ? 3 : 6);
    uint64_t mixed = (prefix ^ limit->seed[1]) * limit->seed[0];
    mixed ^= mixed >> 32;
    mixed *= limit->seed[0];
    return &limit->bucket[(mixed >> 40) % SOURCE_LIMIT_BUCKETS];
}

bool source_limit_take(struct source_limit *limit, const struct address *from, uint64_t now_ms)
{
    return ratelimit_take(bucket_of(limit, from), now_ms);
}
