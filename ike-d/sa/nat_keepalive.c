#include "ike-d/sa/nat_keepalive.h"

#include <stdlib.h>

#include "ike-d/sa/ike_core.h"
#include "ike-d/sa/ike_sa.h"
#include "lib/core/log.h"

struct nat_keepalive {
    struct ike_sa *sa;
    struct deadline due;
};

static bool has_installed_child(const struct ike_sa *sa)
{
    const struct child_sa *child = sa->children;
    while (child && !child->installed) {
        child = child->next;
    }
    return child;
}

static void arm(struct nat_keepalive *keepalive)
{
    struct ike_core *core = keepalive->sa->core;
    deadline_set(&core->deadlines, &keepalive->due, ike_core_now_ms(core) + IKE_NAT_KEEPALIVE_S * 1000);
}

static void on_due(void *arg)
{
    struct nat_keepalive *keepalive = arg;
    const struct ike_sa *sa = keepalive->sa;
    if (!sa->tunnel) {
        return; // replaced by another one
    }
    if (!has_installed_child(sa)) {
        sa->core->env->send(sa->core->env->arg, &sa->local, &sa->remote, bytes_of(NULL, 0));
    }
    arm(keepalive);
}

void nat_keepalive_review(struct ike_sa *sa)
{
    if (!sa->esp.local_nat || !ike_sa_is_established(sa)) {
        nat_keepalive_stop(sa);
        return;
    }
    if (sa->keepalive) {
        return;
    }
    struct nat_keepalive *keepalive = calloc(1, sizeof(*keepalive));
    if (!keepalive || deadline_init(&sa->core->deadlines, &keepalive->due, on_due, keepalive) < 0) {
        free(keepalive);
        log_error("nat_keepalive", LOG_HEX64("spi_i", sa->spi_i), LOG_STR("error", "out of memory"));
        return;
    }
    keepalive->sa = sa;
    sa->keepalive = keepalive;
    arm(keepalive);
}

void nat_keepalive_stop(struct ike_sa *sa)
{
    if (sa->keepalive) {
        deadline_done(&sa->core->deadlines, &sa->keepalive->due);
        free(sa->keepalive);
        sa->keepalive = NULL;
    }
}
