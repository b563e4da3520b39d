#include "ike-d/exch/weak_algorithm.h"

#include <stdio.h>

#include "ike-d/sa/ike_core.h"
#include "ike-d/sa/tunnel.h"

void weak_algorithm_tell(const struct ike_sa *sa, const struct kept_proposal *chosen)
{
    struct proposal p = kept_proposal_get(chosen);
    bool ike = p.protocol != PROPOSAL_ESP;
    char weak[256];
    char message[512];
    if (!sa->tunnel || !proposal_list_weak(&p, weak, sizeof(weak))) {
        return;
    }
    snprintf(message, sizeof(message),
             "%s uses weak algorithms that both sides have in common: %s. Set %s of this tunnel and the peer's "
             "proposals to better ones.",
             ike ? "The IKE SA" : "The CHILD_SA", weak, ike ? "ike_proposals" : "esp_proposals");
    struct ike_event event = {.severity = IKE_EVENT_WARNING,
                              .kind = "weak_algorithm",
                              .tunnel = sa->tunnel->config->name,
                              .message = message};
    ike_core_raise(sa->core, &event);
}
