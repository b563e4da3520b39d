#include "ike-d/exch/port_fallback.h"

#include "ike-d/exch/ike_sa_init.h"
#include "ike-d/sa/ike_core.h"
#include "lib/core/log.h"

bool port_fallback_has_next(const struct ike_sa *sa)
{
    const struct encapsulation *esp = &sa->esp;
    return sa->initiator && sa->tunnel && sa->state == IKE_SA_STATE_AUTHENTICATING &&
           sa->remote.port == IKE_NATT_PORT && !esp->local_nat && !esp->remote_nat && !esp->peer_forces &&
           (esp->wish == UDP_PREFERRED || esp->wish == UDP_REFUSED) && sa->core->esp_protocol_50 &&
           !sa->tunnel->without_natt_port;
}

bool port_fallback_try_next(struct ike_sa *sa)
{
    struct tunnel *tunnel = sa->tunnel;
    char remote[ENDPOINT_TEXT_MAX];
    if (!port_fallback_has_next(sa)) {
        if (tunnel) {
            tunnel->without_natt_port = false; // the next attempt, or the next address, begins as usual
        }
        return false;
    }
    tunnel->without_natt_port = true;
    log_info("natt_port_silent", LOG_STR("tunnel", tunnel->config->name),
             LOG_STR("remote", endpoint_format(&sa->remote, remote, sizeof(remote))), LOG_UINT("next_port", IKE_PORT));
    ike_sa_init_initiate(tunnel);
    return true;
}

uint16_t port_fallback_choose(const struct ike_sa *sa)
{
    bool needs_it = sa->esp.in_udp || sa->own_features.mobike;
    return sa->esp.natt && needs_it ? IKE_NATT_PORT : IKE_PORT;
}
