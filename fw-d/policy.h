// A policy as the firewall sees it (RFC 4301 4.4.1): which pairs of addresses are protected, left alone or dropped.
#ifndef BULKHEAD_FW_POLICY_H
#define BULKHEAD_FW_POLICY_H

#include "lib/net/selector.h"

// Also the value that a set's element carries in the kernel.
enum policy_action {
    POLICY_PROTECT = 1,
    POLICY_BYPASS = 2,
    POLICY_DISCARD = 3,
    POLICY_UNTRACK = 4, // only in the list that is asked before connection tracking (fw-d/untracked.h)
};

// Both sides are of one family and one protocol.
struct policy {
    struct selector local;
    struct selector remote;
    enum policy_action action;
    bool notrack;
    uint32_t tunnel; // of tunnel_names
};

#define POLICY_TEXT_MAX (2 * SELECTOR_TEXT_MAX + 16)

// One flow seen from this side.
struct flow {
    struct address local;
    struct address remote;
    uint8_t protocol;
    uint16_t local_port; // 0 where the protocol has none; ICMP: type and code in both
    uint16_t remote_port;
};

// Does the protocol carry ports in its first four bytes (TCP, UDP, DCCP, SCTP, UDP-Lite)?
bool protocol_has_ports(uint8_t protocol);
// ICMP or ICMPv6: type and code stand in both ports (RFC 7296 3.13.1).
bool protocol_is_icmp(uint8_t protocol);

bool policy_equal(const struct policy *a, const struct policy *b);
bool policy_overlaps(const struct policy *a, const struct policy *b);
bool policy_covers(const struct policy *outer, const struct policy *inner);
// "10.1.0.0/24 <-> 10.2.0.0/24[tcp/80]"
char *policy_format(const struct policy *p, char *out, size_t out_size);
bool policy_matches(const struct policy *p, const struct flow *flow);

#endif
