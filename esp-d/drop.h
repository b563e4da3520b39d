// Why a packet was dropped. The enum is the list of counters (operators see the names by `EspCounters`).
#ifndef BULKHEAD_ESP_DROP_H
#define BULKHEAD_ESP_DROP_H

#include <stdatomic.h>
#include <stdint.h>

enum drop {
    DROP_NONE, // not dropped
    // inbound, before the SA is known
    DROP_RUNT,
    DROP_TRUNCATED,
    DROP_UNKNOWN_SPI,
    DROP_KEEPALIVE,
    DROP_HANDOVER, // ESP that came with IKE: the worker's ring was full
    // inbound, by the SA (RFC 4303 3.4)
    DROP_LENGTH,
    DROP_REPLAY,
    DROP_LIFETIME_IN,
    DROP_INTEGRITY,
    DROP_PADDING,
    DROP_NEXT_HEADER,
    DROP_DUMMY,
    DROP_INNER_MALFORMED,
    DROP_SELECTOR_IN,
    DROP_ECN,
    DROP_TUN_WRITE,
    // outbound
    DROP_CLEAR_MALFORMED,
    DROP_NO_POLICY,
    DROP_POLICY_DISCARD,
    DROP_POLICY_BYPASS,
    DROP_NO_SA,
    DROP_SEQUENCE_EXHAUSTED,
    DROP_LIFETIME_OUT,
    DROP_TOO_BIG,
    DROP_TRANSPORT_FRAGMENT,
    DROP_TRANSPORT_HEADER,
    DROP_SEAL,
    DROP_SEND,
    DROP_SEND_BUSY,
    // IKE datagrams on port 4500
    DROP_IKE_LENGTH,
    DROP_IKE_RATE,
    DROP_IKE_QUEUE,
    DROP_COUNT,
};

// One a worker: written by it alone, read by the main thread.
struct drop_counters {
    _Atomic uint64_t n[DROP_COUNT];
};

static inline void drop_add(struct drop_counters *counters, enum drop reason, uint64_t packets)
{
    atomic_fetch_add_explicit(&counters->n[reason], packets, memory_order_relaxed);
}

// "replay", "no_sa"; static text.
const char *drop_name(enum drop reason);

#endif
