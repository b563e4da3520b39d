// Sockets of port 4500 (RFC 3948), one a family, bound to the wildcard: local addresses come and go by control
// messages. Merged datagrams on the way in (UDP_GRO), segmented ones on the way out (UDP_SEGMENT) where the route takes
// it. Each worker has such a pair, and the main thread one for IKE (udp_group.h).
#ifndef BULKHEAD_ESP_UDP_H
#define BULKHEAD_ESP_UDP_H

#include "esp-d/datagram.h"
#include "esp-d/drop.h"
#include "esp-d/seal.h"

struct udp {
    int fd4;
    int fd6; // -1: this machine has no IPv6
};

void udp_close(struct udp *udp);

// Memory for one receive call.
struct udp_batch;
struct udp_batch *udp_batch_new(void); // NULL without memory
void udp_batch_free(struct udp_batch *batch);
// Takes what has arrived. Returns the number of datagrams, 0: none, or -errno; they lie in the batch until the next
// call.
int udp_receive(int fd, struct udp_batch *batch, const struct inbound_datagram **ret_datagrams);
// There may be more: the last call got all it wanted.
bool udp_batch_is_full(const struct udp_batch *batch);

// Sends a sealed burst; what can't be sent is counted. Returns how many messages that took. Thread: worker, as a
// reader.
unsigned udp_send_burst(const struct udp *udp, const struct seal_packet *packets, unsigned n, uint64_t now_ms,
                        struct drop_counters *drops);
// One datagram made of up to two pieces. 0 or -errno. Thread: any.
int udp_send(const struct udp *udp, const struct endpoint *local, const struct endpoint *remote, struct bytes head,
             struct bytes body);

#endif
