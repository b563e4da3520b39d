// Answers to strangers, limited by the network that they seem to come from (IPv4 /24, IPv6 /48), in fixed memory:
// networks share buckets by a secret hash. A flood with forged sources then makes us send little to whom it names, and
// leaves the time for others.
#ifndef BULKHEAD_IKE_SA_SOURCE_LIMIT_H
#define BULKHEAD_IKE_SA_SOURCE_LIMIT_H

#include "lib/core/ratelimit.h"
#include "lib/crypto/random.h"
#include "lib/net/address.h"

#define SOURCE_LIMIT_BUCKETS 1024

struct source_limit {
    uint64_t seed[2];
    struct ratelimit bucket[SOURCE_LIMIT_BUCKETS];
};

// -EIO without entropy.
int source_limit_init(struct source_limit *limit, const struct random_source *random, uint64_t now_ms);
// Takes one token of that network; false when there is none.
bool source_limit_take(struct source_limit *limit, const struct address *from, uint64_t now_ms);

#endif
