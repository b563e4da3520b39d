// What each source of public requests has open and asks for, so that one of them can't take everything: an IPv4
// address, or a /64 of IPv6.
#ifndef BULKHEAD_API_COURIER_PUBLIC_SOURCES_H
#define BULKHEAD_API_COURIER_PUBLIC_SOURCES_H

#include "lib/core/ratelimit.h"
#include "lib/net/address.h"

struct public_source {
    uint8_t key[9];
    unsigned connections;
    struct ratelimit questions;
    uint64_t used_ms;
};

struct public_sources;

// NULL without memory.
struct public_sources *public_sources_new(uint64_t now_ms);
void public_sources_free(struct public_sources *sources); // NULL is taken

// One more connection of it: lent until public_sources_leave. NULL: it has too many, or too
// many sources have some.
struct public_source *public_sources_enter(struct public_sources *sources, const struct address *address,
                                           uint64_t now_ms);
void public_sources_leave(struct public_source *source, uint64_t now_ms);
// False: it, or all of them together, ask too much.
bool public_sources_may_ask(struct public_sources *sources, struct public_source *source, uint64_t now_ms);
// Forgets those that have not been here for a while.
void public_sources_sweep(struct public_sources *sources, uint64_t now_ms);

#endif
