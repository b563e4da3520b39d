#include "fw-d/policy_index.h"

#include <stdlib.h>

struct entry {
    const struct policy *policy;
    const struct address *highest; // end of the remote ranges up to here
};

struct policy_index {
    struct entry *entries; // by the start of the remote range
    size_t n;
};

static int compare_entries(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;

    return address_compare(&x->policy->remote.range.start, &y->policy->remote.range.start);
}

struct policy_index *policy_index_new(const struct policy *policies, size_t n)
{
    struct policy_index *index = calloc(1, sizeof(*index));
    struct entry *e = calloc(n + 1, sizeof(*e));

    if (!index || !e) {
        free(index);
        free(e);
        return NULL;
    }
    *index = (struct policy_index){.entries = e, .n = n};
    for (size_t i = 0; i < n; i++)
        e[i].policy = &policies[i];
    qsort(e, n, sizeof(*e), compare_entries);
    for (size_t i = 0; i < n; i++) {
        e[i].highest = &e[i].policy->remote.range.end;
        if (i && address_compare(e[i - 1].highest, e[i].highest) > 0)
            e[i].highest = e[i - 1].highest;
    }
    return index;
}

void policy_index_free(struct policy_index *index)
{
    if (index)
        free(index->entries);
    free(index);
}

// How many entries start at or below the address.
static size_t count_below(const struct policy_index *index, const struct address *a)
{
    size_t low = 0, high = index->n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (address_compare(&index->entries[middle].policy->remote.range.start, a) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct policy *policy_index_find(const struct policy_index *index, const struct flow *flow)
{
    const struct policy *best = NULL;

    for (size_t i = count_below(index, &flow->remote); i-- > 0;) {
        const struct entry *e = &index->entries[i];

        if (address_compare(e->highest, &flow->remote) < 0)
            break;
        if ((!best || e->policy < best) && policy_matches(e->policy, flow))
            best = e->policy;
    }
    return best;
}
