#include "pki-d/pool.h"

#include <errno.h>
#include <stdlib.h>

#include "pki-d/service.h"

struct work {
    uv_work_t uv;
    struct daemon *daemon;
    void (*run)(void *task);
    void (*done)(struct daemon *daemon, void *task, bool ran);
    void *task;
};

static void on_run(uv_work_t *uv)
{
    struct work *work = uv->data;

    work->run(work->task);
}

static void on_done(uv_work_t *uv, int status)
{
    struct work *work = uv->data;
    struct service *service = work->daemon->self;

    service->tasks--;
    work->done(work->daemon, work->task, status == 0);
    free(work);
}

int pool_submit(struct daemon *daemon, void (*run)(void *task),
                void (*done)(struct daemon *daemon, void *task, bool ran), void *task)
{
    struct service *service = daemon->self;
    struct work *work;

    if (service->tasks >= POOL_TASKS_MAX)
        return -EBUSY;
    work = calloc(1, sizeof(*work));
    if (!work)
        return -ENOMEM;
    *work = (struct work){.daemon = daemon, .run = run, .done = done, .task = task};
    work->uv.data = work;
    (void)uv_queue_work(daemon->loop, &work->uv, on_run, on_done); // fails only without a callback
    service->tasks++;
    return 0;
}
