#include "fw-d/untracked.h"

#include <errno.h>
#include <stdlib.h>

#include "fw-d/policy_index.h"

static bool on_overlap(size_t id, void *arg)
{
    bool *is_needed = arg;

    is_needed[id] = true;
    return true;
}

static bool any_untracked(const struct policy *policies, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (policies[i].notrack)
            return true;
    }
    return false;
}

static size_t pick(const struct policy *policies, size_t n, const bool *is_needed, struct policy *list)
{
    size_t picked = 0;

    for (size_t i = 0; i < n; i++) {
        if (!policies[i].notrack && !is_needed[i])
            continue;
        list[picked] = policies[i];
        list[picked++].action = policies[i].notrack ? POLICY_UNTRACK : POLICY_BYPASS;
    }
    return picked;
}

int untracked_list(const struct policy *policies, size_t n, struct policy **ret_list, size_t *ret_n)
{
    struct policy_index *index;
    struct policy *list;
    bool *is_needed;
    int r = -ENOMEM;

    *ret_list = NULL;
    *ret_n = 0;
    if (!any_untracked(policies, n))
        return 0;
    index = policy_index_new(policies, n);
    list = calloc(n, sizeof(*list));
    is_needed = calloc(n, sizeof(*is_needed));
    if (index && list && is_needed) {
        for (size_t i = 0; i < n; i++) {
            if (policies[i].notrack)
                policy_index_walk(index, i, on_overlap, is_needed);
        }
        *ret_n = pick(policies, n, is_needed, list);
        *ret_list = list;
        list = NULL;
        r = 0;
    }
    policy_index_free(index);
    free(list);
    free(is_needed);
    return r;
}
