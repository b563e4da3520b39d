// What api-d says may be fetched, and which authorities are served: the whole of one generation at a time.
#ifndef BULKHEAD_API_COURIER_CONFIGURED_H
#define BULKHEAD_API_COURIER_CONFIGURED_H

#include "bulkhead/internal/v1/courier.pb-c.h"
#include "lib/core/bytes.h"

struct configured_set {
    char **texts; // sorted
    size_t n;
};

struct configured_generation {
    uint64_t number;
    struct configured_set urls, own_network_urls, authorities;
};

struct configured {
    bool is_known; // a whole generation was there
    struct configured_generation now, next;
};

// One page. -EINVAL: a URL that can't be fetched, or a name that is none; -ESTALE: not the generation that has begun;
// -E2BIG; -ENOMEM. What went before stays in force then.
int configured_take(struct configured *configured, const Bulkhead__Internal__V1__CourierConfigureRequest *page);
bool configured_has(const struct configured_set *set, const char *text);
void configured_done(struct configured *configured);

#endif
