// The chains of table `inet bulkhead` and their rules, which are the same for every configuration: what differs stands
// in the maps. The way of a packet (the numbers are priorities):
//
//     raw -300           in prerouting and output, only where a policy says `notrack`: such a packet is not tracked
//     prerouting -110    what a policy protects gets MARK_PROTECT (RFC 4301 5.1); from the TUN: MARK_FROM_TUNNEL; a
//                        protected pair that arrives in clear from outside is dropped (RFC 4301 5.2)
//     prerouting  -90    the same once more for packets whose addresses NAT changed in between
//     output     -110    the same for the gateway's own packets, ours (MARK_OWN) left out; the mark routes them again
//     nat -199           in prerouting, output and postrouting: protected packets are translated to themselves, so that
//                        no later chain translates them
//     postrouting -150   protected, but not about to leave by the TUN: dropped, whatever became of the mark on the way
//
// TCP's MSS is not lowered here: esp-d does it, who knows the overhead of each SA and the MTU of its path.
#ifndef BULKHEAD_FW_CHAINS_H
#define BULKHEAD_FW_CHAINS_H

#include "fw-d/table.h"

// Where the elements of the maps lead to.
#define CHAIN_ON_PROTECT "on_protect"
// The local side is a whole address family: protected like any other, but what comes out of the tunnel goes on to
// anywhere, so that the operator's NAT is not kept from it.
#define CHAIN_ON_PROTECT_OPEN "on_protect_open"
#define CHAIN_ON_DISCARD      "on_discard"
#define CHAIN_UNTRACK         "untrack" // of the maps that are asked before connection tracking

// Declares all chains; those before connection tracking only where they have work, since every packet passes them.
void chains_build(struct batch *batch, bool has_raw);
// Fills them, in fw-d/chain_rules.c; the maps must be there.
void chains_build_rules(struct batch *batch, const struct table_config *config);

#endif
