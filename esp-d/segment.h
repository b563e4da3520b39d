// Super-packets from the TUN: the kernel hands over up to 64 KiB of one TCP or UDP flow with a virtio-net header that
// says how to cut it (TSO, USO) or which checksum is missing. Cut here into packets that fit the TUN's MTU, each copied
// once, straight to where it will be sealed, with its checksums summed on the way.
#ifndef BULKHEAD_ESP_SEGMENT_H
#define BULKHEAD_ESP_SEGMENT_H

#include "esp-d/flow.h"

// struct virtio_net_hdr, in this machine's byte order (TUNSETVNETLE is not used).
#define SEGMENT_VNET_BYTES 10u

// VIRTIO_NET_HDR_GSO_UDP_L4 of newer kernel headers: each segment is a datagram of its own.
#define SEGMENT_GSO_UDP_L4 5

struct segment_vnet {
    bool needs_checksum;
    uint8_t gso_type; // VIRTIO_NET_HDR_GSO_*, without the ECN bit
    uint16_t gso_bytes;
    uint16_t checksum_start;
    uint16_t checksum_offset;
};

enum segment_kind {
    SEGMENT_WHOLE,          // one packet as it is
    SEGMENT_WHOLE_CHECKSUM, // one packet that lacks its checksum
    SEGMENT_TCP,
    SEGMENT_UDP,
};

// Where the cutting stands. The packet is lent until the last segment was copied.
struct segment {
    enum segment_kind kind;
    const uint8_t *packet;
    const struct flow *flow;
    uint32_t headers_bytes; // IP and TCP or UDP
    uint32_t payload_bytes; // behind them, all of it
    uint32_t step_bytes;    // payload of every segment but the last
    uint32_t done_bytes;
    uint16_t index;
    struct segment_vnet vnet;
    uint64_t ip_sum;    // of IPv4's header, without what differs from segment to segment
    uint64_t upper_sum; // of TCP's or UDP's header and the addresses, the same way
};

// -EBADMSG: too short.
int segment_vnet_parse(struct bytes header, struct segment_vnet *ret_vnet);
// -EBADMSG: header and packet don't fit together. `flow` is the packet's, lent like it.
int segment_start(const struct segment_vnet *vnet, const uint8_t *packet, const struct flow *flow,
                  struct segment *ret_segment);
// Bytes of the next segment, 0 when all are done.
uint32_t segment_next_bytes(const struct segment *segment);
// Copies the next segment (segment_next_bytes of it) and goes on.
void segment_copy_next(struct segment *segment, uint8_t *to);

#endif
