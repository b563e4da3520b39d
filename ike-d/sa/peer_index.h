// Which tunnels a peer may mean, found without looking at all of them: by the address that it calls from, and by its
// identity. Tunnels that take a peer from a prefix or from anywhere, or identities by a pattern, are in short lists of
// their own. Made anew with each configuration.
#ifndef BULKHEAD_IKE_SA_PEER_INDEX_H
#define BULKHEAD_IKE_SA_PEER_INDEX_H

#include "lib/core/hmap.h"
#include "lib/net/identity.h"

struct tunnel;

// Tunnels, in configured order.
struct tunnel_ref {
    struct tunnel_ref *next;
    struct tunnel *tunnel;
};

struct peer_index {
    struct hmap *by_address;  // of a host: the first tunnel_ref
    struct hmap *by_identity; // of the peer, where it is one and known
    struct tunnel_ref *wide;  // those with prefixes or from anywhere
    struct tunnel_ref *open;  // those whose peer's identity is a pattern, or the address that it calls from
    struct tunnel_ref *refs;  // all that was allocated
    size_t refs_n;
};

// Of the list that begins with `tunnels`. -ENOMEM: the index is then empty.
int peer_index_build(struct peer_index *index, struct tunnel *tunnels);
void peer_index_done(struct peer_index *index);

// The tunnels that name this address; then those of index->wide may fit.
const struct tunnel_ref *peer_index_find_address(const struct peer_index *index, const struct address *remote);
// Tunnels that name this identity, perhaps with some of similar ones; then those of index->open may fit.
const struct tunnel_ref *peer_index_find_identity(const struct peer_index *index, const struct identity *remote);

// A key for tables by identity, the same for those that identity_equal takes for equal. Returns its length; long
// identities are cut.
#define PEER_INDEX_KEY_BYTES 64
size_t peer_index_key(const struct identity *id, uint8_t ret_key[PEER_INDEX_KEY_BYTES]);

#endif
