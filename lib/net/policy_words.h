// What the words of one policy mean (proto/bulkhead/v1/policy.proto): the pairs of traffic selectors that it stands
// for. The one place where every daemon has that from.
#ifndef BULKHEAD_NET_POLICY_WORDS_H
#define BULKHEAD_NET_POLICY_WORDS_H

#include <stddef.h>

#include "lib/net/selector.h"

struct policy_words {
    char *const *locals; // prefixes, addresses or ranges; at least one
    size_t locals_n;
    char *const *remotes;
    size_t remotes_n;
    const char *protocol; // these as selector_parse takes them
    const char *local_ports;
    const char *remote_ports;
    const char *icmp_type; // "", "8", "8/0"
};

// Ports of a selector for an ICMP type, or type and code (RFC 7296 3.13.1). -EINVAL with *ret_error set to a static
// text.
int policy_words_icmp(const char *icmp_type, struct selector *selector, const char **ret_error);

// How many pairs there are at most, N x M.
static inline size_t policy_words_pairs(const struct policy_words *words)
{
    return words->locals_n * words->remotes_n;
}

// The pair of that index, all remotes of the first local first. -EAFNOSUPPORT: its two are of different families, there
// is no such pair. -EINVAL with *ret_error set to a static text.
int policy_words_pair(const struct policy_words *words, size_t index, struct selector *ret_local,
                      struct selector *ret_remote, const char **ret_error);

#endif
