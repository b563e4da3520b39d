// A policy's message as lib/net/policy_words.h reads it. Nothing here is linked: daemons that don't read files use it,
// too.
#ifndef BULKHEAD_SCHEMA_POLICY_FORM_H
#define BULKHEAD_SCHEMA_POLICY_FORM_H

#include "bulkhead/v1/policy.pb-c.h"
#include "lib/net/policy_words.h"

// Pairs of all policies of one tunnel.
#define POLICY_PAIRS_MAX 4096u
// CHILD_SAs of one tunnel, the shared one included.
#define POLICY_CHILDREN_MAX 257u

// Lends the message's texts; the message must stand still.
static inline struct policy_words policy_form_words(const Bulkhead__V1__Policy *policy)
{
    return (struct policy_words){
        .locals = policy->n_locals ? policy->locals : &policy->local,
        .locals_n = policy->n_locals ? policy->n_locals : 1,
        .remotes = policy->n_remotes ? policy->remotes : &policy->remote,
        .remotes_n = policy->n_remotes ? policy->n_remotes : 1,
        .protocol = policy->protocol,
        .local_ports = policy->local_ports,
        .remote_ports = policy->remote_ports,
        .icmp_type = policy->icmp_type,
    };
}

#endif
