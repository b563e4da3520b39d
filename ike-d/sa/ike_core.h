// The IKE core: all tunnels, all IKE SAs, and what they share. Pure: see ike_env.h for what is handed in. One thread.
//
// Entry points for the environment: exch/intake.h (datagrams), exch/tunnel_driver.h (configuration, up, down,
// acquire, secrets), exch/recovery.h (esp-d comes and goes), ike_job_finish (answers), ike_core_run (time).
#ifndef BULKHEAD_IKE_SA_IKE_CORE_H
#define BULKHEAD_IKE_SA_IKE_CORE_H

#include "ike-d/nego/esp_ability.h"
#include "ike-d/sa/cookie_jar.h"
#include "ike-d/sa/deadline.h"
#include "ike-d/sa/ike_env.h"
#include "ike-d/sa/ike_job.h"
#include "ike-d/sa/own_addresses.h"
#include "ike-d/sa/peer_index.h"
#include "ike-d/sa/reassembly.h"
#include "ike-d/sa/sa_table.h"
#include "ike-d/sa/stranger.h"
#include "ike-d/sa/source_limit.h"
#include "ike-d/sa/start_queue.h"
#include "lib/core/hmap.h"
#include "lib/core/ratelimit.h"

struct exchange;
struct ike_sa;
struct received;

// Datagrams that were dropped, by reason.
struct ike_drops {
    uint64_t not_ike;
    uint64_t old_version;
    uint64_t too_long;
    uint64_t unknown_spi;
    uint64_t not_authentic;
    uint64_t message_id;
    uint64_t half_open_limit;
    uint64_t unexpected;
    uint64_t fragments; // authentic ones that could not be kept
    uint64_t no_memory;
};

struct ike_core {
    const struct ike_env *env;
    struct deadline_heap deadlines;
    struct ike_jobs jobs;
    struct sa_table sas;
    struct cookie_jar cookies;
    struct start_queue starts;
    struct tunnel *tunnels; // in configured order
    struct hmap *tunnel_by_name;
    struct hmap *child_by_spi_in; // CHILD_SAs that are linked, for esp-d's events
    struct peer_index peers;
    struct deadline reindex; // of peers, since names have led elsewhere
    struct own_addresses own;
    bool has_certificates; // some tunnel authenticates by certificates: the same
    bool has_ppk;          // some tunnel has a post-quantum key: said in IKE_SA_INIT, before it is known who calls
    uint64_t last_order;   // see ike_sa.order
    struct hmap *identity_pairs; // of established SAs
    struct ratelimit stray_answers;
    struct ratelimit first_requests; // without a cookie
    struct source_limit cookie_answers;
    struct ratelimit init_refusals;
    struct ratelimit refusal_notes;
    struct ratelimit refusal_logs;
    struct strangers strangers;
    struct ratelimit stranger_notes;
    struct ratelimit stranger_events;
    unsigned first_requests_at_work;
    struct reassembly_budget reassembly[2]; // of peers that are not authenticated yet, of those that are
    struct ike_drops drops;
    struct received *spare; // one receive buffer, kept
    struct ike_sa *graves;  // dead IKE SAs, freed by the reaper when nothing runs on them any more
    struct exchange *exchange_graves;
    struct deadline reaper;
    bool esp_up;
    bool esp_protocol_50; // esp-d can do ESP without UDP
    struct esp_ability esp_ability;
    bool orphans_known; // esp-d's list of SAs has been read once
    bool stopping;
};

// env is lent for the core's life. -ENOMEM.
int ike_core_init(struct ike_core *core, const struct ike_env *env);
// Frees the dead; runs by itself soon after something has died.
void ike_core_reap(struct ike_core *core);
// Everything that is in it must have been freed (exch/tunnel_driver.h: tunnel_driver_stop).
void ike_core_done(struct ike_core *core);

// Fires what is due now: to be called when ike_core_next_ms() is reached, and after every other entry.
void ike_core_run(struct ike_core *core);
// Monotonic ms of the next deadline; UINT64_MAX: none.
static inline uint64_t ike_core_next_ms(const struct ike_core *core)
{
    return deadline_heap_next(&core->deadlines);
}

static inline uint64_t ike_core_now_ms(const struct ike_core *core)
{
    return clock_monotonic_ms(core->env->clock);
}
static inline uint64_t ike_core_wall_s(const struct ike_core *core)
{
    return clock_wall_s(core->env->clock);
}
// 0 <= result < bound; 0 when bound is 0 or without entropy.
uint32_t ike_core_random_below(const struct ike_core *core, uint32_t bound);
// The addresses that a tunnel is called from have changed.
void ike_core_plan_reindex(struct ike_core *core);
void ike_core_raise(const struct ike_core *core, const struct ike_event *event);
// NULL when there is none.
struct tunnel *ike_core_find_tunnel(const struct ike_core *core, const char *name);

#endif
