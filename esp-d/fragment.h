// Stateful fragment checking (RFC 4301 7): the ports of a datagram stand in its first fragment alone; they are
// remembered for the others, so that policies with ports carry whole datagrams, whichever workers they come to.
// Fragments that come before their first one stay without ports. Nobody waits: what is being written by one worker is
// not known to another yet. Thread: any.
#ifndef BULKHEAD_ESP_FRAGMENT_H
#define BULKHEAD_ESP_FRAGMENT_H

#include <stdatomic.h>

#include "esp-d/flow.h"

#define FRAGMENT_DATAGRAMS 256u // a power of two; the next one of a slot takes it over

#define FRAGMENT_WORDS 7u

// All zero: empty.
struct fragment_memory {
    struct {
        _Atomic uint32_t version;              // odd: being written
        _Atomic uint64_t word[FRAGMENT_WORDS]; // a first fragment
    } slot[FRAGMENT_DATAGRAMS];
};

// A first fragment that was let through. All others are ignored.
void fragment_remember(struct fragment_memory *memory, const struct flow *first, uint64_t now_ms);
// A later one gets the ports and the protocol of its first one, if that is known.
void fragment_resolve(const struct fragment_memory *memory, struct flow *flow, uint64_t now_ms);

#endif
