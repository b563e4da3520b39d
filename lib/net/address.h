// An IPv4 or IPv6 address; with a port, an endpoint.
#ifndef BULKHEAD_NET_ADDRESS_H
#define BULKHEAD_NET_ADDRESS_H

#include <netinet/in.h>

#include "lib/core/bytes.h"

struct address {
    uint8_t family; // 4, 6, or 0: none
    uint8_t b[16];  // network order; IPv4 in the first four, the rest zero
};

struct endpoint {
    struct address address;
    uint16_t port; // host order
};

#define ADDRESS_TEXT_MAX  46
#define ENDPOINT_TEXT_MAX 56

static inline size_t address_size(const struct address *a)
{
    return a->family == 4 ? 4 : a->family == 6 ? 16 : 0;
}
static inline struct bytes address_view(const struct address *a)
{
    return bytes_of(a->b, address_size(a));
}

// 4 or 16 bytes, else -EINVAL.
int address_from_bytes(struct bytes b, struct address *ret_address);
// "192.0.2.1", "2001:db8::1"; -EINVAL. No zone, no brackets.
int address_parse(const char *text, struct address *ret_address);
// Into out (ADDRESS_TEXT_MAX); returns out. "none" for family 0.
char *address_format(const struct address *a, char *out, size_t out_size);
bool address_equal(const struct address *a, const struct address *b);
// Order of the bytes, IPv4 before IPv6: <0, 0, >0.
int address_compare(const struct address *a, const struct address *b);
bool address_is_any(const struct address *a); // 0.0.0.0 or ::
bool address_is_loopback(const struct address *a);
bool address_is_private(const struct address *a); // RFC 1918, RFC 6598, RFC 4193
bool address_is_link_local(const struct address *a);
bool address_is_multicast(const struct address *a);

// "192.0.2.1:500", "[2001:db8::1]:500".
int endpoint_parse(const char *text, struct endpoint *ret_endpoint);
char *endpoint_format(const struct endpoint *e, char *out, size_t out_size);
bool endpoint_equal(const struct endpoint *a, const struct endpoint *b);
// An IPv4-mapped IPv6 address becomes IPv4. -EAFNOSUPPORT.
int endpoint_from_sockaddr(const struct sockaddr *sa, struct endpoint *ret_endpoint);
// Returns the length.
socklen_t endpoint_to_sockaddr(const struct endpoint *e, struct sockaddr_storage *ret_sa);

#endif
