#include "ike-d/exch/peer_loss.h"

#include "ike-d/sa/ike_core.h"
#include "ike-d/sa/tunnel.h"
#include "lib/core/log.h"

static bool carries(const struct ike_sa *sa)
{
    return ike_sa_is_alive(sa) && child_sa_find_state(sa, CHILD_SA_STATE_ESTABLISHED);
}

// Nothing is lost while another IKE SA of the tunnel serves it, as after a rekey.
static bool is_served_without(const struct ike_sa *sa)
{
    for (const struct ike_sa *other = sa->tunnel->sas; other; other = other->tunnel_next) {
        if (other != sa && carries(other)) {
            return true;
        }
    }
    return false;
}

static void recover(struct ike_sa *sa, enum tunnel_recovery recovery)
{
    static const enum tunnel_start starts[] = {
        [TUNNEL_RECOVERY_RESTART] = TUNNEL_START_UP,
        [TUNNEL_RECOVERY_ON_DEMAND] = TUNNEL_START_ON_DEMAND,
        [TUNNEL_RECOVERY_CLEAR] = TUNNEL_START_PASSIVE,
    };
    static const char *const names[] = {
        [TUNNEL_RECOVERY_RESTART] = "restart",
        [TUNNEL_RECOVERY_ON_DEMAND] = "on_demand",
        [TUNNEL_RECOVERY_CLEAR] = "clear",
    };
    if (recovery == TUNNEL_RECOVERY_BY_START || is_served_without(sa)) {
        return;
    }
    log_info("tunnel_lost", LOG_STR("tunnel", sa->tunnel->config->name), LOG_STR("action", names[recovery]));
    sa->tunnel->start_now = starts[recovery];
}

void peer_loss_by_silence(struct ike_sa *sa)
{
    if (sa->tunnel) {
        recover(sa, sa->tunnel->config->liveness_action);
    }
}

void peer_loss_by_close(struct ike_sa *sa)
{
    if (sa->tunnel) {
        recover(sa, sa->tunnel->config->close_action);
    }
}
