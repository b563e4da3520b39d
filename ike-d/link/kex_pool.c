#include "ike-d/link/kex_pool.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ike-d/link/ike.h"

struct work {
    uv_work_t uv;
    struct ike *ike;
    uint64_t job;
    const struct ke_algorithm *ke; // NULL: the key pair is there already
    struct kex *kex;
    uint8_t peer_public[KEX_BYTES_MAX];
    size_t peer_public_n; // 0: only a key pair is wanted
    struct kex_secret secret;
    int error;
};

// In a thread of the pool: touches its work alone.
static void run(uv_work_t *uv)
{
    struct work *work = uv->data;
    if (work->error < 0) {
        return;
    }
    if (work->ke) {
        work->error = kex_new(work->ke, &work->kex);
    }
    if (work->error == 0 && work->peer_public_n) {
        work->error = kex_derive(work->kex, bytes_of(work->peer_public, work->peer_public_n), &work->secret);
    }
}

static void answer(struct work *work)
{
    struct ike_job_result result = {.outcome = work->error == 0 ? IKE_JOB_OK : IKE_JOB_FAILED};
    if (work->error < 0) {
        result.text = work->error == -EBADMSG ? "the value is none of the group" : "the cryptographic library failed";
    } else {
        result.data = kex_secret_view(&work->secret); // empty when only a key pair was wanted
        if (work->ke) {
            result.kex = work->kex;
            work->kex = NULL;
        }
    }
    ike_job_finish(&work->ike->core.jobs, work->job, &result);
    kex_free(result.kex);
}

static void on_done(uv_work_t *uv, int status)
{
    struct work *work = uv->data;
    if (status < 0) {
        work->error = -ECANCELED;
    }
    if (work->ike->core_ready) {
        answer(work);
    }
    kex_free(work->kex);
    kex_secret_wipe(&work->secret);
    free(work);
}

static void queue(struct ike *ike, struct work *work)
{
    work->ike = ike;
    work->uv.data = work;
    (void)uv_queue_work(ike->daemon->loop, &work->uv, run, on_done); // fails only without a callback
}

// Without memory nothing answers; then the IKE SA's own time limit ends it.
static void kex_generate(void *arg, uint64_t job, const struct ke_algorithm *ke)
{
    struct work *work = calloc(1, sizeof(*work));
    if (work) {
        work->job = job;
        work->ke = ke;
        queue(arg, work);
    }
}

static void queue_with_peer(struct ike *ike, struct work *work, struct bytes peer_public)
{
    if (peer_public.n == 0 || peer_public.n > sizeof(work->peer_public)) {
        work->error = -EBADMSG;
    } else {
        memcpy(work->peer_public, peer_public.p, peer_public.n);
        work->peer_public_n = peer_public.n;
    }
    queue(ike, work);
}

static void derive(void *arg, uint64_t job, struct kex *kex, struct bytes peer_public)
{
    struct work *work = calloc(1, sizeof(*work));
    if (!work) {
        kex_free(kex);
        return;
    }
    work->job = job;
    work->kex = kex;
    queue_with_peer(arg, work, peer_public);
}

static void exchange(void *arg, uint64_t job, const struct ke_algorithm *ke, struct bytes peer_public)
{
    struct work *work = calloc(1, sizeof(*work));
    if (work) {
        work->job = job;
        work->ke = ke;
        queue_with_peer(arg, work, peer_public);
    }
}

void kex_pool_fill(struct ike_env *env)
{
    env->kex_generate = kex_generate;
    env->kex_derive = derive;
    env->kex_exchange = exchange;
}
