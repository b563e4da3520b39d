// Out into the world: a burst goes over the sockets that its SAs' paths name, in UDP (RFC 3948) or as IP protocol 50.
#ifndef BULKHEAD_ESP_SEND_H
#define BULKHEAD_ESP_SEND_H

#include "esp-d/raw.h"
#include "esp-d/udp.h"

// A worker's own.
struct send_sockets {
    const struct udp *udp;
    const struct raw *raw;
};

// Sends a sealed burst, in its order; what can't be sent is counted. Returns how many messages that took. Thread:
// worker, as a reader.
unsigned send_burst(const struct send_sockets *sockets, const struct seal_packet *packets, unsigned n, uint64_t now_ms,
                    struct drop_counters *drops);

#endif
