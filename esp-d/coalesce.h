// Inbound segments of one TCP or UDP flow merged back into super-packets, so that the kernel takes one where it would
// take forty: what its own GRO does behind a network card. Only what segmentation would cut again into the very same
// packets is merged, and only after each segment's own checksum was found right, since the kernel makes new ones.
#ifndef BULKHEAD_ESP_COALESCE_H
#define BULKHEAD_ESP_COALESCE_H

#include <sys/uio.h>

#include "esp-d/batch_counter.h"
#include "esp-d/open.h"

#define COALESCE_FLOWS        8u  // at a time
#define COALESCE_SEGMENTS_MAX 64u // in one super-packet

// A super-packet that grows.
struct coalesce_group {
    struct flow flow;
    uint8_t *inner;         // its first packet
    uint32_t headers_bytes; // IP and TCP or UDP
    uint32_t step_bytes;    // payload of every segment but the last
    uint32_t total_bytes;
    uint32_t next_sequence; // of TCP
    unsigned n;             // segments; 0: free
    bool is_verified;       // the first segment's checksum
    bool has_push;
    struct iovec vector[COALESCE_SEGMENTS_MAX];
};

struct coalesce {
    void *arg;
    // One frame for the TUN: virtio-net header and packet, in pieces. 0 or -errno.
    int (*write)(void *arg, const struct iovec *pieces, unsigned n);
    struct drop_counters *drops;
    struct batch_counter writes;
    bool refuses_udp; // the kernel takes no UDP super-packets (before Linux 6.2)
    unsigned next_evicted;
    struct coalesce_group group[COALESCE_FLOWS];
};

// Writes a burst; packets with a drop reason are left out. The order within a flow stays. The SEGMENT_VNET_BYTES bytes
// in front of each inner packet are overwritten. What may grow yet is kept: packets must stay where they are until the
// flush, except for those that lie in the opener's room.
void coalesce_burst(struct coalesce *coalesce, struct open_packet *packets, unsigned n);
// Writes what was kept.
void coalesce_flush(struct coalesce *coalesce);

#endif
