#include "ike-d/exch/name_refresh.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ike-d/exch/failure.h"
#include "ike-d/exch/tunnel_driver.h"
#include "ike-d/sa/ike_limits.h"
#include "lib/core/log.h"

static bool is_asking(const struct peer_names *names)
{
    for (unsigned i = 0; i < names->n; i++) {
        if (names->list[i].job) {
            return true;
        }
    }
    return false;
}

// When the first of them becomes old.
static void plan_refresh(struct tunnel *tunnel)
{
    struct peer_names *names = tunnel->config->names;
    uint64_t at_ms = UINT64_MAX;
    for (unsigned i = 0; i < names->n; i++) {
        if (!names->list[i].job && names->list[i].fresh_until_ms < at_ms) {
            at_ms = names->list[i].fresh_until_ms;
        }
    }
    if (at_ms != UINT64_MAX) {
        deadline_set(&tunnel->core->deadlines, &names->refresh, at_ms);
    }
}

static uint64_t fresh_for_ms(const struct ike_core *core, const struct peer_name *name, uint32_t ttl_s)
{
    if (name->failures == 0) {
        return 1000ULL * ttl_s + ike_core_random_below(core, 1000);
    }
    return tunnel_retry_wait_ms(core, name->failures - 1);
}

// What there is no address of any more is forgotten; while nobody answers, the old ones are as good as any.
static void take_answer(struct peer_name *name, const struct ike_job_result *result)
{
    struct ike_core *core = name->tunnel->core;
    bool good = result->outcome == IKE_JOB_OK;
    name->failures = good ? 0 : name->failures + 1;
    name->fresh_until_ms = ike_core_now_ms(core) + fresh_for_ms(core, name, result->ttl_s);
    (void)snprintf(name->error, sizeof(name->error), "%s", good ? "" : result->text ? result->text : "no reason given");
    if (result->outcome == IKE_JOB_UNAVAILABLE) {
        return;
    }
    int changed = peer_name_set(name, result->addresses, good ? result->addresses_n : 0);
    if (changed > 0) {
        char first[ADDRESS_TEXT_MAX] = "none";
        log_info("peer_resolved", LOG_STR("tunnel", name->tunnel->config->name), LOG_STR("name", name->text),
                 LOG_STR("address", name->n ? address_format(&name->addresses[0], first, sizeof(first)) : first),
                 LOG_UINT("addresses", name->n));
        ike_core_plan_reindex(core);
    }
}

static void on_resolved(void *owner, struct ike_job_result *result)
{
    struct peer_name *name = owner;
    struct tunnel *tunnel = name->tunnel;
    name->job = 0;
    take_answer(name, result);
    plan_refresh(tunnel);
    if (!is_asking(tunnel->config->names)) {
        tunnel_driver_review(tunnel);
    }
}

static void ask(struct peer_name *name, bool anew)
{
    struct ike_core *core = name->tunnel->core;
    if (name->job) {
        return;
    }
    name->job = ike_job_start(&core->jobs, on_resolved, name);
    if (name->job) {
        core->env->resolve(core->env->arg, name->job, name->text, anew);
    } else {
        (void)snprintf(name->error, sizeof(name->error), "out of memory");
        name->fresh_until_ms = ike_core_now_ms(core) + IKE_RETRY_MAX_MS;
    }
}

static void ask_for_old(struct tunnel *tunnel)
{
    struct peer_names *names = tunnel->config->names;
    for (unsigned i = 0; i < names->n; i++) {
        if (names->list[i].fresh_until_ms <= ike_core_now_ms(tunnel->core)) {
            ask(&names->list[i], false);
        }
    }
}

static void on_refresh(void *arg)
{
    struct tunnel *tunnel = arg;
    ask_for_old(tunnel);
    plan_refresh(tunnel);
}

int name_refresh_begin(struct tunnel *tunnel)
{
    struct peer_names *names = tunnel->config->names;
    if (!names) {
        return 0;
    }
    for (unsigned i = 0; i < names->n; i++) {
        names->list[i].tunnel = tunnel;
    }
    int error = deadline_init(&tunnel->core->deadlines, &names->refresh, on_refresh, tunnel);
    if (error == 0) {
        ask_for_old(tunnel);
        plan_refresh(tunnel);
    }
    return error;
}

static void describe(const struct peer_names *names, struct tunnel_failure *failure)
{
    const struct peer_name *name = &names->list[0];
    failure_init(failure, "NAME_UNRESOLVED", TUNNEL_SIDE_LOCAL);
    failure_say(
        failure,
        "The address of the peer, %.120s, is not known: %s. The name must lead to the peer's address at the name "
        "servers of this gateway (/etc/resolv.conf); an address in remote.other_addresses does without.",
        name->text, name->error[0] ? name->error : "the name has no address");
}

enum name_refresh_state name_refresh_prepare(struct tunnel *tunnel, struct tunnel_failure *ret_failure)
{
    struct peer_names *names = tunnel->config->names;
    if (!names) {
        return NAME_REFRESH_READY;
    }
    if (tunnel->attempts > 0 && names->asked_for != tunnel->attempts + 1) { // where they led to was of no use
        for (unsigned i = 0; i < names->n; i++) {
            ask(&names->list[i], true);
        }
    } else {
        ask_for_old(tunnel);
    }
    names->asked_for = tunnel->attempts + 1;
    plan_refresh(tunnel);
    if (is_asking(names)) {
        return NAME_REFRESH_ASKING;
    }
    if (tunnel_config_callable(tunnel->config, 0)) {
        return NAME_REFRESH_READY;
    }
    describe(names, ret_failure);
    return NAME_REFRESH_FAILED;
}

void name_refresh_on_courier(struct ike_core *core)
{
    for (struct tunnel *tunnel = core->tunnels; tunnel; tunnel = tunnel->next) {
        struct peer_names *names = tunnel->config->names;
        for (unsigned i = 0; names && i < names->n; i++) {
            if (names->list[i].error[0]) {
                ask(&names->list[i], false);
            }
        }
        if (names && tunnel->failure && tunnel->failure->cause == FAILURE_CAUSE_NAME_UNRESOLVED) {
            tunnel->attempts = 0;
            tunnel_clear_retry(tunnel);
            tunnel_driver_review(tunnel);
        }
    }
}
