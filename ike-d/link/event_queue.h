// Events on their way to api-d: those of a moment go in one message, since thousands of tunnels may come up at once,
// and each message wakes api-d.
#ifndef BULKHEAD_IKE_LINK_EVENT_QUEUE_H
#define BULKHEAD_IKE_LINK_EVENT_QUEUE_H

#include <uv.h>

#include "bulkhead/v1/event.pb-c.h"
#include "ike-d/sa/ike_env.h"
#include "lib/ipc/node.h"

#define EVENT_QUEUE_MAX 64

struct event_queue {
    struct ipc_node *node;
    uv_timer_t timer;
    bool running;
    Bulkhead__V1__Event *event[EVENT_QUEUE_MAX];
    size_t n;
    size_t bytes;
};

// -errno of libuv.
int event_queue_start(struct event_queue *queue, uv_loop_t *loop, struct ipc_node *node);
// Copies the event. Without memory, or without api-d, it is lost; the log has it.
void event_queue_add(struct event_queue *queue, const struct ike_event *event, uint64_t time_s);
// Sends what there is, and closes the timer; harmless when it was not started.
void event_queue_stop(struct event_queue *queue);

#endif
