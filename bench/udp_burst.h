// The packets that udp_source numbers and udp_sink counts, and room for a burst of them.
#ifndef BULKHEAD_BENCH_UDP_BURST_H
#define BULKHEAD_BENCH_UDP_BURST_H

#include <stdint.h>
#include <sys/socket.h>

#define UDP_BURST_PKTS       64u
#define UDP_BURST_PACKET_MAX 2048u // bytes

// What each begins with.
struct udp_label {
    uint64_t number; // of the packet, from 0
    uint64_t run;
};

struct udp_burst {
    uint8_t packets[UDP_BURST_PKTS][UDP_BURST_PACKET_MAX];
    struct iovec parts[UDP_BURST_PKTS];
    struct mmsghdr messages[UDP_BURST_PKTS];
};

// Each message is one packet of so many bytes.
static inline void udp_burst_prepare(struct udp_burst *burst, unsigned packet_bytes)
{
    for (unsigned i = 0; i < UDP_BURST_PKTS; i++) {
        burst->parts[i] = (struct iovec){.iov_base = burst->packets[i], .iov_len = packet_bytes};
        burst->messages[i].msg_hdr = (struct msghdr){.msg_iov = &burst->parts[i], .msg_iovlen = 1};
    }
}

#endif
