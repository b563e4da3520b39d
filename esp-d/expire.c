#include "esp-d/expire.h"

void expire_tell(struct child *child, const struct lifetime_end *end, expire_fn *tell, void *arg)
{
    atomic_bool *told = end->hard ? &child->told_hard : &child->told_soft;

    if (end->hard && end->reason != LIFETIME_SEQUENCE) {
        atomic_store_explicit(&child->in.ended, true, memory_order_relaxed);
        atomic_store_explicit(&child->out.ended, true, memory_order_relaxed);
    }
    // One worker tells.
    if (!atomic_load_explicit(told, memory_order_relaxed) &&
        !atomic_exchange_explicit(told, true, memory_order_relaxed) && !tell(arg, child, end))
        atomic_store_explicit(told, false, memory_order_relaxed);
}

void expire_check(struct child *child, enum cipher_direction direction, bool refused, expire_fn *tell, void *arg)
{
    const _Atomic uint64_t *bytes = direction == CIPHER_SEAL ? &child->out.bytes : &child->in.bytes;
    const _Atomic uint64_t *packets = direction == CIPHER_SEAL ? &child->out.packets : &child->in.packets;
    struct lifetime_end end = {LIFETIME_BYTES, true};

    // A packet that is refused before its limit is reached was too large for the bytes that are left.
    if (lifetime_ends(&child->lifetime, atomic_load_explicit(bytes, memory_order_relaxed),
                      atomic_load_explicit(packets, memory_order_relaxed), &end)) {
        end.hard = end.hard || refused;
        expire_tell(child, &end, tell, arg);
    } else if (refused) {
        expire_tell(child, &end, tell, arg);
    }
}
