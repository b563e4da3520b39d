#include "ike-d/exch/ke_answer.h"

#include <string.h>

bool ke_answer_derive(struct ke_answer *ke, struct exchange *x, struct ike_job_result *key_pair,
                      struct bytes peer_public, ike_job_done_fn *on_shared)
{
    const struct ike_env *env = x->sa->core->env;
    uint64_t job = key_pair->outcome == IKE_JOB_OK ? exchange_wait(x, on_shared) : 0;
    if (!job) {
        return false;
    }
    struct bytes public = kex_public(key_pair->kex);
    memcpy(ke->public, public.p, public.n);
    ke->n = public.n;
    env->kex_derive(env->arg, job, key_pair->kex, peer_public);
    key_pair->kex = NULL;
    return true;
}
