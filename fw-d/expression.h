// The pieces of our rules. A rule is drafted piece by piece and put into the transaction; what a rule does not match
// ends it there. Addresses, protocol and ports of a lookup stand side by side from the first register on.
#ifndef BULKHEAD_FW_EXPRESSION_H
#define BULKHEAD_FW_EXPRESSION_H

#include <libnftnl/rule.h>

#include "fw-d/batch.h"
#include "fw-d/layers.h"

struct draft {
    struct batch *batch;
    struct nftnl_rule *rule;
};

// A 32-bit register that no lookup's key reaches.
#define EXPRESSION_SCRATCH NFT_REG32_15

struct draft rule_draft(struct batch *batch, const char *chain);
// Into the transaction; the draft is gone.
void rule_commit(struct draft *draft);

// Matches. Values of 16 and 32 bits are in host order, `name` an interface.
void match_interface(struct draft *draft, bool input, bool equal, const char *name);
void match_family(struct draft *draft, uint8_t family);
void match_protocol(struct draft *draft, uint8_t protocol);
// The user of the socket that sends it is this one, or (equal false) another; there must be such a socket.
void match_user(struct draft *draft, uint32_t uid, bool equal);
void match_mark(struct draft *draft, uint32_t bits, bool set);
// Any of these bits of the connection's NFT_CT_STATUS (IPS_...) or NFT_CT_STATE, or none of them.
void match_conntrack(struct draft *draft, uint32_t key, uint32_t bits, bool set);
// The packet's bytes at `offset` of the network (or else transport) header lie in [from, to], both in network order.
void match_payload(struct draft *draft, bool transport, uint32_t offset, struct bytes from, struct bytes to);
// A field of 16 bits of the transport header.
void match_port(struct draft *draft, uint32_t offset, uint16_t port);
// TCP's SYN.
void match_syn(struct draft *draft, bool set);
// The destination is an address of this host.
void match_destination_local(struct draft *draft);

// Loads the key of a lookup (fw-d/sets.h). inbound: the packet comes from the remote side.
void load_addresses(struct draft *draft, uint8_t family, bool inbound);
void load_protocol(struct draft *draft, uint8_t family);
void load_ports(struct draft *draft, uint8_t family, bool inbound);
void load_icmp(struct draft *draft, uint8_t family);
// Cuts what was loaded down to the masks of the kind.
void mask_key(struct draft *draft, const struct layer_kind *kind);
// Does what the verdict map says for the key; without an element of it the rule ends.
void lookup_verdict(struct draft *draft, const char *map);

// Statements.
void set_mark(struct draft *draft, uint32_t bits);
void clear_mark(struct draft *draft, uint32_t bits);
void set_conntrack_mark(struct draft *draft, uint32_t bits); // of the connection
void count_in(struct draft *draft, const char *counter);
void leave_untracked(struct draft *draft);
void give_verdict(struct draft *draft, int verdict, const char *chain); // chain NULL unless jump or goto
// NAT to the address that is there anyway, so that no later chain translates.
void keep_address(struct draft *draft, uint8_t family, bool source);

#endif
