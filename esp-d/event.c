#include "esp-d/event.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

static_assert((ESP_EVENTS_MAX & (ESP_EVENTS_MAX - 1)) == 0, "indices wrap");

int event_queue_init(struct event_queue *queue)
{
    atomic_init(&queue->head, 0);
    atomic_init(&queue->tail, 0);
    queue->ring = calloc(ESP_EVENTS_MAX, sizeof(*queue->ring));
    return queue->ring ? 0 : -ENOMEM;
}

void event_queue_done(struct event_queue *queue)
{
    free(queue->ring);
    queue->ring = NULL;
}

bool event_put(struct event_queue *queue, const struct event *event)
{
    uint32_t head = atomic_load_explicit(&queue->head, memory_order_relaxed);

    if (head - atomic_load_explicit(&queue->tail, memory_order_acquire) >= ESP_EVENTS_MAX)
        return false;
    queue->ring[head % ESP_EVENTS_MAX] = *event;
    atomic_store_explicit(&queue->head, head + 1, memory_order_release);
    return true;
}

bool event_take(struct event_queue *queue, struct event *ret_event)
{
    uint32_t tail = atomic_load_explicit(&queue->tail, memory_order_relaxed);

    if (tail == atomic_load_explicit(&queue->head, memory_order_acquire))
        return false;
    *ret_event = queue->ring[tail % ESP_EVENTS_MAX];
    atomic_store_explicit(&queue->tail, tail + 1, memory_order_release);
    return true;
}
