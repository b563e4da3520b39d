// From the TUN to ESP packets: policy and SA once for a super-packet, its segments straight into the output buffer, one
// burst of the cipher, one send. What leaves is handed out by functions, so that tests and fuzzers need no socket.
#ifndef BULKHEAD_ESP_OUTBOUND_H
#define BULKHEAD_ESP_OUTBOUND_H

#include "esp-d/batch_counter.h"
#include "esp-d/database.h"
#include "esp-d/expire.h"
#include "esp-d/fragment.h"
#include "esp-d/reassembly.h"
#include "esp-d/seal.h"
#include "esp-d/segment.h"
#include "esp-d/send_run.h"
#include "esp-d/spd_cache.h"
#include "lib/core/ratelimit.h"

struct outbound_sinks {
    void *arg;
    // A sealed burst, contiguous in memory; packets with a drop reason are to be left out.
    void (*send)(void *arg, const struct seal_packet *packets, unsigned n);
    // An ICMP error back to the LAN.
    void (*answer)(void *arg, struct bytes packet);
    // No SA covers this packet of a policy (at most one a policy and second). False: could not be queued.
    bool (*acquire)(void *arg, const struct policy *policy, const struct flow *flow);
    expire_fn *expire;
    // A dummy packet that must not be cut on its way. 0; -EMSGSIZE: it does not even leave this machine; other -errno.
    int (*probe)(void *arg, const struct path *path, struct bytes packet);
};

struct outbound {
    struct outbound_sinks sinks;
    struct crypt *crypt;
    const struct database *db;
    struct drop_counters *drops;
    struct batch_counter reads; // of the TUN, and what they were cut into
    struct spd_cache cache;
    struct fragment_memory fragments;
    struct reassembly reassembly; // transport mode alone
    struct ratelimit icmp_limit;
    uint64_t now_ms;
    uint8_t *buffer; // ESP_OUT_BUFFER_BYTES
    uint8_t *whole;  // one packet on its way to be cut, or to lose its header: ESP_INNER_MAX_BYTES
    uint32_t used_bytes;
    struct send_run run; // the one at the burst's end
    unsigned n;
    struct seal_packet packet[ESP_BURST_PKTS];
};

// -ENOMEM. Everything is lent.
int outbound_init(struct outbound *out, const struct outbound_sinks *sinks, struct crypt *crypt,
                  const struct database *db, struct drop_counters *drops);
void outbound_done(struct outbound *out);
// One read of the TUN: virtio-net header and packet. now_ms must have been set. Thread: worker, as a reader until the
// flush.
void outbound_push(struct outbound *out, struct bytes frame);
// Seals and sends what waits.
void outbound_flush(struct outbound *out);

#endif
