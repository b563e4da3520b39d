// Where SAs send to: outer addresses, counted by their hash. Tells IKE datagrams of peers from those of strangers, so
// that a flood of the latter does not use up what the former may send; now and then a stranger passes for a peer.
// Thread: main changes it, any asks.
#ifndef BULKHEAD_ESP_PEERS_H
#define BULKHEAD_ESP_PEERS_H

#include <stdatomic.h>

#include "lib/net/address.h"

#define PEERS_SLOTS 8192u // a power of two

struct peers {
    uint64_t factor[4]; // random, so that nobody can look for addresses that meet a peer's slot
    _Atomic uint32_t sas[PEERS_SLOTS];
};

int peers_init(struct peers *peers); // -EIO: no randomness
void peers_add(struct peers *peers, const struct address *remote);
void peers_remove(struct peers *peers, const struct address *remote);
bool peers_has(const struct peers *peers, const struct address *remote);

#endif
