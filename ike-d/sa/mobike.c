#include "ike-d/sa/mobike.h"

#include <stdlib.h>

#include "ike-d/sa/ike_core.h"
#include "ike-d/sa/ike_sa.h"
#include "ike-d/sa/tunnel.h"
#include "lib/core/log.h"

void mobike_new(struct ike_sa *sa, void (*fire)(void *arg))
{
    struct mobike *mobike = calloc(1, sizeof(*mobike));
    if (!mobike || deadline_init(&sa->core->deadlines, &mobike->again, fire, mobike) < 0) {
        free(mobike);
        return;
    }
    mobike->sa = sa;
    mobike->decides = sa->initiator;
    mobike->first = sa->remote.address;
    mobike->told_local = sa->local.address;
    sa->mobike = mobike;
}

void mobike_drop(struct ike_sa *sa)
{
    struct mobike *mobike = sa->mobike;
    sa->mobike = NULL;
    if (mobike) {
        deadline_done(&sa->core->deadlines, &mobike->again);
        free(mobike->others);
        free(mobike);
    }
}

const struct endpoint *mobike_esp_local(const struct ike_sa *sa)
{
    return sa->mobike && sa->mobike->moving ? &sa->mobike->esp_local : &sa->local;
}

const struct endpoint *mobike_esp_remote(const struct ike_sa *sa)
{
    return sa->mobike && sa->mobike->moving ? &sa->mobike->esp_remote : &sa->remote;
}

void mobike_move_ike(struct ike_sa *sa, const struct endpoint *local, const struct endpoint *remote)
{
    struct mobike *mobike = sa->mobike;
    char from[2][ENDPOINT_TEXT_MAX];
    char to[2][ENDPOINT_TEXT_MAX];
    if (!mobike->moving) {
        mobike->moving = true;
        mobike->esp_local = sa->local;
        mobike->esp_remote = sa->remote;
    }
    log_info("ike_sa_moves", LOG_STR("tunnel", sa->tunnel ? sa->tunnel->config->name : ""),
             LOG_STR("old_local", endpoint_format(&sa->local, from[0], sizeof(from[0]))),
             LOG_STR("old_remote", endpoint_format(&sa->remote, from[1], sizeof(from[1]))),
             LOG_STR("local", endpoint_format(local, to[0], sizeof(to[0]))),
             LOG_STR("remote", endpoint_format(remote, to[1], sizeof(to[1]))));
    sa->local = *local;
    sa->remote = *remote;
    sa->packet_bytes = 0;
    mobike->seen_known = false;
}

void mobike_move_child(const struct child_sa *child)
{
    const struct ike_sa *sa = child->sa;
    const struct ike_env *env = sa->core->env;
    struct esp_update update = {
        .spi_in = child->spi_in,
        .local = *mobike_esp_local(sa),
        .remote = *mobike_esp_remote(sa),
        .in_udp = sa->esp.in_udp,
        .follow_remote = ike_sa_follows_peer(sa),
        .keepalive_s = sa->esp.local_nat ? IKE_NAT_KEEPALIVE_S : 0,
    };
    env->esp_update(env->arg, &update);
}

void mobike_move_children(struct ike_sa *sa)
{
    sa->mobike->moving = false;
    sa->mobike->moves++;
    for (const struct child_sa *child = sa->children; child; child = child->next) {
        if (child->installed) {
            mobike_move_child(child);
        }
    }
}

void mobike_catch_up(const struct child_sa *child)
{
    const struct mobike *mobike = child->sa->mobike;
    if (mobike && child->moves != mobike->moves) {
        mobike_move_child(child);
    }
}
