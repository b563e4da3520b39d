// Every bound of esp-d, with its unit.
#ifndef BULKHEAD_ESP_LIMITS_H
#define BULKHEAD_ESP_LIMITS_H

// SAs (pairs), and what one may carry.
#define ESP_SAS_MAX             65536u
#define ESP_SA_SELECTORS_MAX    256u // each side
#define ESP_TUNNEL_NAME_MAX     64u  // bytes
#define ESP_POLICIES_MAX        131072u
#define ESP_SPIS_RESERVED_MAX   16384u
#define ESP_SPI_RESERVED_S      120u
#define ESP_SPI_MIN             256u // RFC 4303 2.1: 1-255 are IANA's
#define ESP_REPLAY_WINDOW_MIN   64u  // packets
#define ESP_REPLAY_WINDOW_MAX   65536u
#define ESP_REPLAY_WINDOW       4096u
#define ESP_REPLAY_SLAB_BYTES   1048576u
#define ESP_LIST_SAS_PAGE_BYTES 32768u
#define ESP_LAST_INBOUND_MAX    256u // SAs in one question
#define ESP_ENDING_MAX_MS       60000u
#define ESP_KEEPALIVE_MAX_S     3600u
#define ESP_SWEEP_TICKS         10u // for all SAs, of 100 ms
#define ESP_EXPANDED_KEYS_MAX                                                                                          \
    20480u                     // both directions of 10,000 busy SAs, 1 KB each; others' are expanded for each burst
#define ESP_KEY_REST_MS 30000u // without a packet, then an SA's expanded keys are let go

// RFC 4303 3.3.3: the 32-bit number must not cycle. At the soft one ike-d is asked for a replacement: 6 % of the space
// left, some twelve minutes at 360,000 packets/s.
#define ESP_SEQUENCE_SOFT 0xF0000000u
#define ESP_SEQUENCE_MAX  0xFFFFFFFFu
// Extended ones (RFC 4303 2.2.1): no SA lives so long.
#define ESP_SEQUENCE_ESN_SOFT 0xF000000000000000u
#define ESP_SEQUENCE_ESN_MAX  0xFFFFFFFF00000000u

#define ESP_RESYNC_FAILURES 32u // in a row, then one packet is tried with other high halves
#define ESP_RESYNC_TRIES    4u

// The packet path.
#define ESP_BURST_PKTS         64u
#define ESP_TUN_MTU_BYTES      1500u   // what fits an SA is told to senders one by one (mtu.h)
#define ESP_TUN_QUEUE_PKTS     1000    // the kernel's default of 500 overflows when the worker has to wait for a core
#define ESP_INNER_MAX_BYTES    65000u  // one packet; above it no UDP datagram could carry it
#define ESP_OUT_BUFFER_BYTES   196608u // one burst, sealed
#define ESP_TUN_READ_BYTES     (65536u + 64u)
#define ESP_TUN_READS_PER_TURN 32u
// One recvmmsg: so many datagrams as the processor's second-level cache holds with what is made of them, judged by
// those before.
#define ESP_UDP_DATAGRAMS     32u
#define ESP_UDP_DATAGRAMS_MIN 4u
#define ESP_UDP_RECEIVE_BYTES 262144u
// A pause before the next look, while so many small arrivals come.
#define ESP_PACE_PAUSE_NS         40000
#define ESP_PACE_NS               1000000u // over which they are counted
#define ESP_PACE_ARRIVALS_PER_S   40000u
#define ESP_PACE_SMALL_BYTES      4096u
#define ESP_UDP_DATAGRAM_BYTES    65536u
#define ESP_UDP_RECEIVES_PER_TURN 4u
// One send with UDP_SEGMENT. With all headers it must stay below 64 KiB, or a device makes packets of it in software.
#define ESP_UDP_SEND_BYTES_MAX       65400u
#define ESP_UDP_SEGMENTS_MAX         64u
#define ESP_RAW_PKTS                 64u // one recvmmsg of protocol 50
#define ESP_RAW_RECEIVES_PER_TURN    4u
#define ESP_SEND_WAIT_MS             20 // for room in a socket's buffer, before packets are dropped
#define ESP_SOCKET_BUFFER_BYTES      (8 * 1024 * 1024)
#define ESP_WORKERS_MAX              64u
#define ESP_DATAGRAM_RING_BYTES      262144u // datagrams on their way between a worker and the main thread; a power of two
#define ESP_SEGMENT_OFFLOAD_RETRY_MS 60000u // a route that refused UDP_SEGMENT is tried again after this

// What strangers and the LAN may cause.
#define ESP_IKE_DATAGRAM_MAX_BYTES     32768u
#define ESP_IKE_DATAGRAMS_PER_S        10000u // of all peers, and of all strangers
#define ESP_IKE_DATAGRAMS_BURST        1000u
#define ESP_EVENTS_MAX                 1024u  // waiting for the main thread; a power of two
#define ESP_ACQUIRE_INTERVAL_MS        1000u  // a policy
#define ESP_ACQUIRE_GRACE_MS           5000u  // so long a policy waits for its SA before senders hear ICMP errors
#define ESP_ADDRESS_CHANGE_INTERVAL_MS 200u   // an SA
#define ESP_BARE_INTERVAL_MS           30000u // an SA; ike-d may have reasons to stay with UDP
#define ESP_FRAGMENT_MS                5000u  // so long the fragments of a datagram wait for each other
#define ESP_ICMP_ERRORS_PER_S          100u
#define ESP_ICMP_ERRORS_BURST          20u

// The MTU of outer paths.
#define ESP_PROBE_FIRST_MS    2000u   // after an SA's first packet: the peer has it too by then
#define ESP_PROBE_AGAIN_MS    600000u // RFC 1191 6.3
#define ESP_PROBE_ANSWER_MS   5000u   // a router that objects to a probe has done so by then
#define ESP_HINTS_PER_TICK    32u     // ICMP messages read, a family
#define ESP_HINT_BUFFER_BYTES 65536
#define ESP_HINTS_PER_S       20u    // of them looked for among the SAs
#define ESP_HINT_PACKETS_MAX  65536u // so many of the last packets of an SA an ICMP message may be about

#define ESP_NAT_PORT 4500u // RFC 3948

#endif
