// How many packets went at a time: the packet path is as fast as its batches are large. Thread: one writer, any reader.
#ifndef BULKHEAD_ESP_BATCH_COUNTER_H
#define BULKHEAD_ESP_BATCH_COUNTER_H

#include <stdatomic.h>
#include <stdint.h>

struct batch_counter {
    _Atomic uint64_t batches;
    _Atomic uint64_t packets;
};

static inline void batch_count(struct batch_counter *counter, uint64_t batches, uint64_t packets)
{
    uint64_t before = atomic_load_explicit(&counter->batches, memory_order_relaxed);

    atomic_store_explicit(&counter->batches, before + batches, memory_order_relaxed);
    before = atomic_load_explicit(&counter->packets, memory_order_relaxed);
    atomic_store_explicit(&counter->packets, before + packets, memory_order_relaxed);
}

#endif
