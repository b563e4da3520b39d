#include "ike-d/exch/duplicate.h"

#include "ike-d/exch/ike_sa_life.h"
#include "ike-d/exch/tunnel_choice.h"
#include "ike-d/sa/ike_core.h"
#include "ike-d/sa/tunnel.h"
#include "lib/core/log.h"

// An established IKE SA of that tunnel between these identities.
static struct ike_sa *find_between(const struct tunnel *tunnel, const struct identity *local,
                                   const struct identity *remote)
{
    for (struct ike_sa *sa = tunnel->sas; sa; sa = sa->tunnel_next) {
        if (ike_sa_is_established(sa) && kept_identity_is(&sa->local_id, local) &&
            kept_identity_is(&sa->remote_id, remote)) {
            return sa;
        }
    }
    return NULL;
}

bool duplicate_is_first_contact(const struct ike_sa *sa)
{
    struct identity local = tunnel_choice_own_id(sa->tunnel, sa);
    struct identity remote = tunnel_choice_peer_id(sa->tunnel, sa);
    for (const struct tunnel *tunnel = sa->core->tunnels; tunnel; tunnel = tunnel->next) {
        if (find_between(tunnel, &local, &remote)) {
            return false;
        }
    }
    return true;
}

static bool has_sent_auth(const struct ike_sa *sa)
{
    return sa->next_request_id > 1;
}

// Of `sa`, which was established just now, and `other` of the same tunnel: the one that goes, or NULL.
static struct ike_sa *loser_of(struct ike_sa *sa, struct ike_sa *other, bool *ret_silently)
{
    *ret_silently = true;
    if (other->state < IKE_SA_STATE_ESTABLISHED) {
        return other->initiator && !has_sent_auth(other) ? other : NULL;
    }
    if (!ike_sa_is_established(other)) {
        return NULL;
    }
    bool overlap = other->established_ms >= sa->created_ms;
    if (!overlap) {
        return !sa->initiator && sa->initial_contact ? other : NULL;
    }
    if (sa->initiator == other->initiator) {
        return sa->initial_contact ? other : NULL;
    }
    *ret_silently = false;
    return sa->spi_i > other->spi_i ? sa : other;
}

// The peer says that it has forgotten all: so what it had for other tunnels is gone, too.
static void settle_other_tunnels(const struct ike_sa *sa)
{
    struct identity local = kept_identity_get(&sa->local_id);
    struct identity remote = kept_identity_get(&sa->remote_id);
    for (struct tunnel *tunnel = sa->core->tunnels; tunnel; tunnel = tunnel->next) {
        struct ike_sa *other = tunnel == sa->tunnel ? NULL : find_between(tunnel, &local, &remote);
        if (other && other->established_ms < sa->created_ms) {
            log_info("forgotten_by_peer", LOG_STR("tunnel", tunnel->config->name), LOG_HEX64("spi_i", other->spi_i));
            ike_sa_life_close(other);
        }
    }
}

void duplicate_settle(struct ike_sa *sa)
{
    if (sa->tunnel && !sa->initiator && sa->initial_contact) {
        settle_other_tunnels(sa);
    }
    struct ike_sa *next;
    for (struct ike_sa *other = sa->tunnel ? sa->tunnel->sas : NULL; other; other = next) {
        next = other->tunnel_next;
        if (other == sa) {
            continue;
        }
        bool silently;
        struct ike_sa *loser = loser_of(sa, other, &silently);
        if (!loser) {
            continue;
        }
        log_info("duplicate_ike_sa", LOG_STR("tunnel", sa->tunnel->config->name), LOG_HEX64("spi_i", loser->spi_i),
                 LOG_STR("end", silently ? "forgotten" : "deleted"));
        if (silently) {
            ike_sa_life_close(loser);
        } else {
            ike_sa_life_delete(loser);
        }
        if (loser == sa) {
            return;
        }
    }
}
