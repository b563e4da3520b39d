#include "esp-d/resync.h"

#include <string.h>

void resync_keep(struct resync *r, const struct child *child, const uint8_t *packet, uint32_t bytes)
{
    if (r->packet || !child->suite.esn || bytes > sizeof(r->copy) ||
        atomic_load_explicit(&child->esn_failures, memory_order_relaxed) < ESP_RESYNC_FAILURES)
        return;
    memcpy(r->copy, packet, bytes);
    r->packet = packet;
}

bool resync_try(struct resync *r, struct crypt *crypt, struct child *child, const struct cipher_op *op,
                uint64_t *sequence)
{
    struct cipher_op again = *op;

    if (!child->suite.esn)
        return false;
    if (r->packet != op->packet) {
        atomic_fetch_add_explicit(&child->esn_failures, 1, memory_order_relaxed);
        return false;
    }
    atomic_store_explicit(&child->esn_failures, 0, memory_order_relaxed);
    for (unsigned i = 0; i < ESP_RESYNC_TRIES && again.sequence_high < UINT32_MAX; i++) {
        again.sequence_high++;
        memcpy(again.packet, r->copy, again.bytes);
        crypt_open(crypt, &again, 1);
        if (again.ok) {
            *sequence = (uint64_t)again.sequence_high << 32 | (uint32_t)*sequence;
            return true;
        }
    }
    return false;
}
