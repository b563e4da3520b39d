#include "fw-d/firewall.h"

#include <errno.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fw-d/fw_limits.h"
#include "fw-d/host.h"
#include "fw-d/installation.h"
#include "fw-d/table_reader.h"
#include "lib/core/log.h"

int firewall_open(struct firewall *firewall, const char *tun)
{
    int r;

    firewall->tun = tun;
    r = netlink_open(&firewall->route, NETLINK_ROUTE, 0);
    if (r == 0)
        r = netlink_open(&firewall->nft, NETLINK_NETFILTER, 0);
    if (r == 0)
        r = netlink_open(&firewall->conntrack, NETLINK_NETFILTER, 0);
    if (r < 0)
        firewall_close(firewall);
    return r;
}

void firewall_close(struct firewall *firewall)
{
    netlink_close(&firewall->route);
    netlink_close(&firewall->nft);
    netlink_close(&firewall->conntrack);
    intent_done(&firewall->intent);
    connected_done(&firewall->connected);
    free(firewall->standing);
    *firewall = (struct firewall){0};
}

int firewall_adopt(struct firewall *firewall)
{
    uint32_t flags;
    int r = table_read_flags(&firewall->nft, &flags);

    if (r == -ENOENT)
        return 0;
    if (r == 0)
        r = installation_adopt(firewall);
    if (r == 0)
        r = table_read_policies(&firewall->nft, &firewall->standing, &firewall->standing_n);
    if (r < 0)
        return r;
    firewall->stands = true;
    log_info("table_adopted", LOG_UINT("policies", firewall->standing_n), LOG_UINT("flags", firewall->flags));
    return table_read_generation(&firewall->nft, &firewall->nft_generation);
}

// The policies with the bypasses that the host's networks imply.
static int expand(struct firewall *firewall, const struct intent *intent, struct policy **ret_policies, size_t *ret_n)
{
    struct link link = {0};
    struct connected connected;
    int r = link_find(&firewall->route, firewall->tun, &link);

    if (r < 0 && r != -ENODEV)
        return r;
    r = host_read_connected(&firewall->route, link.index, &connected);
    if (r < 0)
        return r;
    r = connected_apply(&connected, intent->policies, intent->n, ret_policies, ret_n);
    connected_done(&firewall->connected);
    firewall->connected = connected;
    return r;
}

int firewall_install(struct firewall *firewall, struct intent *intent, char *ret_error)
{
    struct policy *policies = NULL;
    size_t n = 0;
    int r = expand(firewall, intent, &policies, &n);

    if (r == -E2BIG) {
        snprintf(ret_error, FIREWALL_ERROR_MAX, "policies: more than %u with the bypasses for connected networks",
                 FW_POLICIES_MAX);
        return -EINVAL;
    }
    if (r < 0) {
        snprintf(ret_error, FIREWALL_ERROR_MAX, "reading the host's addresses: %s", strerror(-r));
        return r;
    }
    r = installation_put(firewall, policies, n, &intent->tunnels, ret_error);
    if (r < 0) {
        free(policies);
        return r;
    }
    intent_done(&firewall->intent);
    firewall->intent = *intent;
    firewall->configured = true;
    *intent = (struct intent){0};
    return 0;
}

int firewall_read_counters(struct firewall *firewall, struct counter_value *ret_counters)
{
    return firewall->stands ? table_read_counters(&firewall->nft, ret_counters) : 0;
}
