#include "ike-d/exch/tunnel_choice.h"

#include "ike-d/exch/child_negotiation.h"
#include "ike-d/exch/received.h"

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

// Those of a list whose addresses fit so well. True: one was found whose proposals fit, too. An offer that several
// tunnels share is looked at once.
static bool look_through(const struct tunnel_ref *ref, const struct received *request, enum tunnel_address_fit fit,
                         struct init_choice *best)
{
    const struct offer *refused = NULL;
    for (; ref; ref = ref->next) {
        struct tunnel *tunnel = ref->tunnel;
        if (tunnel->config->ike_offer == refused ||
            tunnel_config_fit_addresses(tunnel->config, &request->local.address, &request->remote.address) != fit) {
            continue;
        }
        if (look_at(tunnel, request->message, best)) {
            return true;
        }
        refused = tunnel->held_down ? refused : tunnel->config->ike_offer;
    }
    return false;
}

void tunnel_choice_by_address(const struct ike_core *core, const struct received *request,
                              struct init_choice *ret_choice)
{
    const struct tunnel_ref *named = peer_index_find_address(&core->peers, &request->remote.address);
    *ret_choice = (struct init_choice){0};
    for (int fit = TUNNEL_ADDRESS_FIT_HOST; fit > TUNNEL_ADDRESS_FIT_NONE; fit--) {
        const struct tunnel_ref *list = fit == TUNNEL_ADDRESS_FIT_HOST ? named : core->peers.wide;
        if (look_through(list, request, (enum tunnel_address_fit)fit, ret_choice)) {
            return;
        }
        if (ret_choice->tunnel && rank(&ret_choice->choice) > 0) {
            return; // the right group will do for the tunnel that names this peer
        }
    }
}

struct identity tunnel_choice_own_id(const struct tunnel *tunnel, const struct ike_sa *sa)
{
    const struct kept_identity *configured = &tunnel->config->local_id;
    if (configured->type == IDENTITY_NONE && tunnel->config->certificate) {
        return sa->credential ? sa->credential->own_id : kept_identity_get(&sa->local_id);
    }
    return configured->type == IDENTITY_NONE ? identity_of_address(&sa->local.address) : kept_identity_get(configured);
}

struct identity_pattern tunnel_choice_peer_id(const struct tunnel *tunnel, const struct ike_sa *sa)
{
    struct identity_pattern pattern = tunnel_config_remote_id(tunnel->config);
    if (pattern.kind == IDENTITY_PATTERN_EXACT && pattern.identity.type == IDENTITY_NONE) {
        pattern.identity = identity_of_address(&sa->remote.address);
    }
    return pattern;
}

static bool identities_fit(const struct tunnel *tunnel, const struct ike_sa *sa, const struct identity *peer,
                           const struct identity *own)
{
    struct identity_pattern peer_id = tunnel_choice_peer_id(tunnel, sa);
    struct identity own_id = tunnel_choice_own_id(tunnel, sa);
    bool any_own = own->type == IDENTITY_NONE || own_id.type == IDENTITY_NONE;
    return identity_pattern_fits(&peer_id, peer) && (any_own || identity_equal(&own_id, own));
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

struct search {
    const struct ike_sa *sa;
    const struct message *request;
    const struct identity *peer;
    const struct identity *own;
    struct tunnel *found;
    int found_rank;
};

// The right way to authenticate counts most; then selectors that fit, an identity that is named, an address that is.
enum rank {
    RANK_EXACT = 100,
    RANK_COVERED = 200,
    RANK_METHOD = 400,
    RANK_BEST = RANK_METHOD + RANK_COVERED + RANK_EXACT + TUNNEL_ADDRESS_FIT_HOST,
};

// 0: not this one.
static int rank_tunnel(const struct search *search, struct tunnel *tunnel)
{
    const struct ike_sa *sa = search->sa;
    enum tunnel_address_fit fit = tunnel_config_fit_addresses(tunnel->config, &sa->local.address, &sa->remote.address);
    if (tunnel->held_down || fit == TUNNEL_ADDRESS_FIT_NONE || !suite_fits(tunnel, sa) ||
        !identities_fit(tunnel, sa, search->peer, search->own)) {
        return 0;
    }
    bool by_psk = message_has(search->request, PAYLOAD_AUTH) && search->request->auth.method == AUTH_METHOD_PSK;
    bool same_method = by_psk == !tunnel->config->certificate;
    bool covered = child_negotiation_is_covered(tunnel, search->request);
    bool exact = tunnel->config->remote_id_kind == IDENTITY_PATTERN_EXACT;
    return (same_method ? RANK_METHOD : 0) + (covered ? RANK_COVERED : 0) + (exact ? RANK_EXACT : 0) + (int)fit;
}

// Stops where nothing better can come.
static void search_list(struct search *search, const struct tunnel_ref *ref)
{
    for (; ref && search->found_rank < RANK_BEST; ref = ref->next) {
        int tunnel_rank = rank_tunnel(search, ref->tunnel);
        if (tunnel_rank > search->found_rank) {
            search->found_rank = tunnel_rank;
            search->found = ref->tunnel;
        }
    }
}

// Whose operator should hear of a peer that fits no tunnel: the first that the addresses fit.
static struct tunnel *find_near(const struct ike_sa *sa)
{
    const struct tunnel_ref *lists[2] = {peer_index_find_address(&sa->core->peers, &sa->remote.address),
                                         sa->core->peers.wide};
    for (int i = 0; i < 2; i++) {
        for (const struct tunnel_ref *ref = lists[i]; ref; ref = ref->next) {
            if (!ref->tunnel->held_down && suite_fits(ref->tunnel, sa) &&
                tunnel_config_fit_addresses(ref->tunnel->config, &sa->local.address, &sa->remote.address)) {
                return ref->tunnel;
            }
        }
    }
    return NULL;
}

unsigned tunnel_choice_by_certificate(const struct ike_sa *sa, struct tunnel **ret_tunnels, unsigned max)
{
    const struct tunnel_ref *lists[2] = {peer_index_find_address(&sa->core->peers, &sa->remote.address),
                                         sa->core->peers.wide};
    unsigned n = 0;
    for (int i = 0; i < 2 && sa->core->has_certificates; i++) {
        for (const struct tunnel_ref *ref = lists[i]; ref && n < max; ref = ref->next) {
            const struct tunnel_config *config = ref->tunnel->config;
            if (config->certificate && !ref->tunnel->held_down && suite_fits(ref->tunnel, sa) &&
                tunnel_config_fit_addresses(config, &sa->local.address, &sa->remote.address)) {
                ret_tunnels[n++] = ref->tunnel;
            }
        }
    }
    return n;
}

struct tunnel *tunnel_choice_by_identity(const struct ike_sa *sa, const struct message *request,
                                         const struct identity *peer, const struct identity *own,
                                         struct tunnel **ret_near)
{
    struct search search = {.sa = sa, .request = request, .peer = peer, .own = own};
    search_list(&search, peer_index_find_identity(&sa->core->peers, peer));
    search_list(&search, sa->core->peers.open);
    *ret_near = search.found ? NULL : find_near(sa);
    return search.found;
}
