#include "ike-d/exch/tunnel_driver.h"

#include <errno.h>
#include <string.h>

#include "ike-d/exch/failure.h"
#include "ike-d/exch/ike_sa_init.h"
#include "ike-d/exch/ike_sa_life.h"
#include "ike-d/exch/name_refresh.h"
#include "ike-d/exch/nat_traversal.h"
#include "ike-d/exch/next_request.h"
#include "ike-d/exch/received.h"
#include "ike-d/exch/slot_driver.h"
#include "ike-d/sa/key_log.h"
#include "ike-d/sa/own_addresses.h"
#include "lib/core/log.h"

// What serves the tunnel now.
struct service {
    struct ike_sa *established; // or NULL
    bool under_way;             // an IKE SA is being made
    struct slot_tally slots;
};

static void look_at(struct ike_sa *sa, struct service *service)
{
    if (sa->state < IKE_SA_STATE_ESTABLISHED) {
        service->under_way = true;
    } else if (ike_sa_is_established(sa) && !sa->replaced) {
        service->established = sa;
    }
}

static struct service service_of(struct tunnel *tunnel)
{
    struct service service = {0};
    for (struct ike_sa *sa = tunnel->sas; sa; sa = sa->tunnel_next) {
        look_at(sa, &service);
    }
    slot_driver_review(tunnel, service.established, &service.slots);
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
    tunnel->start_now = tunnel->config->start;
    tunnel_clear_retry(tunnel);
    if (tunnel->state != TUNNEL_STATE_UP) { // a rekey that failed is told for as long as it is the last word
        tunnel_clear_failure(tunnel);
    }
    sweep_orphans(tunnel);
    tunnel->attempts = 0;
    tunnel->turn = 0;
    tunnel->wanted = false;
    tunnel->needs_secret = false;
    tunnel->attempt_over = tunnel->attempt_over || tunnel->state != TUNNEL_STATE_UP;
    tunnel_set_state(tunnel, TUNNEL_STATE_UP);
}

// Some CHILD_SAs stand; the slots of the others try again by themselves.
static void be_partly_up(struct tunnel *tunnel, const struct service *service)
{
    tunnel_clear_retry(tunnel);
    tunnel->attempts = 0;
    tunnel->needs_secret = false;
    if (!service->slots.under_way) { // what is missing now may be so for long
        sweep_orphans(tunnel);
    }
    bool coming_up = service->slots.under_way && !tunnel_carries(tunnel);
    tunnel_set_state(tunnel, coming_up ? TUNNEL_STATE_CONNECTING : TUNNEL_STATE_PARTIAL);
}

static void start_attempt(struct tunnel *tunnel)
{
    tunnel_clear_retry(tunnel);
    tunnel->without_natt_port = false;
    tunnel_set_state(tunnel, TUNNEL_STATE_CONNECTING);
    struct tunnel_failure failure;
    enum name_refresh_state names = name_refresh_prepare(tunnel, &failure);
    if (names == NAME_REFRESH_FAILED) {
        failure_end_attempt(tunnel, &failure);
        tunnel_set_state(tunnel, TUNNEL_STATE_DOWN);
    } else if (names == NAME_REFRESH_READY && start_queue_enter(tunnel)) {
        ike_sa_init_initiate(tunnel);
    }
}

static void rest(struct tunnel *tunnel)
{
    bool waits =
        !tunnel->held_down && (tunnel->start_now != TUNNEL_START_UP || !tunnel_config_can_call(tunnel->config));
    tunnel_clear_retry(tunnel);
    tunnel_set_state(tunnel, waits ? TUNNEL_STATE_WAITING : TUNNEL_STATE_DOWN);
}

static bool must_wait(const struct tunnel *tunnel)
{
    bool backs_off = deadline_is_set(&tunnel->retry) && tunnel->start.state == START_NONE;
    return backs_off || !tunnel->core->esp_up || !tunnel->core->orphans_known;
}

static void be_not_up(struct tunnel *tunnel, const struct service *service)
{
    if (service->under_way || service->slots.under_way) {
        tunnel_set_state(tunnel, TUNNEL_STATE_CONNECTING);
    } else if (tunnel->needs_secret && !tunnel->held_down) {
        tunnel_clear_retry(tunnel);
        tunnel_set_state(tunnel, TUNNEL_STATE_NEEDS_SECRET);
    } else if (!tunnel_wants_up(tunnel)) {
        rest(tunnel);
    } else if (service->established || !service->slots.ready) { // its slots try again by themselves
        tunnel_clear_retry(tunnel);
        tunnel_set_state(tunnel, TUNNEL_STATE_DOWN);
    } else if (must_wait(tunnel)) {
        tunnel_set_state(tunnel, TUNNEL_STATE_DOWN);
    } else if (tunnel_carries(tunnel)) {
        tunnel_set_state(tunnel,
                         TUNNEL_STATE_DOWN); // lost: not in the same instant, or two gateways could chase each other
        tunnel_plan_retry(tunnel);
    } else {
        start_attempt(tunnel);
    }
}

void tunnel_driver_review(struct tunnel *tunnel)
{
    if (tunnel->core->stopping) {
        return;
    }
    struct service service = service_of(tunnel);
    bool under_way = service.under_way || service.slots.under_way;
    if (!service.slots.up || tunnel->held_down) {
        be_not_up(tunnel, &service);
    } else if (service.slots.missing) {
        be_partly_up(tunnel, &service);
    } else {
        be_up(tunnel);
    }
    if (under_way || tunnel->state != TUNNEL_STATE_CONNECTING) {
        start_queue_leave(tunnel);
    }
    if (tunnel->attempt_over && !(under_way && service.slots.up)) {
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

static void want_all(struct tunnel *tunnel)
{
    tunnel->wanted = true;
    for (unsigned i = 0; i < tunnel->slots_n; i++) {
        tunnel->slots[i].wanted = true;
    }
}

static bool all_stand(const struct tunnel *tunnel)
{
    for (unsigned i = 0; i < tunnel->slots_n; i++) {
        if (tunnel->slots[i].state != CHILD_SLOT_UP) {
            return false;
        }
    }
    return true;
}

static void retry_now(struct tunnel *tunnel)
{
    tunnel_clear_retry(tunnel);
    for (unsigned i = 0; i < tunnel->slots_n; i++) {
        child_slot_clear_retry(&tunnel->slots[i]);
    }
    tunnel_driver_review(tunnel);
}

static void on_slot_retry(void *arg)
{
    struct child_slot *slot = arg;
    slot->next_try_s = 0;
    tunnel_driver_review(slot->tunnel);
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
    if (tunnel->state == TUNNEL_STATE_UP && (all_stand(tunnel) || !tunnel_config_can_call(tunnel->config))) {
        return 1;
    }
    if (!tunnel_config_can_call(tunnel->config)) {
        tunnel_driver_review(tunnel);
        return -EADDRNOTAVAIL;
    }
    want_all(tunnel);
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

void tunnel_driver_acquire(struct ike_core *core, const char *name, const struct selector_pair *packet)
{
    struct tunnel *tunnel = ike_core_find_tunnel(core, name);
    struct child_slot *slot = tunnel && packet ? child_slot_find(tunnel, packet) : NULL;
    bool is_rest = slot && slot->standing && !deadline_is_set(&slot->retry); // of what the peer has not taken yet
    if (!tunnel || tunnel->held_down || (tunnel->start_now != TUNNEL_START_ON_DEMAND && !is_rest)) {
        return;
    }
    if (slot) {
        tunnel->wanted = true;
        child_slot_want(slot, packet);
    } else {
        want_all(tunnel);
    }
    tunnel_driver_review(tunnel);
}

void tunnel_driver_secret_changed(struct ike_core *core, const char *name)
{
    struct tunnel *tunnel = ike_core_find_tunnel(core, name);
    if (tunnel) {
        tunnel->authorities_known = false;
    }
    if (!tunnel || tunnel_carries(tunnel)) {
        return;
    }
    tunnel->needs_secret = false;
    tunnel->attempts = 0;
    retry_now(tunnel);
}

void tunnel_driver_pki_up(struct ike_core *core)
{
    for (struct tunnel *tunnel = core->tunnels; tunnel; tunnel = tunnel->next) {
        bool waits = tunnel->failure && tunnel->failure->cause == FAILURE_CAUSE_DAEMON_AWAY;
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

static void link_old(struct ike_core *core)
{
    for (struct tunnel **at = &core->tunnels; *at; at = &(*at)->next) {
        (*at)->link = at;
    }
}

static void unlink_old(struct tunnel *tunnel)
{
    *tunnel->link = tunnel->next;
    if (tunnel->next) {
        tunnel->next->link = tunnel->link;
    }
    tunnel->link = NULL;
}

static struct tunnel *take_old(struct ike_core *core, const char *name)
{
    struct tunnel *found = ike_core_find_tunnel(core, name);
    if (!found || !found->link) { // made by this configuration already
        return NULL;
    }
    unlink_old(found);
    return found;
}

static struct tunnel *make(struct ike_core *core, struct tunnel_config *config)
{
    struct tunnel *tunnel = tunnel_new(core, config, on_retry);
    if (!tunnel || child_slot_new_all(tunnel, on_slot_retry) < 0 || name_refresh_begin(tunnel) < 0 ||
        hmap_put(core->tunnel_by_name, bytes_of(config->name, strlen(config->name)), tunnel) < 0) {
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
    struct key_log *key_log = NULL;
    if (old) {
        log_info("tunnel_changed", LOG_STR("tunnel", config->name));
        orphans = old->orphans;
        key_log = old->key_log;
        old->orphans = NULL;
        old->key_log = NULL;
        remove_tunnel(old);
    }
    struct tunnel *tunnel = make(core, config);
    if (tunnel) {
        tunnel->orphans = orphans;
        key_log_move(key_log, tunnel);
    } else {
        key_log_free(key_log);
    }
    return tunnel;
}

void tunnel_driver_configure(struct ike_core *core, struct tunnel_config **configs, size_t n)
{
    struct tunnel *fresh = NULL;
    struct tunnel **end = &fresh;
    peer_index_done(&core->peers);
    core->has_ppk = core->has_certificates = false;
    link_old(core);
    for (size_t i = 0; i < n; i++) {
        struct tunnel *tunnel = keep_or_make(core, configs[i]);
        configs[i] = NULL;
        if (tunnel) {
            core->has_ppk = core->has_ppk || tunnel->config->ppk_id;
            core->has_certificates = core->has_certificates || tunnel->config->certificate;
            tunnel->next = NULL;
            *end = tunnel;
            end = &tunnel->next;
        }
    }
    while (core->tunnels) {
        struct tunnel *gone = core->tunnels;
        unlink_old(gone);
        log_info("tunnel_removed", LOG_STR("tunnel", gone->config->name));
        remove_tunnel(gone);
    }
    core->tunnels = fresh;
    int error = peer_index_build(&core->peers, fresh);
    if (error < 0) {
        log_error("peers_not_indexed", LOG_ERRNO(error)); // peers that call are refused until the next configuration
    }
    core->env->esp_policies_changed(core->env->arg);
    if (core->orphans_known) {
        nat_traversal_warn(core);
    }
    (void)own_addresses_read(core);
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
