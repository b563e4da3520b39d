#include "ike-d/link/event_queue.h"

#include <stdlib.h>
#include <string.h>

#include "bulkhead/internal/v1/api_ike.pb-c.h"
#include "bulkhead/internal/v1/ipc.pb-c.h"
#include "ike-d/link/failure_message.h"
#include "ike-d/sa/tunnel.h"

// How long an event may wait for others.
#define WAIT_MS 20u
// Of a frame's 64 KiB.
#define MESSAGE_BYTES 32768u

static void flush(struct event_queue *queue)
{
    Bulkhead__Internal__V1__ApiEvent message;
    bulkhead__internal__v1__api_event__init(&message);
    message.events = queue->event;
    message.n_events = queue->n;
    if (queue->n) {
        (void)ipc_notify(queue->node, BULKHEAD__INTERNAL__V1__METHOD__METHOD_API_EVENT, &message.base);
    }
    for (size_t i = 0; i < queue->n; i++) {
        bulkhead__v1__event__free_unpacked(queue->event[i], NULL);
    }
    queue->n = 0;
    queue->bytes = 0;
}

static void on_timer(uv_timer_t *timer)
{
    flush(timer->data);
}

int event_queue_start(struct event_queue *queue, uv_loop_t *loop, struct ipc_node *node)
{
    queue->node = node;
    int error = uv_timer_init(loop, &queue->timer);
    if (error < 0) {
        return error;
    }
    queue->timer.data = queue;
    queue->running = true;
    return 0;
}

static Bulkhead__V1__Event *make(const struct ike_event *event, uint64_t time_s)
{
    Bulkhead__V1__Event *out = malloc(sizeof(*out));
    Google__Protobuf__Timestamp *time = malloc(sizeof(*time));
    if (!out || !time) {
        free(out);
        free(time);
        return NULL;
    }
    bulkhead__v1__event__init(out);
    google__protobuf__timestamp__init(time);
    time->seconds = (int64_t)time_s;
    out->time = time;
    out->failure = event->failing ? failure_message_new(event->failing, event->failing->failure, false) : NULL;
    out->cause = out->failure ? out->failure->cause : (Bulkhead__V1__FailureCause)event->cause; // same numbers
    out->severity = (Bulkhead__V1__EventSeverity)event->severity;                               // same numbers
    out->kind = strdup(event->kind);
    out->tunnel = strdup(event->tunnel ? event->tunnel : "");
    out->message = strdup(event->message);
    if (!out->kind || !out->tunnel || !out->message) {
        bulkhead__v1__event__free_unpacked(out, NULL);
        return NULL;
    }
    return out;
}

void event_queue_add(struct event_queue *queue, const struct ike_event *event, uint64_t time_s)
{
    Bulkhead__V1__Event *out = queue->running ? make(event, time_s) : NULL;
    if (!out) {
        return;
    }
    size_t bytes = bulkhead__v1__event__get_packed_size(out);
    if (queue->n == EVENT_QUEUE_MAX || (queue->n && queue->bytes + bytes > MESSAGE_BYTES)) {
        flush(queue);
    }
    if (queue->n == 0) {
        uv_timer_start(&queue->timer, on_timer, WAIT_MS, 0);
    }
    queue->event[queue->n++] = out;
    queue->bytes += bytes;
}

void event_queue_stop(struct event_queue *queue)
{
    if (!queue->running) {
        return;
    }
    flush(queue);
    queue->running = false;
    uv_timer_stop(&queue->timer);
    uv_close((uv_handle_t *)&queue->timer, NULL);
}
