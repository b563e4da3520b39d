#include "ike-d/exch/tunnel_choice.h"

#include "ike-d/exch/child_negotiation.h"
#include "ike-d/exch/received.h"

static bool fits(const struct tunnel *tunnel, const struct endpoint *local, const struct endpoint *remote, bool named)
{
    return (tunnel->config->remote.family != 0) == named &&
           tunnel_config_matches_addresses(tunnel->config, &local->address, &remote->address);
}

// Chosen is better than "another group, please", and that is better than nothing in common.
static int rank(const struct choice *choice)
{
    return choice->notify == NOTIFY_NONE ? 2 : choice->notify == NOTIFY_INVALID_KE_PAYLOAD ? 1 : 0;
}

static bool look_at(struct tunnel *tunnel, const struct message *m, struct init_choice *best)
{
    struct choice choice;
    if (tunnel->held_down) {
        best->held_down = true;
        return false;
    }
    offer_choose_ike(tunnel->config->ike_offer, &m->sa, m->ke.group, &choice);
    if (!best->tunnel || rank(&choice) > rank(&best->choice)) {
        best->tunnel = tunnel;
        best->choice = choice;
    }
    return choice.notify == NOTIFY_NONE;
}

void tunnel_choice_by_address(const struct ike_core *core, const struct received *request,
                              struct init_choice *ret_choice)
{
    *ret_choice = (struct init_choice){0};
    for (int named = 1; named >= 0; named--) {
        for (struct tunnel *tunnel = core->tunnels; tunnel; tunnel = tunnel->next) {
            if (fits(tunnel, &request->local, &request->remote, named) &&
                look_at(tunnel, request->message, ret_choice)) {
                return;
            }
        }
        if (ret_choice->tunnel && rank(&ret_choice->choice) > 0) {
            return; // the right group will do for the tunnel that names this peer
        }
    }
}

struct identity tunnel_choice_own_id(const struct tunnel *tunnel, const struct ike_sa *sa)
{
    const struct identity *configured = &tunnel->config->local_id;
    return configured->type == IDENTITY_NONE ? identity_of_address(&sa->local.address) : *configured;
}

struct identity tunnel_choice_peer_id(const struct tunnel *tunnel, const struct ike_sa *sa)
{
    const struct identity *configured = &tunnel->config->remote_id;
    return configured->type == IDENTITY_NONE ? identity_of_address(&sa->remote.address) : *configured;
}

static bool identities_fit(const struct tunnel *tunnel, const struct ike_sa *sa, const struct identity *peer,
                           const struct identity *own)
{
    struct identity peer_id = tunnel_choice_peer_id(tunnel, sa);
    struct identity own_id = tunnel_choice_own_id(tunnel, sa);
    return identity_equal(&peer_id, peer) && (own->type == IDENTITY_NONE || identity_equal(&own_id, own));
}

static bool suite_fits(const struct tunnel *tunnel, const struct ike_sa *sa)
{
    const struct offer *offer = tunnel->config->ike_offer;
    struct proposal chosen = kept_proposal_get(&sa->chosen);
    for (unsigned i = 0; i < offer->n; i++) {
        chosen.number = offer->proposal[i].number; // of this tunnel, not of the peer's payload
        chosen.protocol = offer->proposal[i].protocol;
        if (proposal_is_subset(&chosen, &offer->proposal[i], 1)) {
            return true;
        }
    }
    return false;
}

struct tunnel *tunnel_choice_by_identity(const struct ike_sa *sa, const struct message *request,
                                         const struct identity *peer, const struct identity *own,
                                         struct tunnel **ret_near)
{
    struct tunnel *near = NULL;
    struct tunnel *found = NULL;
    for (int named = 1; named >= 0; named--) {
        for (struct tunnel *tunnel = sa->core->tunnels; tunnel; tunnel = tunnel->next) {
            if (tunnel->held_down || !fits(tunnel, &sa->local, &sa->remote, named) || !suite_fits(tunnel, sa)) {
                continue;
            }
            near = near ? near : tunnel;
            if (!identities_fit(tunnel, sa, peer, own)) {
                continue;
            }
            if (child_negotiation_is_covered(tunnel, request)) {
                return tunnel;
            }
            found = found ? found : tunnel;
        }
    }
    *ret_near = near;
    return found;
}
