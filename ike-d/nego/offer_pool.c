#include "ike-d/nego/offer_pool.h"

#include <stdlib.h>

#include "lib/core/writer.h"
#include "lib/crypto/digest.h"

#define TRANSFORM_BYTES 6
#define PROPOSAL_BYTES  4

static void put_proposal(struct writer *w, const struct proposal *p)
{
    writer_u8(w, p->number);
    writer_u8(w, p->protocol);
    writer_u16(w, p->n);
    for (unsigned i = 0; i < p->n; i++) {
        writer_u8(w, p->transform[i].type);
        writer_u16(w, p->transform[i].id);
        writer_u16(w, p->transform[i].key_bits);
        writer_u8(w, p->transform[i].unknown_attribute);
    }
}

static bool name(const struct offer *offer, uint8_t ret_digest[DIGEST_BYTES])
{
    size_t n = 0;
    for (unsigned i = 0; i < offer->n; i++) {
        n += PROPOSAL_BYTES + offer->proposal[i].n * (size_t)TRANSFORM_BYTES;
    }
    uint8_t *buffer = malloc(n ? n : 1);
    struct writer w = writer_of(buffer, buffer ? n : 0);
    for (unsigned i = 0; i < offer->n; i++) {
        put_proposal(&w, &offer->proposal[i]);
    }
    struct bytes content = writer_view(&w);
    bool ok = writer_ok(&w) && digest_of(&content, 1, ret_digest) == 0;
    free(buffer);
    return ok;
}

void offer_pool_share(struct offer_pool *pool, struct offer **offer)
{
    uint8_t digest[DIGEST_BYTES] = {0};
    struct bytes key = bytes_of(digest, sizeof(digest));
    if (!pool->by_digest) {
        pool->by_digest = hmap_new();
    }
    if (!pool->by_digest || !name(*offer, digest)) {
        return;
    }
    struct offer *known = hmap_find(pool->by_digest, key);
    if (known) {
        offer_free(*offer);
        *offer = offer_ref(known);
    } else if (hmap_put(pool->by_digest, key, *offer) == 0) {
        (void)offer_ref(*offer);
    }
}

void offer_pool_sweep(struct offer_pool *pool)
{
    size_t cursor = 0;
    struct offer *offer;
    while (pool->by_digest && (offer = hmap_next(pool->by_digest, &cursor))) {
        uint8_t digest[DIGEST_BYTES];
        if (offer->refs == 1 && name(offer, digest)) {
            offer_free(hmap_remove(pool->by_digest, bytes_of(digest, sizeof(digest))));
        }
    }
}

void offer_pool_done(struct offer_pool *pool)
{
    size_t cursor = 0;
    struct offer *offer;
    while (pool->by_digest && (offer = hmap_next(pool->by_digest, &cursor))) {
        offer_free(offer);
    }
    hmap_free(pool->by_digest);
    *pool = (struct offer_pool){0};
}
