// The main thread's end of port 4500: IKE, which goes on to ike-d message by message. ESP that the kernel merged into
// such a datagram is handed to a worker, and workers hand over the IKE that came in theirs. Thread: main.
#ifndef BULKHEAD_ESP_CONTROL_H
#define BULKHEAD_ESP_CONTROL_H

#include <uv.h>

#include "esp-d/ike_intake.h"
#include "esp-d/udp.h"

struct esp;

struct control {
    struct udp udp;
    struct drop_counters drops;
    struct ike_intake intake;
    struct udp_batch *batch;
    uv_poll_t poll[2]; // one a family
    unsigned polls;
};

// The sockets are open. -ENOMEM, or libuv's error.
int control_start(struct esp *esp);
// Closes what control_start opened, and the sockets.
void control_stop(struct esp *esp);
// IKE messages that waited in workers' rings.
void control_take_ike(struct esp *esp);

#endif
