// The sockets of IP protocol 50 (RFC 4303) without UDP around it, one a family and worker. Each raw socket gets a copy
// of every ESP packet: a filter leaves each worker the SPIs that are its own (raw_filter.h). Nothing is merged here, so
// receiving and sending take many packets a call.
#ifndef BULKHEAD_ESP_RAW_H
#define BULKHEAD_ESP_RAW_H

#include "esp-d/datagram.h"
#include "esp-d/drop.h"
#include "esp-d/seal.h"

struct raw {
    int fd4; // -1: none
    int fd6;
};

// Of worker `index` of `workers`, with buffers and the packet mark of our own traffic. A family that this machine has
// not gets -1. Needs privileges; -EPERM: not allowed to have raw sockets; -errno.
int raw_open(unsigned index, unsigned workers, struct raw *ret_raw);
void raw_close(struct raw *raw);
static inline bool raw_has(const struct raw *raw, uint8_t family)
{
    return (family == 4 ? raw->fd4 : raw->fd6) >= 0;
}

// Memory for one receive call.
struct raw_batch;
struct raw_batch *raw_batch_new(void); // NULL without memory
void raw_batch_free(struct raw_batch *batch);
// Takes what has arrived at the socket of a family (4, 6). Returns the number of packets, 0: none, or -errno; they lie
// in the batch until the next call. ESP_RAW_PKTS: there may be more.
int raw_receive(const struct raw *raw, uint8_t family, struct raw_batch *batch,
                const struct inbound_datagram **ret_datagrams);
// An IPv4 packet as the socket gives it, header and options in front: cuts these off and reads them. False: malformed.
bool raw_read_ipv4(uint8_t *packet, uint32_t n, struct inbound_datagram *ret_datagram);

// Sends a sealed burst, each packet by itself; what can't be sent is counted. Returns how many messages that took.
// Thread: worker, as a reader.
unsigned raw_send_burst(const struct raw *raw, const struct seal_packet *packets, unsigned n,
                        struct drop_counters *drops);

#endif
