// Types of attributes in distinguished names: object identifiers and how people write them (RFC 4514 3, RFC 5280 A.1).
#ifndef BULKHEAD_NET_ATTRIBUTE_TYPE_H
#define BULKHEAD_NET_ATTRIBUTE_TYPE_H

#include "lib/core/bytes.h"

#define ATTRIBUTE_TYPE_OID_MAX  32
#define ATTRIBUTE_TYPE_TEXT_MAX 128

struct attribute_type {
    uint8_t n;
    uint8_t oid[ATTRIBUTE_TYPE_OID_MAX]; // content of the OBJECT IDENTIFIER in DER
};

// "CN", "emailAddress" (without regard to case), "2.5.4.3" or "OID.2.5.4.3". -EINVAL.
int attribute_type_parse(struct bytes text, struct attribute_type *ret_type);
// "CN", or the numbers when it has no name here. Returns out (ATTRIBUTE_TYPE_TEXT_MAX).
char *attribute_type_format(struct bytes oid, char *out, size_t out_size);
// The tag (enum der_tag) of its strings, where their characters allow it; 0: no particular one.
uint8_t attribute_type_tag(const struct attribute_type *type);

#endif
