#include "lib/daemon/heap_return.h"

#include <malloc.h>

#define DELAY_MS 1000u

static void on_timer(uv_timer_t *timer)
{
    struct heap_return *heap = timer->data;

    malloc_trim(0);
    heap->returned = true;
}

// In the turn of the timer itself nothing else has happened, as a rule; else it shows in the next turn.
static void on_prepare(uv_prepare_t *prepare)
{
    struct heap_return *heap = prepare->data;

    if (heap->returned)
        heap->returned = false;
    else if (!uv_is_active((uv_handle_t *)&heap->timer))
        uv_timer_start(&heap->timer, on_timer, DELAY_MS, 0);
}

void heap_return_begin(struct heap_return *heap, uv_loop_t *loop)
{
    uv_prepare_init(loop, &heap->prepare);
    uv_timer_init(loop, &heap->timer);
    heap->prepare.data = heap->timer.data = heap;
    uv_prepare_start(&heap->prepare, on_prepare);
    uv_unref((uv_handle_t *)&heap->prepare);
    uv_unref((uv_handle_t *)&heap->timer);
    heap->begun = true;
}

void heap_return_end(struct heap_return *heap)
{
    if (!heap->begun)
        return;
    uv_close((uv_handle_t *)&heap->prepare, NULL);
    uv_close((uv_handle_t *)&heap->timer, NULL);
    heap->begun = false;
}
