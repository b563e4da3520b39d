// Policies of equal selectors (declared in config_rules.h).
#include "lib/schema/config_rules.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/net/selector.h"
#include "lib/schema/tree.h"

// A pair of selectors and who claims it.
struct claim {
    struct selector local;
    struct selector remote;
    size_t tunnel;
    size_t policy;
};

static int compare_selectors(const struct selector *a, const struct selector *b)
{
    int r = address_compare(&a->range.start, &b->range.start);

    if (r == 0)
        r = address_compare(&a->range.end, &b->range.end);
    if (r == 0)
        r = (int)a->protocol - b->protocol;
    if (r == 0)
        r = (int)a->start_port - b->start_port;
    return r ? r : (int)a->end_port - b->end_port;
}

static int compare_pairs(const struct claim *a, const struct claim *b)
{
    int r = compare_selectors(&a->local, &b->local);

    return r ? r : compare_selectors(&a->remote, &b->remote);
}

static int compare_claims(const void *a, const void *b)
{
    const struct claim *x = a, *y = b;
    int r = compare_pairs(x, y);

    if (r)
        return r;
    if (x->tunnel != y->tunnel)
        return x->tunnel < y->tunnel ? -1 : 1;
    return x->policy < y->policy ? -1 : x->policy > y->policy;
}

// False for a policy that protects nothing or is wrong in itself.
static bool claim_of(const Bulkhead__V1__Policy *policy, struct claim *ret_claim)
{
    const char *error;

    return policy->action != BULKHEAD__V1__POLICY_ACTION__POLICY_ACTION_BYPASS &&
           policy->action != BULKHEAD__V1__POLICY_ACTION__POLICY_ACTION_DISCARD &&
           selector_parse(policy->local, policy->protocol, policy->local_ports, &ret_claim->local, &error) == 0 &&
           selector_parse(policy->remote, policy->protocol, policy->remote_ports, &ret_claim->remote, &error) == 0;
}

static void refuse_claim(struct mistakes *mistakes, const Bulkhead__V1__Config *config, const struct claim *first,
                         const struct claim *second)
{
    char path[64], local[SELECTOR_TEXT_MAX], remote[SELECTOR_TEXT_MAX], place[64] = "";
    const struct tree_node *node = NULL;

    snprintf(path, sizeof(path), "tunnels[%zu].policies[%zu]", first->tunnel, first->policy);
    if (mistakes->tree)
        node = tree_find(mistakes->tree, path);
    if (node && node->line)
        snprintf(place, sizeof(place), ", line %u", node->line);
    selector_format(&first->local, local, sizeof(local));
    selector_format(&first->remote, remote, sizeof(remote));
    snprintf(path, sizeof(path), "tunnels[%zu].policies[%zu]", second->tunnel, second->policy);
    mistake_add_at(
        mistakes, path,
        "claims %s - %s, which tunnels[%zu].policies[%zu] (tunnel \"%.64s\"%s) claims already; remove one of the two",
        local, remote, first->tunnel, first->policy, config->tunnels[first->tunnel]->name, place);
}

int config_check_claims(struct mistakes *mistakes, const Bulkhead__V1__Config *config)
{
    size_t n = 0, count = 0, first = 0;
    struct claim *claims;

    for (size_t i = 0; i < config->n_tunnels; i++)
        count += config->tunnels[i]->n_policies;
    claims = calloc(count ? count : 1, sizeof(*claims));
    if (!claims)
        return -ENOMEM;
    for (size_t i = 0; i < config->n_tunnels; i++)
        for (size_t j = 0; j < config->tunnels[i]->n_policies; j++)
            if (claim_of(config->tunnels[i]->policies[j], &claims[n])) {
                claims[n].tunnel = i;
                claims[n++].policy = j;
            }
    qsort(claims, n, sizeof(*claims), compare_claims);
    for (size_t i = 1; i < n; i++)
        if (compare_pairs(&claims[first], &claims[i]) == 0)
            refuse_claim(mistakes, config, &claims[first], &claims[i]);
        else
            first = i;
    free(claims);
    return 0;
}
