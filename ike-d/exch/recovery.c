#include "ike-d/exch/recovery.h"

#include <stdlib.h>

#include "ike-d/exch/nat_traversal.h"
#include "ike-d/exch/next_request.h"
#include "ike-d/exch/tunnel_driver.h"
#include "lib/core/log.h"

void recovery_on_esp_down(struct ike_core *core)
{
    core->esp_up = false;
    tunnel_driver_review_all(core);
}

static int compare(const void *a, const void *b)
{
    uint32_t left = ((const struct recovery_sa *)a)->spi_in;
    uint32_t right = ((const struct recovery_sa *)b)->spi_in;
    return left < right ? -1 : left > right;
}

static bool is_listed(const struct recovery_sa *sas, size_t n, uint32_t spi_in)
{
    struct recovery_sa wanted = {.spi_in = spi_in};
    return n && bsearch(&wanted, sas, n, sizeof(*sas), compare) != NULL;
}

static void mark_lost(struct ike_sa *sa, const struct recovery_sa *listed, size_t n)
{
    for (struct child_sa *child = sa->children; child; child = child->next) {
        deadline_clear(&sa->core->deadlines, &child->again);
        if (!child->installed || is_listed(listed, n, child->spi_in)) {
            continue;
        }
        child->installed = false;
        if (child->state == CHILD_SA_STATE_ESTABLISHED) {
            child_sa_set_state(child, CHILD_SA_STATE_LOST);
        }
    }
}

static void adopt(struct ike_core *core, const struct recovery_sa *listed)
{
    struct tunnel *tunnel = ike_core_find_tunnel(core, listed->tunnel);
    const struct child_sa *child = child_sa_find(core, listed->spi_in);
    if (tunnel && child && child->sa->tunnel == tunnel) {
        return;
    }
    log_info("orphan_found", LOG_STR("tunnel", listed->tunnel), LOG_HEX32("spi_in", listed->spi_in));
    if (!tunnel || tunnel->held_down || tunnel_add_orphan(tunnel, listed->spi_in) < 0) {
        core->env->esp_delete(core->env->arg, listed->spi_in);
    }
}

void recovery_on_esp_up(struct ike_core *core, struct recovery_sa *sas, size_t n)
{
    if (n) {
        qsort(sas, n, sizeof(*sas), compare);
    }
    core->esp_up = true;
    core->orphans_known = true;
    for (struct tunnel *tunnel = core->tunnels; tunnel; tunnel = tunnel->next) {
        for (struct ike_sa *sa = tunnel->sas; sa; sa = sa->tunnel_next) {
            mark_lost(sa, sas, n);
        }
    }
    for (size_t i = 0; i < n; i++) {
        adopt(core, &sas[i]);
    }
    for (struct tunnel *tunnel = core->tunnels; tunnel; tunnel = tunnel->next) {
        for (struct ike_sa *sa = tunnel->sas; sa; sa = sa->tunnel_next) {
            next_request_start(sa);
        }
        if (!tunnel->sas) {
            tunnel_clear_retry(tunnel);
        }
        tunnel_driver_review(tunnel);
    }
}

void recovery_on_expire(struct ike_core *core, uint32_t spi_in, bool hard)
{
    struct child_sa *child = child_sa_find(core, spi_in);
    if (!child || !child->sa->tunnel) {
        return;
    }
    struct tunnel *tunnel = child->sa->tunnel;
    if (hard && child->state == CHILD_SA_STATE_ESTABLISHED) {
        child_sa_uninstall(child);
        child_sa_set_state(child, CHILD_SA_STATE_LOST);
    }
    child->replace_wanted = true;
    next_request_start(child->sa);
    tunnel_driver_review(tunnel);
}

void recovery_on_address_change(struct ike_core *core, uint32_t spi_in, const struct endpoint *remote)
{
    struct child_sa *child = child_sa_find(core, spi_in);
    if (child && child->sa->tunnel && remote->port == 0) {
        nat_traversal_hear_protocol_50(child);
    } else if (child && child->sa->tunnel && ike_sa_follows_peer(child->sa) &&
               !ike_sa_has_mobike(child->sa)) { // RFC 4555 3.8
        child->sa->remote = *remote;
    }
}
