// What a worker tells the main thread: a bounded queue, one writer and one reader, without a lock. What does not fit is
// dropped by the writer and counted there.
#ifndef BULKHEAD_ESP_EVENT_H
#define BULKHEAD_ESP_EVENT_H

#include <stdatomic.h>

#include "esp-d/esp_limits.h"
#include "esp-d/flow.h"
#include "esp-d/lifetime.h"

enum event_kind {
    EVENT_ACQUIRE,
    EVENT_EXPIRE,
    EVENT_ADDRESS_CHANGE,
    EVENT_TUN_GONE, // somebody deleted the device
};

struct event {
    enum event_kind kind;
    uint32_t spi_in;                      // expire, address change
    struct lifetime_end end;              // expire
    struct endpoint remote;               // address change
    struct flow flow;                     // acquire
    char tunnel[ESP_TUNNEL_NAME_MAX + 1]; // acquire
};

struct event_queue {
    _Alignas(64) _Atomic uint32_t head; // next to write
    _Alignas(64) _Atomic uint32_t tail; // next to read
    struct event *ring;
};

int event_queue_init(struct event_queue *queue); // -ENOMEM
void event_queue_done(struct event_queue *queue);
// Copies the event. False: full. Thread: the writer.
bool event_put(struct event_queue *queue, const struct event *event);
// False: empty. Thread: the reader.
bool event_take(struct event_queue *queue, struct event *ret_event);

#endif
