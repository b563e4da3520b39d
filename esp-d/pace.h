// How often a worker looks for packets. One that has nothing to do waits for the next packet and takes it at once; but
// where small packets come by the thousand, to wake up for each costs more than the packets themselves, and a pause of
// some tens of microseconds lets batches grow: what network cards do by interrupt moderation. Pure; thread: the worker.
#ifndef BULKHEAD_ESP_PACE_H
#define BULKHEAD_ESP_PACE_H

#include <stdbool.h>
#include <stdint.h>

struct pace {
    uint64_t since_ns; // of what is being counted
    uint32_t arrivals; // reads of the TUN, datagrams
    uint64_t bytes;
    bool is_hot;
};

static inline void pace_note(struct pace *pace, uint64_t bytes)
{
    pace->arrivals++;
    pace->bytes += bytes;
}

// Is a pause due before the next look? Asked after each.
bool pace_is_hot(struct pace *pace, uint64_t now_ns);

#endif
