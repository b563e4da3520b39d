// What the selectors of RFC 4301 4.4.1.1 look at in a packet: addresses, upper-layer protocol, ports, ICMP type and
// code. A pure function from bytes to a struct, for packets from the LAN and for what came out of an SA.
#ifndef BULKHEAD_ESP_FLOW_H
#define BULKHEAD_ESP_FLOW_H

#include "lib/core/bytes.h"
#include "lib/net/selector.h"

// An address as a number, so that ranges are two comparisons. IPv4 in the low 32 bits.
typedef unsigned __int128 address_key;

struct flow {
    address_key source;
    address_key destination;
    uint16_t source_port; // 0 where the protocol has none; ICMP: type and code in both (RFC 7296 3.13.1)
    uint16_t destination_port;
    uint8_t family;        // 4, 6
    uint8_t protocol;      // upper layer, behind IPv6's extension headers
    uint8_t traffic_class; // DSCP and ECN
    bool opaque;           // the ports are not known: a fragment that is not the first (RFC 4301 4.4.1.1)
    bool fragment;
    bool later_fragment;      // not the first
    bool more_fragments;      // not the last
    bool dont_fragment;       // IPv4's DF; true for IPv6
    uint32_t header_bytes;    // up to the upper layer
    uint32_t total_bytes;     // as the IP header says
    uint32_t fragment_id;     // of a fragment
    uint32_t fragment_offset; // bytes
};

// -EBADMSG: not IPv4 or IPv6, a length that is not there, an endless or broken chain of extension headers, or a first
// fragment too short for its ports. `packet` may be longer than the IP header says (RFC 4303 2.7: TFC padding).
int flow_parse(struct bytes packet, struct flow *ret_flow);

// Same to every selector: family, addresses, protocol, ports, and whether ports are hidden.
bool flow_is_alike(const struct flow *a, const struct flow *b);

address_key address_key_of(const struct address *a);
struct address address_of_key(address_key key, uint8_t family);

#endif
