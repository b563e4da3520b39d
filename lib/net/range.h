// Prefixes and ranges of addresses.
#ifndef BULKHEAD_NET_RANGE_H
#define BULKHEAD_NET_RANGE_H

#include "lib/net/address.h"

struct prefix {
    struct address address; // host bits are zero
    uint8_t bits;           // 0-32, 0-128
};

struct range { // both ends belong to it, of the same family, start <= end
    struct address start;
    struct address end;
};

#define PREFIX_TEXT_MAX 50
#define RANGE_TEXT_MAX  93

// "10.1.0.0/24"; an address alone is a /32 or /128. -EINVAL: not of that form; -EDOM: host bits are set (ret_prefix
// then holds the prefix without them, for the error message).
int prefix_parse(const char *text, struct prefix *ret_prefix);
char *prefix_format(const struct prefix *p, char *out, size_t out_size);
struct range prefix_to_range(const struct prefix *p);

// A prefix, an address, or "10.0.0.1-10.0.0.9". -EINVAL, -EDOM (host bits), -ERANGE (start over end, families differ).
int range_parse(const char *text, struct range *ret_range);
// As a prefix where it is one.
char *range_format(const struct range *r, char *out, size_t out_size);
bool range_to_prefix(const struct range *r, struct prefix *ret_prefix);
bool range_contains(const struct range *r, const struct address *a);
bool range_covers(const struct range *outer, const struct range *inner);
bool range_overlaps(const struct range *a, const struct range *b);
bool range_equal(const struct range *a, const struct range *b);
// False when they don't overlap.
bool range_intersect(const struct range *a, const struct range *b, struct range *ret_range);
// All of one family: 0.0.0.0-255.255.255.255 or ::-ffff:...
struct range range_all(uint8_t family);

#endif
