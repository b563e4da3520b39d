// Table `inet bulkhead`: everything of ours in nftables. Rules are few and fixed (fw-d/chains.h); policies are elements
// of maps (fw-d/sets.h).
//
// A new configuration takes two transactions. The first puts the new maps beside the old ones, which changes nothing;
// the second flips the rules over to them and removes the old ones. In one transaction there would be a leak: the
// kernel shows new rules a moment before it shows the elements of new interval maps (some packets of 3,000 left in
// clear over 60 changes). Base chains are never made anew, for the like reason: a packet that is between the old and
// the new one of a hook would see the new one not yet and the old one not any more.
#ifndef BULKHEAD_FW_TABLE_H
#define BULKHEAD_FW_TABLE_H

#include "fw-d/batch.h"
#include "fw-d/fw_limits.h"
#include "fw-d/layers.h"
#include "fw-d/sets.h"
#include "fw-d/tunnel_names.h"
#include "lib/net/address.h"

// In the order of preference; linux/netfilter/nf_tables.h of Debian 12 lacks PERSIST (kernel 6.9).
#define TABLE_OWNED_PERSISTENT 0x6u
#define TABLE_OWNED            0x2u
#define TABLE_PLAIN            0x0u

// Both families, with what is asked before connection tracking, and two letters between two transactions.
#define TABLE_MAPS_MAX (8 * FW_LAYERS_MAX)

enum table_counter {
    COUNTER_STEERED,   // to the TUN
    COUNTER_SPOOFED,   // a protected pair arrived in clear from outside: dropped
    COUNTER_DISCARDED, // by a discard policy
    COUNTER_BLOCKED,   // protected, but about to leave by another interface than the TUN: dropped
    COUNTER_COUNT,
};

struct counter_value {
    uint64_t packets;
    uint64_t bytes;
};

// The names of our maps in the kernel.
struct table_maps {
    char names[TABLE_MAPS_MAX][SET_NAME_MAX];
    size_t n;
};

// Whose connections are left alone.
struct table_courier {
    uint32_t uid;
    struct endpoint listeners[FW_COURIER_LISTENERS_MAX];
    unsigned listeners_n;
};

struct table_config {
    const struct table_courier *courier;
    uint32_t flags;
    const char *tun;
    const struct layers *layers;
    const struct layers *raw; // of packets that are not to be tracked
    const struct tunnel_names *tunnels;
    char letter;                  // of the new maps
    const struct table_maps *old; // what the second transaction removes
};

const char *table_counter_name(enum table_counter counter);

// Takes the table over from a socket that is gone, makes it if there is none.
void table_build_adoption(struct batch *batch, uint32_t flags);
// Deletes the table (it must exist) and everything in it.
void table_build_removal(struct batch *batch);
// A letter that none of the maps has.
char table_free_letter(const struct table_maps *maps);
// The first transaction: table, counters and chains, where they aren't there yet, and the new maps.
void table_build_maps(struct batch *batch, const struct table_config *config);
// The second: new rules for the old ones.
void table_build_rules(struct batch *batch, const struct table_config *config);
// Instead of the second: the new maps go again.
void table_build_retreat(struct batch *batch, const struct table_config *config);

#endif
