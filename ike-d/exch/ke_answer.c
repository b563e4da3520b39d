#include "ike-d/exch/ke_answer.h"

#include <string.h>

bool ke_answer_begin(struct exchange *x, const struct ke_algorithm *ke, struct bytes peer_public,
                     ike_job_done_fn *on_shared)
{
    const struct ike_env *env = x->sa->core->env;
    uint64_t job = exchange_wait(x, on_shared);
    if (job) {
        env->kex_exchange(env->arg, job, ke, peer_public);
    }
    return job != 0;
}

bool ke_answer_take(struct ke_answer *ke, const struct ike_job_result *result)
{
    if (result->outcome != IKE_JOB_OK) {
        return false;
    }
    struct bytes public = kex_public(result->kex);
    memcpy(ke->public, public.p, public.n);
    ke->n = public.n;
    return true;
}
