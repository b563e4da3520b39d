#include "ike-d/exch/tunnel_driver.h"

#include <errno.h>
#include <string.h>

#include "ike-d/exch/ike_sa_init.h"
#include "ike-d/exch/ike_sa_life.h"
#include "ike-d/exch/next_request.h"
#include "ike-d/exch/received.h"
#include "lib/core/log.h"

// What serves the tunnel now.
struct service {
    struct ike_sa *established; // without a CHILD_SA that stands, or NULL
    bool child;                 // a CHILD_SA stands
    bool under_way;             // an IKE SA or CHILD_SA is being made
};

static void look_at(struct ike_sa *sa, struct service *service)
{
    if (sa->state < IKE_SA_STATE_ESTABLISHED) {
        service->under_way = true;
    } else if (ike_sa_is_established(sa)) {
        service->established = sa;
        service->child = service->child || child_sa_find_state(sa, CHILD_SA_STATE_ESTABLISHED);
        service->under_way = service->under_way || sa->child_wanted || child_sa_find_state(sa, CHILD_SA_STATE_LOST);
    }
}

static struct service service_of(const struct tunnel *tunnel)
{
    struct service service = {0};
    for (struct ike_sa *sa = tunnel->sas; sa; sa = sa->tunnel_next) {
        look_at(sa, &service);
    }
    return service;
}

static void sweep_orphans(struct tunnel *tunnel)
{
    const struct ike_env *env = tunnel->core->env;
    while (tunnel->orphans) {
        struct tunnel_orphan *orphan = tunnel->orphans;
        tunnel->orphans = orphan->next;
        log_info("orphan_deleted", LOG_STR("tunnel", tunnel->config->name), LOG_HEX32("spi_in", orphan->spi_in));
        env->esp_delete(env->arg, orphan->spi_in);
        tunnel_orphan_free(orphan);
    }
}

static void be_up(struct tunnel *tunnel)
{
    tunnel_clear_retry(tunnel);
    tunnel_clear_failure(tunnel);
    sweep_orphans(tunnel);
    tunnel->attempts = 0;
    tunnel->wanted = false;
    tunnel->needs_secret = false;
    tunnel->attempt_over = tunnel->attempt_over || tunnel->state != TUNNEL_STATE_UP;
    tunnel_set_state(tunnel, TUNNEL_STATE_UP);
}

static void start_attempt(struct tunnel *tunnel, struct ike_sa *established)
{
    tunnel_clear_retry(tunnel);
    tunnel_set_state(tunnel, TUNNEL_STATE_CONNECTING);
    if (established) {
        established->child_wanted = true;
        next_request_start(established);
    } else {
        ike_sa_init_initiate(tunnel);
    }
}

static void rest(struct tunnel *tunnel)
{
    bool waits = !tunnel->held_down && (tunnel->config->start != TUNNEL_START_UP || tunnel->config->remote.family == 0);
    tunnel_clear_retry(tunnel);
    tunnel_set_state(tunnel, waits ? TUNNEL_STATE_WAITING : TUNNEL_STATE_DOWN);
}

static void be_not_up(struct tunnel *tunnel, const struct service *service)
{
    const struct ike_core *core = tunnel->core;
    if (service->under_way) {
        tunnel_set_state(tunnel, TUNNEL_STATE_CONNECTING);
    } else if (tunnel->needs_secret && !tunnel->held_down) {
        tunnel_clear_retry(tunnel);
        tunnel_set_state(tunnel, TUNNEL_STATE_NEEDS_SECRET);
    } else if (!tunnel_wants_up(tunnel)) {
        rest(tunnel);
    } else if (deadline_is_set(&tunnel->retry) || !core->esp_up || !core->orphans_known) {
        tunnel_set_state(tunnel, TUNNEL_STATE_DOWN);
    } else if (tunnel->state == TUNNEL_STATE_UP) {
        tunnel_set_state(tunnel,
                         TUNNEL_STATE_DOWN); // lost: not in the same instant, or two gateways could chase each other
        tunnel_plan_retry(tunnel);
    } else {
        start_attempt(tunnel, service->established);
    }
}

void tunnel_driver_review(struct tunnel *tunnel)
{
    if (tunnel->core->stopping) {
        return;
    }
    struct service service = service_of(tunnel);
    if (service.child && !tunnel->held_down) {
        be_up(tunnel);
    } else {
        be_not_up(tunnel, &service);
    }
    if (tunnel->attempt_over) {
        const struct ike_env *env = tunnel->core->env;
        tunnel->attempt_over = false;
        env->attempt_ended(env->arg, tunnel);
    }
}

void tunnel_driver_review_all(struct ike_core *core)
{
    for (struct tunnel *tunnel = core->tunnels; tunnel; tunnel = tunnel->next) {
        tunnel_driver_review(tunnel);
    }
}

static void retry_now(struct tunnel *tunnel)
{
    tunnel_clear_retry(tunnel);
    tunnel_driver_review(tunnel);
}

static void on_retry(void *arg)
{
    struct tunnel *tunnel = arg;
    tunnel->next_try_s = 0;
    tunnel_driver_review(tunnel);
}

int tunnel_driver_up(struct ike_core *core, const char *name)
{
    struct tunnel *tunnel = ike_core_find_tunnel(core, name);
    if (!tunnel) {
        return -ENOENT;
    }
    tunnel->held_down = false;
    if (tunnel->state == TUNNEL_STATE_UP) {
        return 1;
    }
    if (tunnel->config->remote.family == 0) {
        tunnel_driver_review(tunnel);
        return -EADDRNOTAVAIL;
    }
    tunnel->wanted = true;
    tunnel->needs_secret = false;
    tunnel->attempts = 0;
    retry_now(tunnel);
    return 0;
}

static void delete_sas(struct tunnel *tunnel)
{
    struct ike_sa *next;
    for (struct ike_sa *sa = tunnel->sas; sa; sa = next) {
        next = sa->tunnel_next;
        ike_sa_life_delete(sa);
    }
}

int tunnel_driver_down(struct ike_core *core, const char *name)
{
    struct tunnel *tunnel = ike_core_find_tunnel(core, name);
    if (!tunnel) {
        return -ENOENT;
    }
    tunnel->held_down = true;
    tunnel->wanted = false;
    tunnel_clear_failure(tunnel);
    sweep_orphans(tunnel);
    delete_sas(tunnel);
    tunnel_driver_review(tunnel);
    return 0;
}

void tunnel_driver_acquire(struct ike_core *core, const char *name)
{
    struct tunnel *tunnel = ike_core_find_tunnel(core, name);
    if (!tunnel || tunnel->held_down || tunnel->config->start != TUNNEL_START_ON_DEMAND) {
        return;
    }
    tunnel->wanted = true;
    tunnel_driver_review(tunnel);
}

void tunnel_driver_secret_changed(struct ike_core *core, const char *name)
{
    struct tunnel *tunnel = ike_core_find_tunnel(core, name);
    if (!tunnel || tunnel->state == TUNNEL_STATE_UP) {
        return;
    }
    tunnel->needs_secret = false;
    tunnel->attempts = 0;
    retry_now(tunnel);
}

void tunnel_driver_pki_up(struct ike_core *core)
{
    for (struct tunnel *tunnel = core->tunnels; tunnel; tunnel = tunnel->next) {
        bool waits = tunnel->failure.time_s && strcmp(tunnel->failure.notify, "UNAVAILABLE") == 0;
        if (tunnel->needs_secret || waits) {
            tunnel_driver_secret_changed(core, tunnel->config->name);
        }
    }
}

static void remove_tunnel(struct tunnel *tunnel)
{
    struct ike_core *core = tunnel->core;
    const char *name = tunnel->config->name;
    sweep_orphans(tunnel);
    tunnel->held_down = true; // nothing starts again while its SAs go
    delete_sas(tunnel);
    while (tunnel->sas) { // those that wait for the answer to their DELETE need no tunnel
        ike_sa_set_tunnel(tunnel->sas, NULL);
    }
    hmap_remove(core->tunnel_by_name, bytes_of(name, strlen(name)));
    tunnel_free(tunnel);
}

static struct tunnel *take_old(struct ike_core *core, const char *name)
{
    for (struct tunnel **at = &core->tunnels; *at; at = &(*at)->next) {
        if (strcmp((*at)->config->name, name) == 0) {
            struct tunnel *found = *at;
            *at = found->next;
            return found;
        }
    }
    return NULL;
}

static struct tunnel *make(struct ike_core *core, struct tunnel_config *config)
{
    struct tunnel *tunnel = tunnel_new(core, config, on_retry);
    if (!tunnel || hmap_put(core->tunnel_by_name, bytes_of(config->name, strlen(config->name)), tunnel) < 0) {
        log_error("tunnel_not_made", LOG_STR("tunnel", config->name), LOG_ERRNO(ENOMEM));
        if (tunnel) {
            tunnel_free(tunnel);
        } else {
            tunnel_config_free(config);
        }
        return NULL;
    }
    return tunnel;
}

// The tunnel for that config: the one that stands when nothing has changed, else a new one, which takes over orphans.
static struct tunnel *keep_or_make(struct ike_core *core, struct tunnel_config *config)
{
    struct tunnel *old = take_old(core, config->name);
    if (old && tunnel_config_is_same(old->config, config)) {
        tunnel_config_free(config);
        return old;
    }
    struct tunnel_orphan *orphans = NULL;
    if (old) {
        log_info("tunnel_changed", LOG_STR("tunnel", config->name));
        orphans = old->orphans;
        old->orphans = NULL;
        remove_tunnel(old);
    }
    struct tunnel *tunnel = make(core, config);
    if (tunnel) {
        tunnel->orphans = orphans;
    }
    return tunnel;
}

void tunnel_driver_configure(struct ike_core *core, struct tunnel_config **configs, size_t n)
{
    struct tunnel *fresh = NULL;
    struct tunnel **end = &fresh;
    for (size_t i = 0; i < n; i++) {
        struct tunnel *tunnel = keep_or_make(core, configs[i]);
        configs[i] = NULL;
        if (tunnel) {
            tunnel->next = NULL;
            *end = tunnel;
            end = &tunnel->next;
        }
    }
    while (core->tunnels) {
        struct tunnel *gone = core->tunnels;
        core->tunnels = gone->next;
        log_info("tunnel_removed", LOG_STR("tunnel", gone->config->name));
        remove_tunnel(gone);
    }
    core->tunnels = fresh;
    core->env->esp_policies_changed(core->env->arg);
    tunnel_driver_review_all(core);
}

void tunnel_driver_stop(struct ike_core *core, bool tell_peers)
{
    struct ike_sa *sa;
    core->stopping = true;
    for (struct tunnel *tunnel = core->tunnels; tell_peers && tunnel; tunnel = tunnel->next) {
        delete_sas(tunnel);
    }
    while ((sa = sa_table_any(&core->sas))) {
        ike_sa_life_close(sa);
    }
    ike_core_reap(core);
    while (core->tunnels) {
        struct tunnel *tunnel = core->tunnels;
        core->tunnels = tunnel->next;
        tunnel_free(tunnel);
    }
    received_free_spare(core);
}
