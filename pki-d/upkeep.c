#include "pki-d/upkeep.h"

#include "lib/core/log.h"
#include "pki-d/certificate_service.h"
#include "pki-d/crl.h"
#include "pki-d/service.h"
#include "pki-d/store_certificate.h"

#define PERIOD_MS (60u * 60 * 1000)

static int on_authority(void *arg, const struct stored_authority *authority)
{
    const struct operation *op = arg;

    if (authority->foreign_next_update > 0 && authority->foreign_next_update <= op->now)
        log_warning("imported_crl_out_of_date", LOG_STR("authority", authority->name));
    return 0;
}

static int forget_expired(struct operation *op)
{
    int r = store_begin(op->store);

    return r < 0 ? r : store_end(op->store, store_certificate_forget_expired(op->store, op->now));
}

void upkeep_run(struct daemon *daemon)
{
    struct operation op = certificate_service_begin(daemon, "pki-d");

    // each of them logs what fails, and is tried again in an hour
    crl_renew_all(&op);
    forget_expired(&op);
    store_authority_each(op.store, on_authority, &op);
}

static void on_timer(uv_timer_t *timer)
{
    upkeep_run(timer->data);
}

int upkeep_start(struct daemon *daemon)
{
    struct service *service = daemon->self;
    int r = uv_timer_init(daemon->loop, &service->upkeep);

    service->upkeep.data = daemon;
    return r < 0 ? r : uv_timer_start(&service->upkeep, on_timer, 0, PERIOD_MS);
}

void upkeep_stop(struct daemon *daemon)
{
    struct service *service = daemon->self;

    uv_close((uv_handle_t *)&service->upkeep, NULL);
}
