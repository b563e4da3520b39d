#include "ike-d/exch/duplicate.h"

#include "ike-d/exch/ike_sa_life.h"
#include "ike-d/exch/reauthentication.h"
#include "ike-d/exch/tunnel_choice.h"
#include "ike-d/sa/identity_pairs.h"
#include "ike-d/sa/ike_core.h"
#include "ike-d/sa/tunnel.h"
#include "lib/core/log.h"

// An established IKE SA of this tunnel that may be with the same peer.
static bool has_sa_that_fits(const struct ike_sa *sa, const struct identity *local,
                             const struct identity_pattern *remote)
{
    for (const struct ike_sa *other = sa->tunnel->sas; other; other = other->tunnel_next) {
        struct identity peer = kept_identity_get(&other->remote_id);
        if (ike_sa_is_established(other) && kept_identity_is(&other->local_id, local) &&
            identity_pattern_fits(remote, &peer)) {
            return true;
        }
    }
    return false;
}

bool duplicate_is_first_contact(const struct ike_sa *sa)
{
    struct identity local = tunnel_choice_own_id(sa->tunnel, sa);
    struct identity_pattern remote = tunnel_choice_peer_id(sa->tunnel, sa);
    if (remote.kind != IDENTITY_PATTERN_EXACT) {
        return !has_sa_that_fits(sa, &local, &remote);
    }
    return !identity_pairs_find(sa->core->identity_pairs, &local, &remote.identity);
}

static bool has_sent_auth(const struct ike_sa *sa)
{
    return sa->next_request_id > 1;
}

// Did the peer begin `later`, with INITIAL_CONTACT, after it had answered our `own`?
static bool is_lost_by_peer(const struct ike_sa *own, const struct ike_sa *later)
{
    return own->initiator && !later->initiator && later->initial_contact && own->order && own->order < later->order;
}

// Of `sa`, which was established just now, and `other` of the same tunnel: the one that goes, or NULL.
static struct ike_sa *loser_of(struct ike_sa *sa, struct ike_sa *other, bool *ret_silently)
{
    *ret_silently = true;
    if (other->state < IKE_SA_STATE_ESTABLISHED) {
        return other->initiator && !has_sent_auth(other) ? other : NULL;
    }
    if (!ike_sa_is_established(other) || !identity_pairs_are_equal(sa, other)) {
        return NULL;
    }
    bool overlap = other->established_ms >= sa->created_ms;
    if (!overlap) {
        return !sa->initiator && sa->initial_contact ? other : NULL;
    }
    if (sa->initiator == other->initiator) {
        return sa->initial_contact ? other : NULL;
    }
    if (is_lost_by_peer(sa, other)) {
        return sa;
    }
    if (is_lost_by_peer(other, sa)) {
        return other;
    }
    *ret_silently = false;
    return sa->spi_i > other->spi_i ? sa : other;
}

// A second one that the peer has made, perhaps to authenticate anew: it will delete the first itself.
static bool is_replaced_by(const struct ike_sa *sa, const struct ike_sa *other)
{
    return !sa->initiator && sa->tunnel->config->unique == TUNNEL_UNIQUE_REPLACE && ike_sa_is_established(other) &&
           !other->replaced && other->established_ms < sa->created_ms && identity_pairs_are_equal(sa, other);
}

// The peer says that it has forgotten all: so what it had for other tunnels is gone, too.
static void settle_other_tunnels(const struct ike_sa *sa)
{
    struct identity local = kept_identity_get(&sa->local_id);
    struct identity remote = kept_identity_get(&sa->remote_id);
    struct ike_sa *next = NULL;
    for (struct ike_sa *other = identity_pairs_find(sa->core->identity_pairs, &local, &remote); other; other = next) {
        next = identity_pairs_next(other);
        if (other->tunnel != sa->tunnel && other->established_ms < sa->created_ms) {
            log_info("forgotten_by_peer", LOG_STR("tunnel", other->tunnel->config->name),
                     LOG_HEX64("spi_i", other->spi_i));
            ike_sa_life_close(other);
        }
    }
}

void duplicate_settle(struct ike_sa *sa)
{
    if (sa->by_rekey) { // no new contact
        return;
    }
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
        if (!loser && is_replaced_by(sa, other)) {
            log_info("ike_sa_replaced", LOG_STR("tunnel", sa->tunnel->config->name), LOG_HEX64("spi_i", other->spi_i),
                     LOG_HEX64("new_spi_i", sa->spi_i));
            reauthentication_retire(other);
        }
        if (!loser) {
            continue;
        }
        log_info("duplicate_ike_sa", LOG_STR("tunnel", sa->tunnel->config->name), LOG_HEX64("spi_i", loser->spi_i),
                 LOG_STR("end", silently ? "forgotten" : "deleted"));
        if (silently && ike_sa_is_established(loser)) {
            ike_sa_life_linger(loser); // the peer's DELETE may be on the way
        } else if (silently) {
            ike_sa_life_close(loser);
        } else {
            ike_sa_life_delete(loser);
        }
        if (loser == sa) {
            return;
        }
    }
}
