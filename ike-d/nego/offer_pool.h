// Equal offers of many tunnels are one: an offer takes kilobytes, and most tunnels have the same ones, or the defaults.
#ifndef BULKHEAD_IKE_NEGO_OFFER_POOL_H
#define BULKHEAD_IKE_NEGO_OFFER_POOL_H

#include "ike-d/nego/offer.h"
#include "lib/core/hmap.h"

// All zero is an empty pool.
struct offer_pool {
    struct hmap *by_digest;
};

// Puts the pool's equal offer into *offer's place, or takes *offer in; without memory it stays as it is.
void offer_pool_share(struct offer_pool *pool, struct offer **offer);
// Frees those that nobody else holds any more.
void offer_pool_sweep(struct offer_pool *pool);
// Offers that are still held elsewhere live on.
void offer_pool_done(struct offer_pool *pool);

#endif
