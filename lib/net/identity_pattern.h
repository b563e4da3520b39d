// Which IKE identities a peer may have: one, those of a domain, or any (bulkhead.v1.Endpoint.id).
#ifndef BULKHEAD_NET_IDENTITY_PATTERN_H
#define BULKHEAD_NET_IDENTITY_PATTERN_H

#include "lib/net/identity.h"

enum identity_pattern_kind {
    IDENTITY_PATTERN_EXACT,  // `identity`; of type IDENTITY_NONE: not said
    IDENTITY_PATTERN_SUFFIX, // whatever ends with `identity`: ".branch.example", "@example.com"
    IDENTITY_PATTERN_ANY,
    IDENTITY_PATTERN_NAME, // DNs as `identity`, in which values are any: "dn:CN=*,O=Example"
};

struct identity_pattern {
    enum identity_pattern_kind kind;
    struct identity identity;
};

// As identity_parse; also "*.branch.example" ('*' stands for one or more labels), "*@example.com" (for any local part),
// with or without their prefixes, "dn:CN=*,O=Example" (for any value; attributes that are not named may not be there),
// and "any". -EINVAL, also for a '*' elsewhere.
int identity_pattern_parse(const char *text, struct identity_pattern *ret_pattern);
bool identity_pattern_fits(const struct identity_pattern *pattern, const struct identity *id);
// Into out (IDENTITY_TEXT_MAX); returns out.
char *identity_pattern_format(const struct identity_pattern *pattern, char *out, size_t out_size);

#endif
