#include "esp-d/peers.h"

#include <errno.h>
#include <openssl/rand.h>
#include <string.h>

int peers_init(struct peers *peers)
{
    memset(peers, 0, sizeof(*peers));
    return RAND_bytes((unsigned char *)peers->factor, sizeof(peers->factor)) == 1 ? 0 : -EIO;
}

// Multilinear: the sum of words of 32 bits, each times a factor of its own, has universal upper bits.
static unsigned slot_of(const struct peers *peers, const struct address *a)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < 4; i++) {
        uint32_t word;

        memcpy(&word, a->b + 4 * i, sizeof(word)); // IPv4: the rest is zero
        sum += (word + 1ull) * (peers->factor[i] | 1);
    }
    return (unsigned)(sum >> 32) & (PEERS_SLOTS - 1);
}

void peers_add(struct peers *peers, const struct address *remote)
{
    atomic_fetch_add_explicit(&peers->sas[slot_of(peers, remote)], 1, memory_order_relaxed);
}

void peers_remove(struct peers *peers, const struct address *remote)
{
    atomic_fetch_sub_explicit(&peers->sas[slot_of(peers, remote)], 1, memory_order_relaxed);
}

bool peers_has(const struct peers *peers, const struct address *remote)
{
    return atomic_load_explicit(&peers->sas[slot_of(peers, remote)], memory_order_relaxed) != 0;
}
