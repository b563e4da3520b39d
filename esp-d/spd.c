#include "esp-d/spd.h"

#include <errno.h>
#include <stdlib.h>

#include "esp-d/spd_index.h"

// So many are walked faster than looked up.
#define WALK_MAX 8u

struct spd *spd_new(uint64_t generation)
{
    struct spd *spd = calloc(1, sizeof(*spd));

    if (spd)
        spd->generation = generation;
    return spd;
}

static int grow(struct spd *spd)
{
    unsigned capacity = spd->capacity ? spd->capacity * 2 : 32;
    struct policy *policy;

    if (spd->n == ESP_POLICIES_MAX)
        return -ENOSPC;
    if (spd->n < spd->capacity)
        return 0;
    policy = reallocarray(spd->policy, capacity, sizeof(*policy));
    if (!policy)
        return -ENOMEM;
    spd->policy = policy;
    spd->capacity = capacity;
    return 0;
}

int spd_add(struct spd *spd, const struct policy *policy)
{
    struct policy *p;
    int err = grow(spd);

    if (err)
        return err;
    p = &spd->policy[spd->n++];
    p->local = policy->local;
    p->remote = policy->remote;
    p->action = policy->action;
    p->tunnel = policy->tunnel;
    atomic_init(&p->acquire_ms, 0);
    atomic_init(&p->waiting_ms, 0);
    return 0;
}

int spd_finish(struct spd *spd)
{
    struct policy *exact;

    if (!spd->n)
        return 0;
    exact = reallocarray(spd->policy, spd->n, sizeof(*exact));
    if (exact) {
        spd->policy = exact;
        spd->capacity = spd->n;
    }
    if (spd->n <= WALK_MAX)
        return 0;
    spd->index = spd_index_new(spd->policy, spd->n);
    return spd->index ? 0 : -ENOMEM;
}

static void free_spd(void *object)
{
    struct spd *spd = object;

    spd_index_free(spd->index);
    free(spd->policy);
    free(spd);
}

void spd_retire(struct spd *spd, struct tunnels *tunnels)
{
    if (!spd)
        return;
    for (unsigned i = 0; i < spd->n; i++)
        tunnel_unref(tunnels, spd->policy[i].tunnel);
    retire_add(tunnels->retire, free_spd, spd);
}

static unsigned walk(const struct spd *spd, const struct flow *flow, enum filter_direction direction)
{
    unsigned i = 0;

    while (i < spd->n && !filter_matches(&spd->policy[i].local, &spd->policy[i].remote, flow, direction))
        i++;
    return i;
}

struct policy *spd_find(const struct spd *spd, const struct flow *flow, enum filter_direction direction)
{
    unsigned i;

    if (!spd)
        return NULL;
    i = spd->index ? spd_index_find(spd->index, spd->policy, flow, direction) : walk(spd, flow, direction);
    return i < spd->n ? &spd->policy[i] : NULL;
}
