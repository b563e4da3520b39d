// Sealed packets that one send with UDP_SEGMENT carries: neighbours in memory, of one SA and one size but the last,
// which may be shorter. The sender cuts bursts into such runs, and bursts are made to end where a run is full.
#ifndef BULKHEAD_ESP_SEND_RUN_H
#define BULKHEAD_ESP_SEND_RUN_H

#include "esp-d/seal.h"

struct send_run {
    const struct seal_packet *first;
    unsigned n; // 0: empty
    uint32_t bytes;
};

static inline struct send_run send_run_of(const struct seal_packet *first)
{
    return (struct send_run){first, 1, first->esp_bytes};
}

// Takes the packet behind its last one. False: that one has to begin a run of its own.
bool send_run_add(struct send_run *run, const struct seal_packet *next);
// No further packet of its size could be taken.
bool send_run_is_full(const struct send_run *run);

#endif
