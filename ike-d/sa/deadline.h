// Timers of the pure core: a binary heap of points in time. The heap knows no clock; whoever runs the core asks for the
// next deadline and runs what is due. One thread.
#ifndef BULKHEAD_IKE_SA_DEADLINE_H
#define BULKHEAD_IKE_SA_DEADLINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct deadline {
    uint64_t at_ms; // monotonic
    size_t place;   // in the heap, from 1; 0: not set
    void (*fire)(void *arg);
    void *arg;
};

struct deadline_heap {
    struct deadline **slot; // slot[0] is unused
    size_t n;
    size_t capacity;
    size_t registered;
};

void deadline_heap_init(struct deadline_heap *heap);
// All deadlines must be done before.
void deadline_heap_done(struct deadline_heap *heap);

// Registers a deadline, so that setting it later can't fail. -ENOMEM.
int deadline_init(struct deadline_heap *heap, struct deadline *deadline, void (*fire)(void *arg), void *arg);
// Clears and unregisters; harmless on one that is all zero.
void deadline_done(struct deadline_heap *heap, struct deadline *deadline);
// Sets or moves it. It fires once.
void deadline_set(struct deadline_heap *heap, struct deadline *deadline, uint64_t at_ms);
void deadline_clear(struct deadline_heap *heap, struct deadline *deadline);
static inline bool deadline_is_set(const struct deadline *deadline)
{
    return deadline->place != 0;
}
// UINT64_MAX when none is set.
uint64_t deadline_heap_next(const struct deadline_heap *heap);
// Fires what is due at now_ms, in order of time; a callback may set, clear or unregister any.
void deadline_heap_run(struct deadline_heap *heap, uint64_t now_ms);

#endif
