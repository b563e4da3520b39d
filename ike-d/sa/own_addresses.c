#include "ike-d/sa/own_addresses.h"

#include <stdlib.h>
#include <string.h>

#include "ike-d/sa/ike_core.h"
#include "ike-d/sa/ike_sa.h"
#include "ike-d/sa/tunnel.h"
#include "lib/core/log.h"

static int compare(const void *a, const void *b)
{
    return address_compare(a, b);
}

static bool is_outer(const struct address *address)
{
    return !address_is_any(address) && !address_is_loopback(address) && !address_is_link_local(address) &&
           !address_is_multicast(address);
}

static bool is_same(const struct own_addresses *own, const struct own_addresses *now)
{
    bool same = own->version != 0 && own->n == now->n;
    for (unsigned i = 0; same && i < own->n; i++) {
        same = address_equal(&own->list[i], &now->list[i]);
    }
    return same;
}

bool own_addresses_read(struct ike_core *core)
{
    struct own_addresses now = {.n = 0};
    struct address found[IKE_OWN_ADDRESSES_MAX];
    int n = core->env->list_local(core->env->arg, found, IKE_OWN_ADDRESSES_MAX);
    if (n < 0) {
        log_warning("own_addresses_not_read", LOG_ERRNO(n));
        return false;
    }
    for (int i = 0; i < n; i++) {
        if (is_outer(&found[i])) {
            now.list[now.n++] = found[i];
        }
    }
    qsort(now.list, now.n, sizeof(now.list[0]), compare);
    if (is_same(&core->own, &now)) {
        return false;
    }
    now.version = core->own.version + 1;
    core->own = now;
    return true;
}

// Reached through the tunnel, not on the way to it. A policy that holds the outer address as well says nothing.
static bool is_protected(const struct ike_sa *sa, const struct address *address)
{
    const struct tunnel_config *config = sa->tunnel->config;
    for (unsigned i = 0; i < config->policies_n; i++) {
        enum tunnel_action action;
        const struct range *range = &tunnel_config_policy(config, i, &action)->local.range;
        if (action == TUNNEL_ACTION_PROTECT && range_contains(range, address) &&
            !range_contains(range, &sa->local.address)) {
            return true;
        }
    }
    return false;
}

// Without a NAT in front of us, a private address may reach who reaches the private one that we talk from.
static bool fits_scope(const struct ike_sa *sa, const struct address *address)
{
    return !address_is_private(address) || (address_is_private(&sa->local.address) && !sa->esp.local_nat);
}

unsigned own_addresses_for(const struct ike_sa *sa, struct address ret_list[IKE_MOBIKE_ADDRESSES_MAX])
{
    const struct own_addresses *own = &sa->core->own;
    unsigned n = 0;
    if (sa->tunnel->config->local.family != 0) {
        return 0;
    }
    for (unsigned i = 0; i < own->n && n < IKE_MOBIKE_ADDRESSES_MAX; i++) {
        const struct address *address = &own->list[i];
        if (!address_equal(address, &sa->local.address) && !is_protected(sa, address) && fits_scope(sa, address)) {
            ret_list[n++] = *address;
        }
    }
    return n;
}
