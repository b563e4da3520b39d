#include "ike-d/sa/deadline.h"

#include <errno.h>
#include <stdlib.h>

void deadline_heap_init(struct deadline_heap *heap)
{
    *heap = (struct deadline_heap){0};
}

void deadline_heap_done(struct deadline_heap *heap)
{
    free(heap->slot);
    *heap = (struct deadline_heap){0};
}

int deadline_init(struct deadline_heap *heap, struct deadline *deadline, void (*fire)(void *arg), void *arg)
{
    if (heap->registered + 2 > heap->capacity) {
        size_t capacity = heap->capacity ? heap->capacity * 2 : 32;
        struct deadline **slot = realloc(heap->slot, capacity * sizeof(*slot));
        if (!slot) {
            return -ENOMEM;
        }
        heap->slot = slot;
        heap->capacity = capacity;
    }
    heap->registered++;
    *deadline = (struct deadline){.fire = fire, .arg = arg};
    return 0;
}

void deadline_done(struct deadline_heap *heap, struct deadline *deadline)
{
    if (!deadline->fire) {
        return;
    }
    deadline_clear(heap, deadline);
    heap->registered--;
    *deadline = (struct deadline){0};
}

static void place(struct deadline_heap *heap, struct deadline *deadline, size_t at)
{
    heap->slot[at] = deadline;
    deadline->place = at;
}

static void sift_up(struct deadline_heap *heap, struct deadline *deadline, size_t at)
{
    while (at > 1 && heap->slot[at / 2]->at_ms > deadline->at_ms) {
        place(heap, heap->slot[at / 2], at);
        at /= 2;
    }
    place(heap, deadline, at);
}

static void sift_down(struct deadline_heap *heap, struct deadline *deadline, size_t at)
{
    while (2 * at <= heap->n) {
        size_t child = 2 * at;
        if (child < heap->n && heap->slot[child + 1]->at_ms < heap->slot[child]->at_ms) {
            child++;
        }
        if (heap->slot[child]->at_ms >= deadline->at_ms) {
            break;
        }
        place(heap, heap->slot[child], at);
        at = child;
    }
    place(heap, deadline, at);
}

void deadline_set(struct deadline_heap *heap, struct deadline *deadline, uint64_t at_ms)
{
    deadline_clear(heap, deadline);
    deadline->at_ms = at_ms;
    heap->n++;
    sift_up(heap, deadline, heap->n);
}

void deadline_clear(struct deadline_heap *heap, struct deadline *deadline)
{
    size_t at = deadline->place;
    if (at == 0) {
        return;
    }
    deadline->place = 0;
    struct deadline *last = heap->slot[heap->n--];
    if (last == deadline) {
        return;
    }
    if (at > 1 && heap->slot[at / 2]->at_ms > last->at_ms) {
        sift_up(heap, last, at);
    } else {
        sift_down(heap, last, at);
    }
}

uint64_t deadline_heap_next(const struct deadline_heap *heap)
{
    return heap->n ? heap->slot[1]->at_ms : UINT64_MAX;
}

void deadline_heap_run(struct deadline_heap *heap, uint64_t now_ms)
{
    while (heap->n && heap->slot[1]->at_ms <= now_ms) {
        struct deadline *due = heap->slot[1];
        deadline_clear(heap, due);
        due->fire(due->arg);
    }
}
