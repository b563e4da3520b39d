#include "ike-d/sa/identity_pairs.h"

#include <string.h>

#include "ike-d/sa/ike_sa.h"
#include "ike-d/sa/peer_index.h"
#include "lib/core/log.h"

// Half of the key for each; similar long identities share one, and are told apart when they are looked at.
struct pair_key {
    uint8_t b[PEER_INDEX_KEY_BYTES];
};

static struct pair_key key_of(const struct identity *local, const struct identity *remote)
{
    const size_t half = PEER_INDEX_KEY_BYTES / 2;
    struct pair_key key = {0};
    uint8_t one[PEER_INDEX_KEY_BYTES];
    size_t n = peer_index_key(remote, one);
    memcpy(key.b, one, n < half ? n : half);
    n = peer_index_key(local, one);
    memcpy(key.b + half, one, n < half ? n : half);
    return key;
}

static struct pair_key key_of_sa(const struct ike_sa *sa)
{
    struct identity local = kept_identity_get(&sa->local_id);
    struct identity remote = kept_identity_get(&sa->remote_id);
    return key_of(&local, &remote);
}

static bool is_between(const struct ike_sa *sa, const struct identity *local, const struct identity *remote)
{
    return sa->tunnel && ike_sa_is_established(sa) && kept_identity_is(&sa->local_id, local) &&
           kept_identity_is(&sa->remote_id, remote);
}

void identity_pairs_add(struct hmap *pairs, struct ike_sa *sa)
{
    struct pair_key key = key_of_sa(sa);
    struct bytes view = bytes_of(key.b, sizeof(key.b));
    if (sa->paired) {
        return;
    }
    struct ike_sa *first = hmap_remove(pairs, view);
    int error = hmap_put(pairs, view, sa);
    if (error < 0) {
        log_error("ike_sa_not_paired", LOG_HEX64("spi_i", sa->spi_i), LOG_ERRNO(error));
        (void)hmap_put(pairs, view, first);
        return;
    }
    sa->paired = true;
    sa->pair_next = first;
    sa->pair_previous = NULL;
    if (first) {
        first->pair_previous = sa;
    }
}

void identity_pairs_remove(struct hmap *pairs, struct ike_sa *sa)
{
    if (!sa->paired) {
        return;
    }
    if (sa->pair_next) {
        sa->pair_next->pair_previous = sa->pair_previous;
    }
    if (sa->pair_previous) {
        sa->pair_previous->pair_next = sa->pair_next;
    } else {
        struct pair_key key = key_of_sa(sa);
        struct bytes view = bytes_of(key.b, sizeof(key.b));
        (void)hmap_remove(pairs, view);
        if (sa->pair_next) {
            (void)hmap_put(pairs, view, sa->pair_next); // in the place that has just become free
        }
    }
    sa->paired = false;
    sa->pair_next = NULL;
    sa->pair_previous = NULL;
}

static struct ike_sa *first_between(struct ike_sa *sa, const struct identity *local, const struct identity *remote)
{
    while (sa && !is_between(sa, local, remote)) {
        sa = sa->pair_next;
    }
    return sa;
}

struct ike_sa *identity_pairs_find(const struct hmap *pairs, const struct identity *local,
                                   const struct identity *remote)
{
    struct pair_key key = key_of(local, remote);
    return first_between(hmap_find(pairs, bytes_of(key.b, sizeof(key.b))), local, remote);
}

struct ike_sa *identity_pairs_next(const struct ike_sa *sa)
{
    struct identity local = kept_identity_get(&sa->local_id);
    struct identity remote = kept_identity_get(&sa->remote_id);
    return first_between(sa->pair_next, &local, &remote);
}

bool identity_pairs_are_equal(const struct ike_sa *a, const struct ike_sa *b)
{
    struct identity local = kept_identity_get(&b->local_id);
    struct identity remote = kept_identity_get(&b->remote_id);
    return kept_identity_is(&a->local_id, &local) && kept_identity_is(&a->remote_id, &remote);
}
