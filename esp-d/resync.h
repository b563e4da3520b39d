// Finding the high half of extended sequence numbers again (RFC 4303 A3), after more than 2^32 packets in a row were
// lost: from then on each packet's half is guessed wrong, and none proves authentic. After many such failures in a row
// one packet is kept while it is opened, and tried with the halves that come next; one that proves authentic moves the
// window there. What a stranger can cause by this is a few more tries in so many packets of his. Thread: its worker.
#ifndef BULKHEAD_ESP_RESYNC_H
#define BULKHEAD_ESP_RESYNC_H

#include "esp-d/child.h"
#include "esp-d/crypt.h"

#define RESYNC_PACKET_BYTES 2048u // larger ones are not tried

struct resync {
    const uint8_t *packet; // of this burst; NULL: none is kept
    uint8_t copy[RESYNC_PACKET_BYTES];
};

// A packet of the child is about to be opened.
void resync_keep(struct resync *resync, const struct child *child, const uint8_t *packet, uint32_t bytes);
// It did not prove authentic with *sequence. True: it does with another one, which replaces it, and the packet is
// decrypted.
bool resync_try(struct resync *resync, struct crypt *crypt, struct child *child, const struct cipher_op *op,
                uint64_t *sequence);
// Another packet proved authentic.
static inline void resync_rest(struct child *child)
{
    if (atomic_load_explicit(&child->esn_failures, memory_order_relaxed))
        atomic_store_explicit(&child->esn_failures, 0, memory_order_relaxed);
}

#endif
