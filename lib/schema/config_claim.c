// Policies of equal selectors (declared in config_rules.h).
#include "lib/schema/config_rules.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/schema/policy_form.h"
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

// Longer lists are a mistake of their own.
static bool is_countable(const Bulkhead__V1__Policy *policy)
{
    return policy->n_locals <= CONFIG_SIDE_MAX && policy->n_remotes <= CONFIG_SIDE_MAX;
}

static size_t count_pairs(const Bulkhead__V1__Config *config)
{
    size_t count = 0;

    for (size_t i = 0; i < config->n_tunnels; i++)
        for (size_t j = 0; j < config->tunnels[i]->n_policies; j++) {
            struct policy_words words = policy_form_words(config->tunnels[i]->policies[j]);

            count += is_countable(config->tunnels[i]->policies[j]) ? policy_words_pairs(&words) : 0;
        }
    return count;
}

// The claims of one policy, none for one that protects nothing or is wrong in itself. How many there are now.
static size_t add_claims(const Bulkhead__V1__Policy *policy, size_t tunnel, size_t index, struct claim *claims,
                         size_t n)
{
    struct policy_words words = policy_form_words(policy);
    const char *error;

    if (policy->action == BULKHEAD__V1__POLICY_ACTION__POLICY_ACTION_BYPASS ||
        policy->action == BULKHEAD__V1__POLICY_ACTION__POLICY_ACTION_DISCARD || !is_countable(policy))
        return n;
    for (size_t i = 0; i < policy_words_pairs(&words); i++) {
        struct claim *claim = &claims[n];

        if (policy_words_pair(&words, i, &claim->local, &claim->remote, &error) < 0)
            continue;
        claim->tunnel = tunnel;
        claim->policy = index;
        n++;
    }
    return n;
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
    size_t n = 0, first = 0;
    struct claim *claims = calloc(count_pairs(config) + 1, sizeof(*claims));

    if (!claims)
        return -ENOMEM;
    for (size_t i = 0; i < config->n_tunnels; i++)
        for (size_t j = 0; j < config->tunnels[i]->n_policies; j++)
            n = add_claims(config->tunnels[i]->policies[j], i, j, claims, n);
    qsort(claims, n, sizeof(*claims), compare_claims);
    for (size_t i = 1; i < n; i++)
        if (compare_pairs(&claims[first], &claims[i]) == 0)
            refuse_claim(mistakes, config, &claims[first], &claims[i]);
        else
            first = i;
    free(claims);
    return 0;
}
