#include "fw-d/connected.h"

#include <errno.h>
#include <stdlib.h>

#include "fw-d/fw_limits.h"

void connected_done(struct connected *connected)
{
    free(connected->ranges);
    *connected = (struct connected){0};
}

static bool has_range(const struct connected *connected, const struct range *range)
{
    for (size_t i = 0; i < connected->n; i++) {
        if (range_equal(&connected->ranges[i], range))
            return true;
    }
    return false;
}

int connected_add(struct connected *connected, const struct range *range)
{
    struct range *more;

    if (has_range(connected, range))
        return 0;
    if (connected->n == FW_CONNECTED_MAX)
        return -E2BIG;
    more = reallocarray(connected->ranges, connected->n + 1, sizeof(*more));
    if (!more)
        return -ENOMEM;
    connected->ranges = more;
    more[connected->n++] = *range;
    return 0;
}

bool connected_equal(const struct connected *a, const struct connected *b)
{
    if (a->n != b->n)
        return false;
    for (size_t i = 0; i < a->n; i++) {
        if (!has_range(b, &a->ranges[i]))
            return false;
    }
    return true;
}

static bool takes_along(const struct policy *p, const struct range *network)
{
    return p->action == POLICY_PROTECT && range_covers(&p->remote.range, network) &&
           !range_equal(&p->remote.range, network);
}

// Writes the policy's bypasses and then the policy itself; returns how many, with out NULL only counts.
static size_t expand(const struct connected *connected, const struct policy *p, struct policy *out)
{
    size_t n = 0;

    for (size_t i = 0; i < connected->n; i++) {
        if (!takes_along(p, &connected->ranges[i]))
            continue;
        if (out) {
            out[n] = *p;
            out[n].remote.range = connected->ranges[i];
            out[n].action = POLICY_BYPASS;
        }
        n++;
    }
    if (out)
        out[n] = *p;
    return n + 1;
}

int connected_apply(const struct connected *connected, const struct policy *policies, size_t n,
                    struct policy **ret_policies, size_t *ret_n)
{
    struct policy *out;
    size_t total = 0;

    for (size_t i = 0; i < n; i++)
        total += expand(connected, &policies[i], NULL);
    if (total > FW_POLICIES_MAX)
        return -E2BIG;
    out = calloc(total + 1, sizeof(*out));
    if (!out)
        return -ENOMEM;
    total = 0;
    for (size_t i = 0; i < n; i++)
        total += expand(connected, &policies[i], out + total);
    *ret_policies = out;
    *ret_n = total;
    return 0;
}
