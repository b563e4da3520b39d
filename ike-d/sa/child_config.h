// One CHILD_SA of a tunnel as it is configured: the pairs of selectors that it is to carry (RFC 7296 2.9). Policies
// that share one are the pairs of one child_config; a policy that has a CHILD_SA of its own is one alone. At run time
// each has a child_slot.
#ifndef BULKHEAD_IKE_SA_CHILD_CONFIG_H
#define BULKHEAD_IKE_SA_CHILD_CONFIG_H

#include "ike-d/nego/narrow.h"

struct tunnel_config;

#define CHILD_NAME_MAX 65 // with its end

struct child_config {
    unsigned number;           // 0: the one that is shared; others from 1, in configured order
    char name[CHILD_NAME_MAX]; // of the policy that it was made for; "": shared
    bool shared;
    struct selector_pair *pairs; // at least one
    unsigned pairs_n;
    unsigned local_n; // different selectors of each side
    unsigned remote_n;
};

// Puts the pair of a policy that protects into the CHILD_SA that is shared, or (with a name) into one of its own. A
// shared one that has as many selectors as a CHILD_SA can carry is followed by another one. -ENOMEM; -E2BIG: more than
// IKE_CHILD_SLOTS_MAX.
int child_config_add(struct tunnel_config *config, const struct selector_pair *pair, const char *name);
void child_config_free_all(struct tunnel_config *config);

#endif
