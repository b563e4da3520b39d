// What is known of the MTU of outer paths: planned probes, and what routers answered (RFC 4301 8.2.1). A path counts as
// wide until it is known to be narrow, and as narrow until a probe has gone out and nobody objected. Thread: main.
#ifndef BULKHEAD_ESP_PATH_MTU_H
#define BULKHEAD_ESP_PATH_MTU_H

#include "esp-d/database.h"
#include "esp-d/icmp_hint.h"

// An SA's turn: when it has carried something, and its path was not asked for a while (RFC 1191 6.3), the worker is
// told to probe.
void path_mtu_sweep(struct child *child, uint64_t now_ms);
// The replaced SA went the same way: what it knew is taken over.
void path_mtu_inherit(struct child *child, const struct child *replaced);
// Takes over what a router said, for all SAs that send to this remote address. Returns what their path takes from now
// on, which the router need not have named (RFC 1191 5); 0: no SA of ours has sent the packet that it is about, or it
// says nothing new.
uint32_t path_mtu_learn(struct database *db, const struct icmp_hint *hint, uint64_t now_ms);

#endif
