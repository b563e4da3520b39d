#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fw-d/firewall.h"
#include "fw-d/host.h"
#include "fw-d/installation.h"
#include "fw-d/route.h"
#include "fw-d/table_reader.h"
#include "lib/core/log.h"

static const char *const warning_texts[FIREWALL_WARNINGS] = {
    "the TUN does not exist: protected traffic is stopped",
    "net.ipv4.ip_forward is 0: nothing is forwarded between the LAN and a tunnel",
    "net.ipv6.conf.all.forwarding is 0: nothing is forwarded between the LAN and a tunnel",
    "net.ipv4.conf.all.rp_filter is 1, which holds for the TUN too and may drop what comes out of a tunnel",
    "this kernel keeps the table only as long as fw-d lives (before 6.9)",
    "this kernel can't keep others from changing the table (before 5.12)",
};

const char *firewall_warning_text(enum firewall_warning warning)
{
    for (unsigned i = 0; i < FIREWALL_WARNINGS; i++) {
        if (warning == 1u << i)
            return warning_texts[i];
    }
    return "";
}

static void log_result(const char *what, int r)
{
    if (r < 0)
        log_error("repair_failed", LOG_STR("part", what), LOG_ERRNO(r));
}

static bool steady_tun(struct firewall *firewall, struct link *link)
{
    int r = link_find(&firewall->route, firewall->tun, link);

    if (r == -ENODEV)
        return false;
    if (r == 0)
        r = link_set_up(&firewall->route, link);
    log_result("tun", r);
    if (r == 0)
        log_result("routes", route_set_tun(&firewall->route, link->index));
    return r == 0;
}

static bool is_standing(const struct firewall *firewall, const struct policy *policies, size_t n)
{
    if (n != firewall->standing_n)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (!policy_equal(&policies[i], &firewall->standing[i]))
            return false;
    }
    return true;
}

// Networks came or went: the implied bypasses change with them.
static void steady_connected(struct firewall *firewall, const struct link *link)
{
    struct connected now;
    struct policy *policies;
    char error[FIREWALL_ERROR_MAX];
    size_t n;
    int r;

    if (!firewall->configured || host_read_connected(&firewall->route, link->index, &now) < 0)
        return;
    if (connected_equal(&now, &firewall->connected)) {
        connected_done(&now);
        return;
    }
    r = connected_apply(&now, firewall->intent.policies, firewall->intent.n, &policies, &n);
    if (r == 0 && is_standing(firewall, policies, n)) {
        free(policies);
    } else if (r == 0 && installation_put(firewall, policies, n, &firewall->intent.tunnels, error) < 0) {
        log_error("repair_failed", LOG_STR("part", "connected"), LOG_STR("error", error));
        free(policies);
    }
    log_result("connected", r);
    connected_done(&firewall->connected);
    firewall->connected = now;
}

// A kernel that can't lock the table lets others flush it.
static void steady_table(struct firewall *firewall)
{
    uint32_t generation, flags;
    struct policy *copy;
    char error[FIREWALL_ERROR_MAX];

    if (!firewall->stands || table_read_generation(&firewall->nft, &generation) < 0 ||
        generation == firewall->nft_generation)
        return;
    firewall->nft_generation = generation;
    if (table_read_flags(&firewall->nft, &flags) != -ENOENT)
        return;
    log_warning("table_lost", LOG_STR("action", "installing it again"));
    firewall->stands = false;
    copy = calloc(firewall->standing_n + 1, sizeof(*copy));
    if (!copy)
        return;
    memcpy(copy, firewall->standing, firewall->standing_n * sizeof(*copy));
    if (installation_put(firewall, copy, firewall->standing_n, &firewall->intent.tunnels, error) < 0) {
        log_error("repair_failed", LOG_STR("part", "table"), LOG_STR("error", error));
        firewall->stands = true; // to be tried again
        firewall->nft_generation = 0;
        free(copy);
    }
}

static unsigned find_warnings(struct firewall *firewall, bool has_tun)
{
    struct host_settings settings = {.ipv4_forwarding = true, .ipv6_forwarding = true};
    unsigned warnings = has_tun ? 0 : WARNING_NO_TUN;

    log_result("settings", host_read_settings(&firewall->route, &settings));
    if (!settings.ipv4_forwarding)
        warnings |= WARNING_IPV4_FORWARDING_OFF;
    if (!settings.ipv6_forwarding)
        warnings |= WARNING_IPV6_FORWARDING_OFF;
    if (settings.strict_source)
        warnings |= WARNING_STRICT_SOURCE;
    if (firewall->stands && firewall->flags == TABLE_OWNED)
        warnings |= WARNING_TABLE_NOT_PERSISTENT;
    if (firewall->stands && firewall->flags == TABLE_PLAIN)
        warnings |= WARNING_TABLE_NOT_OWNED;
    return warnings;
}

static void log_warnings(unsigned warnings, unsigned before)
{
    for (unsigned i = 0; i < FIREWALL_WARNINGS; i++) {
        if (warnings & ~before & 1u << i)
            log_warning("host_setting", LOG_STR("warning", warning_texts[i]));
        else if (before & ~warnings & 1u << i)
            log_info("host_setting_resolved", LOG_STR("warning", warning_texts[i]));
    }
}

void firewall_steady(struct firewall *firewall)
{
    struct link link = {0};
    unsigned warnings;
    bool has_tun;

    log_result("rules", route_set_base(&firewall->route));
    has_tun = steady_tun(firewall, &link);
    steady_connected(firewall, &link);
    steady_table(firewall);
    warnings = find_warnings(firewall, has_tun);
    log_warnings(warnings, firewall->warnings);
    firewall->warnings = warnings;
}

int firewall_release(struct firewall *firewall)
{
    int r = installation_remove(firewall), error;

    if (r < 0)
        log_error("release_failed", LOG_STR("part", "table"), LOG_ERRNO(r));
    error = link_remove(&firewall->route, firewall->tun);
    if (error < 0)
        log_error("release_failed", LOG_STR("part", "tun"), LOG_ERRNO(error));
    r = r ? r : error;
    error = route_remove(&firewall->route);
    if (error < 0)
        log_error("release_failed", LOG_STR("part", "routes"), LOG_ERRNO(error));
    return r ? r : error;
}
