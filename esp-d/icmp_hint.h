// What a router says of a packet of ours that it could not hand on for its size: ICMP "fragmentation needed" (RFC 1191
// 4) or ICMPv6 "packet too big" (RFC 4443 3.2). Anybody can send such a message; what shows that its sender has seen
// our packet is the SPI and the sequence number in the part of it that comes back (RFC 4301 8.2.1). Pure.
#ifndef BULKHEAD_ESP_ICMP_HINT_H
#define BULKHEAD_ESP_ICMP_HINT_H

#include "lib/core/bytes.h"
#include "lib/net/address.h"

struct icmp_hint {
    struct address remote; // where the packet was going
    uint32_t mtu_bytes;    // of the next link; 0: the router does not say
    uint32_t packet_bytes; // of the packet that did not fit, with IPv4; 0: unknown
    uint32_t spi;
    uint32_t sequence; // low half
};

// As raw sockets hand them over: with the IP header for IPv4, without for IPv6. False: something else, cut short before
// the sequence number, or about a packet that is not ESP.
bool icmp_hint_parse_ipv4(struct bytes packet, struct icmp_hint *ret_hint);
bool icmp_hint_parse_ipv6(struct bytes message, struct icmp_hint *ret_hint);

#endif
