#include "ike-d/exch/address_fallback.h"

#include "ike-d/exch/ike_sa_init.h"
#include "ike-d/exch/port_fallback.h"
#include "lib/core/log.h"

const struct address *address_fallback_now(struct tunnel *tunnel)
{
    const struct address *address = tunnel_config_callable(tunnel->config, tunnel->turn);
    if (!address) {
        tunnel->turn = 0;
        address = tunnel_config_callable(tunnel->config, 0);
    }
    if (!address) { // a name that has led nowhere meanwhile
        address = &tunnel->config->remote;
    }
    return address;
}

bool address_fallback_has_next(const struct ike_sa *sa)
{
    return sa->initiator && sa->tunnel && sa->state < IKE_SA_STATE_ESTABLISHED &&
           tunnel_config_callable(sa->tunnel->config, sa->tunnel->turn + 1);
}

bool address_fallback_try_next(struct ike_sa *sa)
{
    struct tunnel *tunnel = sa->tunnel;
    if (!address_fallback_has_next(sa)) {
        return false;
    }
    tunnel->turn++;
    char old[ADDRESS_TEXT_MAX];
    char next[ADDRESS_TEXT_MAX];
    log_info("next_address", LOG_STR("tunnel", tunnel->config->name),
             LOG_STR("silent", address_format(&sa->remote.address, old, sizeof(old))),
             LOG_STR("next", address_format(address_fallback_now(tunnel), next, sizeof(next))));
    ike_sa_init_initiate(tunnel);
    return true;
}

unsigned address_fallback_sends_max(const struct ike_sa *sa)
{
    return port_fallback_has_next(sa) || address_fallback_has_next(sa) ? IKE_FALLBACK_SENDS_MAX
                                                                       : IKE_RETRANSMIT_SENDS_MAX;
}
