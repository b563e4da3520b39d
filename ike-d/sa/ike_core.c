#include "ike-d/sa/ike_core.h"

#include <errno.h>
#include <string.h>

#include "ike-d/sa/ike_limits.h"
#include "ike-d/sa/ike_sa.h"
#include "lib/core/log.h"

static void on_reaper(void *arg)
{
    ike_core_reap(arg);
}

// Exchanges first: they still know their SA.
void ike_core_reap(struct ike_core *core)
{
    while (core->exchange_graves) {
        struct exchange *x = core->exchange_graves;
        core->exchange_graves = x->grave_next;
        x->destroy(x);
    }
    while (core->graves) {
        struct ike_sa *sa = core->graves;
        core->graves = sa->grave_next;
        ike_sa_free(sa);
    }
}

static void on_reindex(void *arg)
{
    struct ike_core *core = arg;
    int error = peer_index_build(&core->peers, core->tunnels);
    if (error < 0) {
        log_error("peers_not_indexed", LOG_ERRNO(error));
    }
}

// Many names at a time are one matter.
void ike_core_plan_reindex(struct ike_core *core)
{
    if (!deadline_is_set(&core->reindex)) {
        deadline_set(&core->deadlines, &core->reindex, ike_core_now_ms(core) + IKE_REINDEX_WAIT_MS);
    }
}

int ike_core_init(struct ike_core *core, const struct ike_env *env)
{
    *core = (struct ike_core){.env = env};
    deadline_heap_init(&core->deadlines);
    core->tunnel_by_name = hmap_new();
    core->child_by_spi_in = hmap_new();
    core->identity_pairs = hmap_new();
    int error = core->tunnel_by_name && core->child_by_spi_in && core->identity_pairs ? 0 : -ENOMEM;
    if (error == 0) {
        error = ike_jobs_init(&core->jobs);
    }
    if (error == 0) {
        error = sa_table_init(&core->sas);
    }
    if (error == 0) {
        error = deadline_init(&core->deadlines, &core->reaper, on_reaper, core);
    }
    if (error == 0) {
        error = deadline_init(&core->deadlines, &core->reindex, on_reindex, core);
    }
    if (error < 0) {
        ike_core_done(core);
        return error;
    }
    uint64_t now_ms = ike_core_now_ms(core);
    ratelimit_init(&core->stray_answers, IKE_STRAY_ANSWERS_PER_S, IKE_STRAY_ANSWERS_BURST, now_ms);
    ratelimit_init(&core->first_requests, IKE_FIRST_REQUESTS_PER_S, IKE_FIRST_REQUESTS_BURST, now_ms);
    error = source_limit_init(&core->cookie_answers, env->random, now_ms);
    if (error < 0) {
        ike_core_done(core);
        return error;
    }
    ratelimit_init(&core->init_refusals, IKE_INIT_REFUSALS_PER_S, IKE_INIT_REFUSALS_BURST, now_ms);
    ratelimit_init(&core->refusal_notes, IKE_REFUSAL_NOTES_PER_S, IKE_REFUSAL_NOTES_BURST, now_ms);
    ratelimit_init(&core->stranger_notes, IKE_STRANGER_NOTES_PER_S, IKE_STRANGER_NOTES_BURST, now_ms);
    ratelimit_init(&core->stranger_events, IKE_STRANGER_EVENTS_PER_S, IKE_STRANGER_EVENTS_BURST, now_ms);
    ratelimit_init(&core->refusal_logs, IKE_REFUSAL_NOTES_PER_S, IKE_REFUSAL_NOTES_BURST, now_ms);
    return 0;
}

void ike_core_done(struct ike_core *core)
{
    deadline_done(&core->deadlines, &core->reaper);
    deadline_done(&core->deadlines, &core->reindex);
    sa_table_done(&core->sas);
    ike_jobs_done(&core->jobs);
    start_queue_done(&core->starts);
    peer_index_done(&core->peers);
    hmap_free(core->identity_pairs);
    hmap_free(core->child_by_spi_in);
    hmap_free(core->tunnel_by_name);
    cookie_jar_wipe(&core->cookies);
    strangers_done(&core->strangers);
    deadline_heap_done(&core->deadlines);
}

void ike_core_run(struct ike_core *core)
{
    deadline_heap_run(&core->deadlines, ike_core_now_ms(core));
}

uint32_t ike_core_random_below(const struct ike_core *core, uint32_t bound)
{
    uint32_t value;
    if (bound == 0 || random_fill(core->env->random, &value, sizeof(value)) < 0) {
        return 0;
    }
    return value % bound;
}

void ike_core_raise(const struct ike_core *core, const struct ike_event *event)
{
    core->env->event(core->env->arg, event);
}

struct tunnel *ike_core_find_tunnel(const struct ike_core *core, const char *name)
{
    return hmap_find(core->tunnel_by_name, bytes_of(name, strlen(name)));
}
