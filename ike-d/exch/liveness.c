#include "ike-d/exch/liveness.h"

#include "ike-d/exch/next_request.h"
#include "ike-d/exch/transmit.h"
#include "ike-d/sa/ike_core.h"
#include "ike-d/sa/tunnel.h"

static void look_again_in(struct ike_sa *sa, uint64_t ms)
{
    deadline_set(&sa->core->deadlines, &sa->liveness, ike_core_now_ms(sa->core) + ms);
}

void liveness_start(struct ike_sa *sa)
{
    look_again_in(sa, sa->tunnel->config->liveness_ms);
}

static void probe(struct ike_sa *sa)
{
    if (!transmit_is_busy(sa)) {
        sa->probe_wanted = true;
        next_request_start(sa);
    }
}

static void on_last_inbound(void *owner, struct ike_job_result *result)
{
    struct ike_sa *sa = owner;
    sa->liveness_job = 0;
    if (!sa->tunnel || !ike_sa_is_established(sa)) {
        return;
    }
    uint32_t interval_ms = sa->tunnel->config->liveness_ms;
    if (result->outcome == IKE_JOB_OK && result->ago_ms < interval_ms) {
        look_again_in(sa, interval_ms - result->ago_ms);
    } else {
        probe(sa);
    }
}

// esp-d knows when the CHILD_SAs received last. False: there are none, or it can't be asked.
static bool ask_esp(struct ike_sa *sa)
{
    uint32_t spis_in[IKE_CHILDREN_MAX];
    unsigned n = 0;
    for (const struct child_sa *child = sa->children; child && n < IKE_CHILDREN_MAX; child = child->next) {
        if (child->installed) {
            spis_in[n++] = child->spi_in;
        }
    }
    if (n == 0 || !sa->core->esp_up || sa->liveness_job) {
        return false;
    }
    const struct ike_env *env = sa->core->env;
    sa->liveness_job = ike_job_start(&sa->core->jobs, on_last_inbound, sa);
    if (sa->liveness_job) {
        env->esp_last_inbound(env->arg, sa->liveness_job, spis_in, n);
    }
    return sa->liveness_job != 0;
}

void liveness_on_deadline(void *arg)
{
    struct ike_sa *sa = arg;
    if (!sa->tunnel || !ike_sa_is_established(sa)) {
        return;
    }
    uint64_t quiet_ms = ike_core_now_ms(sa->core) - sa->heard_ms;
    if (quiet_ms < sa->tunnel->config->liveness_ms) {
        look_again_in(sa, sa->tunnel->config->liveness_ms - quiet_ms);
        return;
    }
    look_again_in(sa, sa->tunnel->config->liveness_ms);
    if (!ask_esp(sa)) {
        probe(sa);
    }
}
