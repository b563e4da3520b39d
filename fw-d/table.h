// Table `inet bulkhead`: everything of ours in nftables, built as one transaction that replaces what stood before.
// Rules are few and fixed; policies are elements of maps (fw-d/sets.h), looked up by chains (fw-d/chains.h).
#ifndef BULKHEAD_FW_TABLE_H
#define BULKHEAD_FW_TABLE_H

#include "fw-d/batch.h"
#include "fw-d/layers.h"

// In the order of preference; linux/netfilter/nf_tables.h of Debian 12 lacks PERSIST (kernel 6.9).
#define TABLE_OWNED_PERSISTENT 0x6u
#define TABLE_OWNED            0x2u
#define TABLE_PLAIN            0x0u

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

struct table_config {
    uint32_t flags;
    const char *tun;
    uint32_t tun_mtu_bytes;
    const struct layers *layers;
    struct counter_value counters[COUNTER_COUNT]; // where they go on from
};

const char *table_counter_name(enum table_counter counter);

// Takes the table over from a socket that is gone, makes it if there is none.
void table_build_adoption(struct batch *batch, uint32_t flags);
// Deletes the table (it must exist) and everything in it.
void table_build_removal(struct batch *batch);
// The whole table, new.
void table_build(struct batch *batch, const struct table_config *config);

#endif
