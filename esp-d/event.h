// What a worker tells the main thread: a bounded queue, one writer and one reader, without a lock. What does not fit is
// dropped by the writer and counted there. Strangers send IKE datagrams: some room is kept free of them.
#ifndef BULKHEAD_ESP_EVENT_H
#define BULKHEAD_ESP_EVENT_H

#include <stdatomic.h>

#include "esp-d/esp_limits.h"
#include "esp-d/flow.h"
#include "esp-d/lifetime.h"

enum event_kind {
    EVENT_IKE_DATAGRAM,
    EVENT_ACQUIRE,
    EVENT_EXPIRE,
    EVENT_ADDRESS_CHANGE,
    EVENT_TUN_GONE, // somebody deleted the device
};

struct event {
    enum event_kind kind;
    uint32_t spi_in;                      // expire, address change
    struct lifetime_end end;              // expire
    struct endpoint local;                // IKE datagram
    struct endpoint remote;               // IKE datagram, address change
    struct flow flow;                     // acquire
    char tunnel[ESP_TUNNEL_NAME_MAX + 1]; // acquire
    uint8_t *payload;                     // IKE datagram: owned, free()
    uint32_t payload_bytes;
};

struct event_queue {
    _Alignas(64) _Atomic uint32_t head; // next to write
    _Alignas(64) _Atomic uint32_t tail; // next to read
    struct event *ring;
};

int event_queue_init(struct event_queue *queue); // -ENOMEM
void event_queue_done(struct event_queue *queue);
// Copies the event; its payload now belongs to the queue. False: full. Thread: the writer.
bool event_put(struct event_queue *queue, const struct event *event);
// False: empty. The payload now belongs to the caller. Thread: the reader.
bool event_take(struct event_queue *queue, struct event *ret_event);

#endif
