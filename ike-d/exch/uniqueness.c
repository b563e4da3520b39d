#include "ike-d/exch/uniqueness.h"

#include <stdio.h>

#include "ike-d/exch/next_request.h"
#include "ike-d/exch/transmit.h"
#include "ike-d/sa/identity_pairs.h"
#include "ike-d/sa/ike_core.h"
#include "ike-d/sa/tunnel.h"
#include "lib/core/log.h"

static struct ike_sa *find_rival(const struct ike_sa *sa)
{
    for (struct ike_sa *other = sa->tunnel->sas; other; other = other->tunnel_next) {
        if (other != sa && ike_sa_is_established(other) && !other->replaced && other->established_ms < sa->created_ms &&
            identity_pairs_are_equal(sa, other)) {
            return other;
        }
    }
    return NULL;
}

// INITIAL_CONTACT says that the peer has no other (RFC 7296 2.4).
enum uniqueness_verdict uniqueness_begin(const struct ike_sa *sa, struct uniqueness *ret_question)
{
    bool matters = sa->tunnel->config->unique == TUNNEL_UNIQUE_REJECT && !sa->initial_contact;
    struct ike_sa *rival = matters ? find_rival(sa) : NULL;
    if (!rival) {
        return UNIQUENESS_FREE;
    }
    *ret_question = (struct uniqueness){.rival_spi = ike_sa_own_spi(rival), .asked_ms = ike_core_now_ms(rival->core)};
    rival->probe_wanted = true;
    next_request_start(rival);
    return UNIQUENESS_OPEN;
}

enum uniqueness_verdict uniqueness_look(const struct ike_sa *sa, const struct uniqueness *question)
{
    const struct ike_sa *rival = sa_table_find(&sa->core->sas, question->rival_spi);
    if (!rival || !ike_sa_is_established(rival) || rival->tunnel != sa->tunnel) {
        return UNIQUENESS_FREE;
    }
    // an answer may come within the same millisecond
    bool answered = rival->heard_ms >= question->asked_ms && !rival->probe_wanted && !transmit_is_busy(rival);
    return answered ? UNIQUENESS_TAKEN : UNIQUENESS_OPEN;
}

void uniqueness_tell(const struct ike_sa *sa, const struct uniqueness *question)
{
    const struct ike_sa *rival = sa_table_find(&sa->core->sas, question->rival_spi);
    char fresh[ENDPOINT_TEXT_MAX];
    char old[ENDPOINT_TEXT_MAX] = "";
    char message[256];
    (void)endpoint_format(&sa->remote, fresh, sizeof(fresh));
    if (rival) {
        (void)endpoint_format(&rival->remote, old, sizeof(old));
    }
    log_warning("second_ike_sa_refused", LOG_STR("tunnel", sa->tunnel->config->name), LOG_STR("from", fresh),
                LOG_STR("alive", old));
    if (!ratelimit_take(&sa->core->refusal_notes, ike_core_now_ms(sa->core))) {
        return;
    }
    (void)snprintf(message, sizeof(message),
                   "A second IKE SA of the same peer, from %s, was refused: the one from %s is alive, and this tunnel "
                   "says unique: reject.",
                   fresh, old);
    struct ike_event event = {.severity = IKE_EVENT_WARNING,
                              .kind = "second_ike_sa_refused",
                              .cause = FAILURE_CAUSE_CONFLICT,
                              .tunnel = sa->tunnel->config->name,
                              .message = message};
    ike_core_raise(sa->core, &event);
}
