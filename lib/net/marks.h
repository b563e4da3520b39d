// Bits of the packet mark that Bulkhead uses (documented for operators in docs/architecture.md). The other bits stay
// theirs.
#ifndef BULKHEAD_NET_MARKS_H
#define BULKHEAD_NET_MARKS_H

// What a policy protects; `ip rule` sends it to the TUN.
#define MARK_PROTECT 0x10000000u
// Our own IKE and ESP sockets (SO_MARK): never steered.
#define MARK_OWN 0x20000000u
// Came out of the tunnel: for operators' forward rules.
#define MARK_FROM_TUNNEL 0x40000000u
// While fw-d asks whether a packet comes from a protected pair; stays on the first packet of a connection that came out
// of the tunnel and keeps its addresses.
#define MARK_INBOUND 0x08000000u

// The route table (and the ip rule's priority) that protected packets use.
#define ROUTE_TABLE   4500u
#define RULE_PRIORITY 4500u

#define TUN_NAME_DEFAULT "bulkhead0"

#endif
