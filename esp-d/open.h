// Inbound ESP processing (RFC 4303 3.4, RFC 4301 5.2), a burst at a time, in small steps over the array: SA, replay
// check, cipher, replay update, padding, inner packet, selectors and policy, congestion mark.
#ifndef BULKHEAD_ESP_OPEN_H
#define BULKHEAD_ESP_OPEN_H

#include "esp-d/database.h"
#include "esp-d/crypt.h"
#include "esp-d/drop.h"
#include "esp-d/resync.h"
#include "esp-d/spd_cache.h"

struct open_packet {
    uint8_t *esp; // opened in place
    uint32_t esp_bytes;
    uint8_t traffic_class;         // of the outer packet
    const struct endpoint *remote; // where it came from, lent
    const struct endpoint *local;  // and to which of our addresses
    // results
    enum drop drop; // DROP_NONE: deliver
    struct child *child;
    uint64_t sequence; // the whole of it, with ESN
    bool is_authentic; // and no replay
    bool newest;       // of these, the highest number so far
    uint8_t *inner;    // at least CIPHER_HEADER_BYTES + 8 bytes in front of it may be overwritten
    bool is_rebuilt;   // inner lies in the opener's room, until the next burst
    struct flow flow;
};

// What a worker opens packets with.
struct opener {
    struct crypt *crypt;
    const struct database *db;
    struct spd_cache cache;
    uint64_t now_ms;
    const struct open_packet
        *allowed; // of this burst: the last one that selectors and policy were asked about and let in
    struct resync resync;
    struct transport_room room; // packets of transport mode, until the next burst
};

// -ENOMEM. Both are lent.
int opener_init(struct opener *opener, struct crypt *crypt, const struct database *db);
void opener_done(struct opener *opener);
// At most ESP_BURST_PKTS. Thread: worker, as a reader.
void open_burst(struct opener *opener, struct open_packet *packets, unsigned n);

#endif
