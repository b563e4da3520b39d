#include "ike-d/sa/tunnel.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ike-d/sa/ike_core.h"
#include "ike-d/sa/ike_limits.h"
#include "ike-d/sa/key_log.h"
#include "lib/core/log.h"

struct tunnel *tunnel_new(struct ike_core *core, struct tunnel_config *config, void (*on_retry)(void *arg))
{
    struct tunnel *tunnel = calloc(1, sizeof(*tunnel));
    if (!tunnel) {
        return NULL;
    }
    if (deadline_init(&core->deadlines, &tunnel->retry, on_retry, tunnel) < 0) {
        free(tunnel);
        return NULL;
    }
    tunnel->core = core;
    tunnel->config = config;
    tunnel->state = TUNNEL_STATE_DOWN;
    tunnel->start_now = config->start;
    tunnel->since_s = ike_core_wall_s(core);
    return tunnel;
}

void tunnel_free(struct tunnel *tunnel)
{
    if (!tunnel) {
        return;
    }
    while (tunnel->orphans) {
        struct tunnel_orphan *orphan = tunnel->orphans;
        tunnel->orphans = orphan->next;
        tunnel_orphan_free(orphan);
    }
    child_slot_free_all(tunnel);
    start_queue_leave(tunnel);
    deadline_done(&tunnel->core->deadlines, &tunnel->retry);
    peer_names_stop(tunnel->config->names, &tunnel->core->deadlines, &tunnel->core->jobs);
    tunnel_config_free(tunnel->config);
    kept_message_drop(&tunnel->authorities);
    free(tunnel->failure);
    key_log_free(tunnel->key_log);
    free(tunnel);
}

const char *tunnel_state_name(enum tunnel_state state)
{
    static const char *const names[] = {
        [TUNNEL_STATE_DOWN] = "down",
        [TUNNEL_STATE_CONNECTING] = "connecting",
        [TUNNEL_STATE_UP] = "up",
        [TUNNEL_STATE_WAITING] = "waiting",
        [TUNNEL_STATE_NEEDS_SECRET] = "needs_secret",
        [TUNNEL_STATE_PARTIAL] = "partial",
    };
    return names[state];
}

static void tell_operators(const struct tunnel *tunnel, enum tunnel_state old)
{
    struct ike_event event = {.severity = IKE_EVENT_INFO, .tunnel = tunnel->config->name};
    if (tunnel->state == TUNNEL_STATE_UP) {
        event.kind = "tunnel_up";
        event.message = "The tunnel is up.";
    } else if (tunnel->state == TUNNEL_STATE_PARTIAL) {
        event.kind = "tunnel_partial";
        event.severity = IKE_EVENT_WARNING;
        event.message = "Some CHILD_SAs of the tunnel stand, others do not; `bhctl tunnels show` says which.";
    } else if (old == TUNNEL_STATE_UP || old == TUNNEL_STATE_PARTIAL) {
        event.kind = "tunnel_down";
        event.severity = IKE_EVENT_WARNING;
        event.failing = tunnel->failure ? tunnel : NULL;
        event.message = tunnel->failure ? tunnel->failure->message : "The tunnel is down.";
    } else {
        return;
    }
    ike_core_raise(tunnel->core, &event);
}

void tunnel_set_state(struct tunnel *tunnel, enum tunnel_state state)
{
    enum tunnel_state old = tunnel->state;
    if (old == state) {
        return;
    }
    tunnel->state = state;
    tunnel->since_s = ike_core_wall_s(tunnel->core);
    log_info("tunnel_state", LOG_STR("tunnel", tunnel->config->name), LOG_STR("old", tunnel_state_name(old)),
             LOG_STR("new", tunnel_state_name(state)));
    tell_operators(tunnel, old);
    const struct ike_env *env = tunnel->core->env;
    env->tunnel_changed(env->arg, tunnel);
}

// "NO_PROPOSAL_CHOSEN" -> "no_proposal_chosen", the event's kind.
static void to_kind(const char *notify, char *out, size_t out_size)
{
    size_t n = 0;
    for (; notify[n] && n + 1 < out_size; n++) {
        char c = notify[n];
        out[n] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    }
    out[n] = '\0';
}

static void tell_failure(const struct tunnel *tunnel)
{
    const struct tunnel_failure *failure = tunnel->failure;
    char kind[64];
    to_kind(failure->notify, kind, sizeof(kind));
    log_warning("tunnel_failure", LOG_STR("tunnel", tunnel->config->name), LOG_STR("notify", failure->notify),
                LOG_STR("side", failure->side == TUNNEL_SIDE_LOCAL ? "local" : "remote"),
                LOG_STR("message", failure->message), LOG_STR("local_offer", failure->comparison.local),
                LOG_STR("remote_offer", failure->comparison.remote));
    struct ike_event event = {.severity = IKE_EVENT_WARNING,
                              .kind = kind,
                              .tunnel = tunnel->config->name,
                              .message = failure->message,
                              .failing = tunnel};
    ike_core_raise(tunnel->core, &event);
}

// When the peer called us it showed what it has; when it refuses us it does not say. What was seen stays seen, as long
// as our side has not changed.
static void keep_what_was_seen(const struct tunnel_failure *old, struct tunnel_failure *fresh)
{
    const struct comparison *seen = &old->comparison;
    struct comparison *c = &fresh->comparison;
    if (fresh->side == TUNNEL_SIDE_REMOTE && seen->subject == c->subject && seen->remote[0] && !c->remote[0] &&
        strcmp(seen->local, c->local) == 0) {
        *c = *seen;
        fresh->cause = old->cause;
    }
}

void tunnel_set_failure(struct tunnel *tunnel, const struct tunnel_failure *failure)
{
    struct tunnel_failure *copy = malloc(sizeof(*copy));
    if (!copy) {
        log_error("tunnel_failure_lost", LOG_STR("tunnel", tunnel->config->name), LOG_STR("notify", failure->notify),
                  LOG_ERRNO(ENOMEM));
        return;
    }
    *copy = *failure;
    copy->time_s = ike_core_wall_s(tunnel->core);
    if (tunnel->failure) {
        keep_what_was_seen(tunnel->failure, copy);
    }
    free(tunnel->failure);
    tunnel->failure = copy;
    tell_failure(tunnel);
    const struct ike_env *env = tunnel->core->env;
    env->tunnel_changed(env->arg, tunnel);
}

void tunnel_clear_failure(struct tunnel *tunnel)
{
    free(tunnel->failure);
    tunnel->failure = NULL;
}

void tunnel_clear_old_failure(struct tunnel *tunnel)
{
    for (unsigned i = 0; i < tunnel->slots_n; i++) {
        if (tunnel->slots[i].failure) {
            return;
        }
    }
    tunnel_clear_failure(tunnel);
}

void tunnel_end_attempt(struct tunnel *tunnel)
{
    tunnel->wanted = false;
    for (unsigned i = 0; i < tunnel->slots_n; i++) {
        tunnel->slots[i].wanted = false;
    }
    tunnel->turn = 0;
    tunnel->secret_retried = false;
    if (tunnel_wants_up(tunnel) && !tunnel->needs_secret) {
        tunnel_plan_retry(tunnel);
    }
    tunnel->attempt_over = true;
}

void tunnel_plan_retry_at(struct tunnel *tunnel, uint64_t after_ms)
{
    tunnel->next_try_s = ike_core_wall_s(tunnel->core) + (after_ms + 999) / 1000;
    deadline_set(&tunnel->core->deadlines, &tunnel->retry, ike_core_now_ms(tunnel->core) + after_ms);
}

uint64_t tunnel_retry_wait_ms(const struct ike_core *core, unsigned attempts)
{
    uint64_t wait_ms = IKE_RETRY_FIRST_MS;
    for (unsigned i = 0; i < attempts && wait_ms < IKE_RETRY_MAX_MS; i++) {
        wait_ms *= 2;
    }
    wait_ms = wait_ms < IKE_RETRY_MAX_MS ? wait_ms : IKE_RETRY_MAX_MS;
    return wait_ms + ike_core_random_below(core, (uint32_t)wait_ms / 4);
}

void tunnel_plan_retry(struct tunnel *tunnel)
{
    tunnel_plan_retry_at(tunnel, tunnel_retry_wait_ms(tunnel->core, tunnel->attempts++));
}

void tunnel_clear_retry(struct tunnel *tunnel)
{
    tunnel->next_try_s = 0;
    deadline_clear(&tunnel->core->deadlines, &tunnel->retry);
}

bool tunnel_wants_all(const struct tunnel *tunnel)
{
    bool carries_orphans = tunnel->orphans && tunnel->start_now != TUNNEL_START_PASSIVE;
    return tunnel->start_now == TUNNEL_START_UP || carries_orphans;
}

bool tunnel_wants_up(const struct tunnel *tunnel)
{
    if (tunnel->held_down || !tunnel_config_can_call(tunnel->config)) {
        return false;
    }
    return tunnel_wants_all(tunnel) || tunnel->wanted;
}

int tunnel_add_orphan(struct tunnel *tunnel, uint32_t spi_in)
{
    struct tunnel_orphan *orphan = calloc(1, sizeof(*orphan));
    if (!orphan) {
        return -ENOMEM;
    }
    *orphan = (struct tunnel_orphan){.spi_in = spi_in, .next = tunnel->orphans};
    tunnel->orphans = orphan;
    return 0;
}

void tunnel_orphan_free(struct tunnel_orphan *orphan)
{
    free(orphan);
}
