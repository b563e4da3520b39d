// Established IKE SAs by the identities of both ends, so that a second one between the same two is noticed without
// looking at all tunnels (RFC 7296 2.4).
#ifndef BULKHEAD_IKE_SA_IDENTITY_PAIRS_H
#define BULKHEAD_IKE_SA_IDENTITY_PAIRS_H

#include "lib/core/hmap.h"
#include "lib/net/identity.h"

struct ike_sa;

// Adds an SA; without memory it is not found later, which is logged.
void identity_pairs_add(struct hmap *pairs, struct ike_sa *sa);
// Harmless when it is not there.
void identity_pairs_remove(struct hmap *pairs, struct ike_sa *sa);
// The first established SA of a tunnel between these two, the last one made first; the next one after `sa`. NULL: no
// more.
struct ike_sa *identity_pairs_find(const struct hmap *pairs, const struct identity *local,
                                   const struct identity *remote);
struct ike_sa *identity_pairs_next(const struct ike_sa *sa);
// Are both between the same two?
bool identity_pairs_are_equal(const struct ike_sa *a, const struct ike_sa *b);

#endif
