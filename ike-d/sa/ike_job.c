#include "ike-d/sa/ike_job.h"

#include <errno.h>
#include <stdlib.h>

#include "lib/core/hmap.h"

struct ike_job {
    ike_job_done_fn *done;
    void *owner;
};

int ike_jobs_init(struct ike_jobs *jobs)
{
    jobs->last_id = 0;
    jobs->by_id = hmap_new();
    return jobs->by_id ? 0 : -ENOMEM;
}

void ike_jobs_done(struct ike_jobs *jobs)
{
    if (!jobs->by_id) {
        return;
    }
    size_t cursor = 0;
    struct ike_job *job;
    while ((job = hmap_next(jobs->by_id, &cursor))) {
        free(job);
    }
    hmap_free(jobs->by_id);
    jobs->by_id = NULL;
}

uint64_t ike_job_start(struct ike_jobs *jobs, ike_job_done_fn *done, void *owner)
{
    struct ike_job *job = calloc(1, sizeof(*job));
    if (!job) {
        return 0;
    }
    *job = (struct ike_job){.done = done, .owner = owner};
    uint64_t id = ++jobs->last_id;
    if (hmap_put(jobs->by_id, bytes_of(&id, sizeof(id)), job) < 0) {
        free(job);
        return 0;
    }
    return id;
}

void ike_job_cancel(struct ike_jobs *jobs, uint64_t id)
{
    free(hmap_remove(jobs->by_id, bytes_of(&id, sizeof(id))));
}

void ike_job_finish(struct ike_jobs *jobs, uint64_t id, struct ike_job_result *result)
{
    struct ike_job *job = hmap_remove(jobs->by_id, bytes_of(&id, sizeof(id)));
    if (!job) {
        return;
    }
    struct ike_job copy = *job;
    free(job);
    copy.done(copy.owner, result);
}
