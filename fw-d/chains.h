// The chains of table `inet bulkhead` and their rules, which are the same for every configuration: what differs stands
// in the maps. The way of a packet (the numbers are priorities):
//
//     prerouting -110   what a policy protects gets MARK_PROTECT (RFC 4301 5.1); from the TUN: MARK_FROM_TUNNEL; a
//     protected
//                       pair that arrives in clear from outside is dropped (RFC 4301 5.2)
//     prerouting  -90   the same once more for packets whose addresses NAT changed in between
//     output     -110   the same for the gateway's own packets, ours (MARK_OWN) left out; the mark routes them again
//     nat prerouting, output, postrouting -199   protected packets are translated to themselves, so that no later chain
//     does postrouting -150  protected, but not about to leave by the TUN: dropped. TCP's MSS is lowered to what the
//     TUN carries
#ifndef BULKHEAD_FW_CHAINS_H
#define BULKHEAD_FW_CHAINS_H

#include "fw-d/table.h"

// One place that looks packets up in the layers: chains PREFIX_v4 and PREFIX_v6 and a verdict map.
struct chain_lookup {
    const char *prefix; // NULL ends the list
    const char *actions;
    bool inbound;           // the packet comes from the remote side
    const char *on_protect; // chain to go on with; NULL: back to where the question was asked
    const char *on_protect_open;
    const char *on_discard;
};

extern const struct chain_lookup chain_lookups[];

// Declares all chains.
void chains_build(struct batch *batch);
// Fills them, in fw-d/chain_rules.c; the maps must be there.
void chains_build_rules(struct batch *batch, const struct table_config *config);

#endif
