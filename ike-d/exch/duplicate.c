#include "ike-d/exch/duplicate.h"

#include "ike-d/exch/ike_sa_life.h"
#include "ike-d/sa/tunnel.h"
#include "lib/core/log.h"

bool duplicate_is_first_contact(const struct ike_sa *sa)
{
    for (const struct ike_sa *other = sa->tunnel->sas; other; other = other->tunnel_next) {
        if (other != sa && ike_sa_is_established(other)) {
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

void duplicate_settle(struct ike_sa *sa)
{
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
