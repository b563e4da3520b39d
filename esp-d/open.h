// Inbound ESP processing (RFC 4303 3.4, RFC 4301 5.2), a burst at a time, in small steps over the array: SA, replay
// check, cipher, replay update, padding, inner packet, selectors and policy, congestion mark.
#ifndef BULKHEAD_ESP_OPEN_H
#define BULKHEAD_ESP_OPEN_H

#include "esp-d/database.h"
#include "esp-d/crypt.h"
#include "esp-d/drop.h"
#include "esp-d/spd_cache.h"

struct open_packet {
    uint8_t *esp; // opened in place
    uint32_t esp_bytes;
    uint8_t traffic_class;         // of the outer packet
    const struct endpoint *remote; // where it came from, lent
    // results
    enum drop drop; // DROP_NONE: deliver
    struct child *child;
    uint64_t sequence; // the whole of it, with ESN
    bool is_authentic; // and no replay
    bool newest;       // of these, the highest number so far
    uint8_t *inner;    // in esp, at least CIPHER_HEADER_BYTES + 8 behind its start
    struct flow flow;
};

// At most ESP_BURST_PKTS. Thread: worker, as a reader.
void open_burst(struct crypt *crypt, const struct database *db, struct spd_cache *cache, struct open_packet *packets,
                unsigned n);

#endif
