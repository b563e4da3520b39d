// A traffic selector (RFC 7296 3.13.1, RFC 4301 4.4.1.1): addresses, protocol and ports of one side.
#ifndef BULKHEAD_NET_SELECTOR_H
#define BULKHEAD_NET_SELECTOR_H

#include "lib/net/range.h"

struct selector {
    struct range range;
    uint8_t protocol;    // 0: any
    uint16_t start_port; // 0-65535 with any protocol or any port; ICMP: type and code, RFC 7296 3.13.1
    uint16_t end_port;   // start 65535 and end 0: OPAQUE
};

#define SELECTOR_TEXT_MAX 128

// From the configuration's words: range as range_parse takes it, protocol ("", "tcp", "udp", "icmp", "ipv6-icmp",
// "sctp", "1"-"255"), ports ("", "80", "1000-2000"). Returns 0 or -EINVAL with *ret_error set to a static text that
// says which of the three is wrong and what would be right.
int selector_parse(const char *range, const char *protocol, const char *ports, struct selector *ret_selector,
                   const char **ret_error);
// "10.1.0.0/24", "10.1.0.0/24[tcp/80]", "10.1.0.0/24[udp/1000-2000]", "10.1.0.0/24[icmp]",
// "10.1.0.0/24[icmp/8]", "10.1.0.0/24[icmp/8/0]" (type, type and code).
char *selector_format(const struct selector *s, char *out, size_t out_size);
bool selector_equal(const struct selector *a, const struct selector *b);
bool selector_covers(const struct selector *outer, const struct selector *inner);
bool selector_overlaps(const struct selector *a, const struct selector *b);
// The largest selector within both; false when there is none.
bool selector_intersect(const struct selector *a, const struct selector *b, struct selector *ret_selector);
// Does it match a packet's address, protocol and port (0 where the protocol has none)?
bool selector_matches(const struct selector *s, const struct address *address, uint8_t protocol, uint16_t port);

#endif
