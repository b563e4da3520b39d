// An IKE identity (RFC 7296 3.5).
#ifndef BULKHEAD_NET_IDENTITY_H
#define BULKHEAD_NET_IDENTITY_H

#include "lib/net/address.h"

enum identity_type {
    IDENTITY_NONE = 0,
    IDENTITY_IPV4 = 1,
    IDENTITY_FQDN = 2,
    IDENTITY_EMAIL = 3, // ID_RFC822_ADDR
    IDENTITY_IPV6 = 5,
    IDENTITY_DN = 9,
    IDENTITY_KEY_ID = 11,
};

#define IDENTITY_DATA_MAX 512
#define IDENTITY_TEXT_MAX 1100

struct identity {
    enum identity_type type;
    uint16_t n;
    uint8_t data[IDENTITY_DATA_MAX];
};

// "fqdn:gw.example", "email:a@b", "ipv4:192.0.2.1", "ipv6:2001:db8::1", "keyid:0a0b" (hex), "dn:CN=gw1,O=Example"
// (RFC 4514); without a prefix guessed: an address, '=' inside -> DN, '@' inside -> e-mail (a leading '@' -> FQDN, as
// swanctl writes it), else FQDN. -EINVAL.
int identity_parse(const char *text, struct identity *ret_identity);
struct identity identity_of_address(const struct address *a);
// -EINVAL: type unknown to us, size that does not fit the type or IDENTITY_DATA_MAX.
int identity_from_wire(uint8_t type, struct bytes data, struct identity *ret_identity);
// With its prefix; bytes that don't print are escaped, so that a peer can't forge log lines.
char *identity_format(const struct identity *id, char *out, size_t out_size);
// FQDN and e-mail domain without regard to case, DNs as distinguished_name_equal.
bool identity_equal(const struct identity *a, const struct identity *b);

#endif
