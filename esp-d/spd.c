#include "esp-d/spd.h"

#include <errno.h>
#include <stdlib.h>

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

static void free_spd(void *object)
{
    struct spd *spd = object;

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

struct policy *spd_find(const struct spd *spd, const struct flow *flow, enum filter_direction direction)
{
    for (unsigned i = 0; spd && i < spd->n; i++) {
        struct policy *p = &spd->policy[i];

        if (filter_matches(&p->local, &p->remote, flow, direction))
            return p;
    }
    return NULL;
}
