#include "ike-d/link/tunnel_status.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ike-d/link/failure_message.h"
#include "ike-d/sa/child_coverage.h"
#include "ike-d/sa/ike_core.h"
#include "ike-d/sa/ike_sa.h"

// Any allocation that failed is noticed once, at the end.
struct builder {
    bool failed;
};

static void *make(struct builder *b, size_t n)
{
    void *p = calloc(1, n);
    b->failed = b->failed || !p;
    return p;
}

static char *text(struct builder *b, const char *from)
{
    char *copy = strdup(from);
    b->failed = b->failed || !copy;
    return copy;
}

static Google__Protobuf__Timestamp *time_of(struct builder *b, uint64_t unix_s)
{
    Google__Protobuf__Timestamp *t = unix_s ? make(b, sizeof(*t)) : NULL;
    if (t) {
        google__protobuf__timestamp__init(t);
        t->seconds = (int64_t)unix_s;
    }
    return t;
}

// Of a point on the monotonic clock; 0: unset.
static Google__Protobuf__Timestamp *time_at(struct builder *b, const struct ike_core *core, uint64_t at_ms)
{
    if (!at_ms) {
        return NULL;
    }
    uint64_t now_ms = ike_core_now_ms(core);
    uint64_t left_ms = at_ms > now_ms ? at_ms - now_ms : 0;
    return time_of(b, ike_core_wall_s(core) + left_ms / 1000);
}

static char *spi64(struct builder *b, uint64_t spi)
{
    char out[20];
    (void)snprintf(out, sizeof(out), "%016" PRIx64, spi);
    return text(b, out);
}

static char *spi32(struct builder *b, uint32_t spi)
{
    char out[12];
    (void)snprintf(out, sizeof(out), "%08" PRIx32, spi);
    return text(b, out);
}

static char *endpoint(struct builder *b, const struct endpoint *e)
{
    char out[ENDPOINT_TEXT_MAX];
    return text(b, endpoint_format(e, out, sizeof(out)));
}

static char *identity(struct builder *b, const struct kept_identity *kept)
{
    char out[IDENTITY_TEXT_MAX] = "";
    struct identity id = kept_identity_get(kept);
    return text(b, id.type == IDENTITY_NONE ? out : identity_format(&id, out, sizeof(out)));
}

static char *suite(struct builder *b, const struct kept_proposal *kept)
{
    char out[PROPOSAL_TEXT_MAX] = "";
    struct proposal chosen = kept_proposal_get(kept);
    return text(b, chosen.n ? proposal_format(&chosen, out, sizeof(out)) : out);
}

static Bulkhead__V1__PeerState peer_state(enum ike_sa_state state)
{
    switch (state) {
    case IKE_SA_STATE_INIT:
    case IKE_SA_STATE_AUTHENTICATING:
        return BULKHEAD__V1__PEER_STATE__PEER_STATE_CONNECTING;
    case IKE_SA_STATE_ESTABLISHED:
        return BULKHEAD__V1__PEER_STATE__PEER_STATE_ESTABLISHED;
    default:
        return BULKHEAD__V1__PEER_STATE__PEER_STATE_DELETING;
    }
}

// What both sides can do beyond RFC 7296.
static void put_extensions(struct builder *b, const struct ike_sa *sa, Bulkhead__V1__Peer *peer)
{
    const struct ike_features *own = &sa->own_features;
    const struct ike_features *theirs = &sa->peer_features;
    const char *names[4];
    size_t n = 0;
    if (own->fragmentation && theirs->fragmentation) {
        names[n++] = "fragmentation";
    }
    if (own->mobike && theirs->mobike) {
        names[n++] = "mobike";
    }
    if (own->ppk && theirs->ppk) {
        names[n++] = "ppk";
    }
    if (own->childless && theirs->childless) {
        names[n++] = "childless";
    }
    peer->extensions = n ? make(b, n * sizeof(*peer->extensions)) : NULL;
    for (size_t i = 0; i < n && peer->extensions; i++) {
        peer->extensions[peer->n_extensions++] = text(b, names[i]);
    }
}

static Bulkhead__V1__Peer *peer_of(struct builder *b, const struct tunnel *tunnel, const struct ike_sa *sa)
{
    Bulkhead__V1__Peer *peer = make(b, sizeof(*peer));
    if (!peer) {
        return NULL;
    }
    bulkhead__v1__peer__init(peer);
    peer->tunnel = text(b, tunnel->config->name);
    peer->initiator_spi = spi64(b, sa->spi_i);
    peer->responder_spi = spi64(b, sa->spi_r);
    peer->state = peer_state(sa->state);
    peer->role =
        sa->initiator ? BULKHEAD__V1__PEER_ROLE__PEER_ROLE_INITIATOR : BULKHEAD__V1__PEER_ROLE__PEER_ROLE_RESPONDER;
    peer->local = endpoint(b, &sa->local);
    peer->remote = endpoint(b, &sa->remote);
    peer->local_id = identity(b, &sa->local_id);
    peer->remote_id = identity(b, &sa->remote_id);
    peer->suite = suite(b, &sa->chosen);
    peer->local_nat = sa->local_nat;
    peer->remote_nat = sa->remote_nat;
    put_extensions(b, sa, peer);
    peer->established = time_of(b, sa->established_s);
    peer->last_heard = time_of(b, sa->heard_s);
    peer->rekey_at = time_at(b, sa->core, sa->end.soft_ms);
    peer->reauthenticate_at = time_at(b, sa->core, sa->reauthenticate_ms);
    peer->vendor = text(b, vendor_name((enum vendor)sa->vendor));
    return peer;
}

static Bulkhead__V1__SaState sa_state(const struct child_sa *child)
{
    switch (child->state) {
    case CHILD_SA_STATE_ESTABLISHED:
        return BULKHEAD__V1__SA_STATE__SA_STATE_ESTABLISHED;
    case CHILD_SA_STATE_REKEYED:
    case CHILD_SA_STATE_LOST:
        return BULKHEAD__V1__SA_STATE__SA_STATE_REKEYED;
    default:
        return BULKHEAD__V1__SA_STATE__SA_STATE_DELETING;
    }
}

static char **selectors(struct builder *b, const struct kept_list *list, size_t *ret_n)
{
    char **out = make(b, (list->n + 1) * sizeof(*out));
    for (unsigned i = 0; out && i < list->n; i++) {
        char one[SELECTOR_TEXT_MAX];
        out[i] = text(b, selector_format(&list->s[i], one, sizeof(one)));
        *ret_n = i + 1;
    }
    return out;
}

static Bulkhead__V1__Sa *sa_of(struct builder *b, const struct tunnel *tunnel, const struct child_sa *child)
{
    Bulkhead__V1__Sa *sa = make(b, sizeof(*sa));
    if (!sa) {
        return NULL;
    }
    bulkhead__v1__sa__init(sa);
    sa->tunnel = text(b, tunnel->config->name);
    sa->child = child->slot ? child->slot->config->number : 0;
    sa->spi_in = spi32(b, child->spi_in);
    sa->spi_out = spi32(b, child->spi_out);
    sa->state = sa_state(child);
    sa->local = endpoint(b, &child->sa->local);
    sa->remote = endpoint(b, &child->sa->remote);
    sa->suite = suite(b, &child->chosen);
    sa->mode = text(b, child->transport ? "transport" : "tunnel");
    sa->encapsulation = text(b, child->sa->in_udp ? "udp" : "none");
    sa->local_selectors = selectors(b, &child->sides.local, &sa->n_local_selectors);
    sa->remote_selectors = selectors(b, &child->sides.remote, &sa->n_remote_selectors);
    sa->established = time_of(b, child->established_s);
    sa->rekey_at = time_at(b, tunnel->core, child->end.soft_ms);
    sa->expires = time_at(b, tunnel->core, child->end.hard_ms);
    return sa;
}

static void put_sas(struct builder *b, const struct tunnel *tunnel, Bulkhead__V1__TunnelStatus *status)
{
    size_t n = 0;
    for (const struct ike_sa *sa = tunnel->sas; sa; sa = sa->tunnel_next) {
        n += child_sa_count(sa);
    }
    status->sas = n ? make(b, n * sizeof(*status->sas)) : NULL;
    for (const struct ike_sa *sa = tunnel->sas; sa && status->sas; sa = sa->tunnel_next) {
        for (const struct child_sa *child = sa->children; child; child = child->next) {
            Bulkhead__V1__Sa *one = sa_of(b, tunnel, child);
            if (one) {
                status->sas[status->n_sas++] = one;
            }
        }
    }
}

static Bulkhead__V1__TunnelState state_of(enum tunnel_state state)
{
    static const Bulkhead__V1__TunnelState states[] = {
        [TUNNEL_STATE_DOWN] = BULKHEAD__V1__TUNNEL_STATE__TUNNEL_STATE_DOWN,
        [TUNNEL_STATE_CONNECTING] = BULKHEAD__V1__TUNNEL_STATE__TUNNEL_STATE_CONNECTING,
        [TUNNEL_STATE_UP] = BULKHEAD__V1__TUNNEL_STATE__TUNNEL_STATE_UP,
        [TUNNEL_STATE_WAITING] = BULKHEAD__V1__TUNNEL_STATE__TUNNEL_STATE_WAITING,
        [TUNNEL_STATE_NEEDS_SECRET] = BULKHEAD__V1__TUNNEL_STATE__TUNNEL_STATE_NEEDS_SECRET,
        [TUNNEL_STATE_PARTIAL] = BULKHEAD__V1__TUNNEL_STATE__TUNNEL_STATE_PARTIAL,
    };
    return states[state];
}

static Bulkhead__V1__ChildState child_state_of(enum child_slot_state state)
{
    static const Bulkhead__V1__ChildState states[] = {
        [CHILD_SLOT_DOWN] = BULKHEAD__V1__CHILD_STATE__CHILD_STATE_DOWN,
        [CHILD_SLOT_CONNECTING] = BULKHEAD__V1__CHILD_STATE__CHILD_STATE_CONNECTING,
        [CHILD_SLOT_UP] = BULKHEAD__V1__CHILD_STATE__CHILD_STATE_UP,
        [CHILD_SLOT_WAITING] = BULKHEAD__V1__CHILD_STATE__CHILD_STATE_WAITING,
    };
    return states[state];
}

static Bulkhead__V1__ChildStatus *child_of(struct builder *b, const struct child_slot *slot)
{
    Bulkhead__V1__ChildStatus *child = make(b, sizeof(*child));
    char pairs[160]; // a page of states has room for a tunnel of many
    if (!child) {
        return NULL;
    }
    bulkhead__v1__child_status__init(child);
    child->number = slot->config->number;
    child->policy = text(b, slot->config->name);
    child->state = child_state_of(slot->state);
    child->since = time_of(b, slot->since_s);
    child->failure = failure_message_new(slot->tunnel, slot->failure, true);
    b->failed = b->failed || (slot->failure && !child->failure);
    child->pairs = slot->config->pairs_n;
    child->pairs_up = child_coverage_count(slot);
    child->single_pair = slot->single_pair;
    child->next_try = time_of(b, slot->next_try_s);
    child->selectors =
        text(b, narrow_format_policies(slot->config->pairs, slot->config->pairs_n, pairs, sizeof(pairs)));
    return child;
}

static void put_children(struct builder *b, const struct tunnel *tunnel, Bulkhead__V1__TunnelStatus *status)
{
    status->children = tunnel->slots_n ? make(b, tunnel->slots_n * sizeof(*status->children)) : NULL;
    for (unsigned i = 0; i < tunnel->slots_n && status->children; i++) {
        Bulkhead__V1__ChildStatus *one = child_of(b, &tunnel->slots[i]);
        if (one) {
            status->children[status->n_children++] = one;
        }
    }
}

// The tunnel's own next attempt, or the first of its CHILD_SAs.
static uint64_t next_try_s(const struct tunnel *tunnel)
{
    uint64_t first_s = tunnel->next_try_s;
    for (unsigned i = 0; i < tunnel->slots_n; i++) {
        uint64_t at_s = tunnel->slots[i].next_try_s;
        first_s = at_s && (!first_s || at_s < first_s) ? at_s : first_s;
    }
    return first_s;
}

// The established IKE SA, else any.
static const struct ike_sa *best_sa(const struct tunnel *tunnel)
{
    for (const struct ike_sa *sa = tunnel->sas; sa; sa = sa->tunnel_next) {
        if (ike_sa_is_established(sa)) {
            return sa;
        }
    }
    return tunnel->sas;
}

static Bulkhead__V1__TunnelStatus *make_status(const struct tunnel *tunnel, bool brief)
{
    struct builder b = {0};
    Bulkhead__V1__TunnelStatus *status = make(&b, sizeof(*status));
    if (!status) {
        return NULL;
    }
    const struct ike_sa *sa = best_sa(tunnel);
    bulkhead__v1__tunnel_status__init(status);
    status->name = text(&b, tunnel->config->name);
    status->state = state_of(tunnel->state);
    status->peer = sa ? peer_of(&b, tunnel, sa) : NULL;
    put_sas(&b, tunnel, status);
    put_children(&b, tunnel, status);
    status->failure = failure_message_new(tunnel, tunnel->failure, brief);
    b.failed = b.failed || (tunnel->failure && !status->failure);
    status->since = time_of(&b, tunnel->since_s);
    status->next_try = time_of(&b, next_try_s(tunnel));
    if (b.failed) {
        bulkhead__v1__tunnel_status__free_unpacked(status, NULL);
        return NULL;
    }
    return status;
}

Bulkhead__V1__TunnelStatus *tunnel_status_new(const struct tunnel *tunnel)
{
    return make_status(tunnel, false);
}

Bulkhead__V1__TunnelStatus *tunnel_status_new_brief(const struct tunnel *tunnel)
{
    return make_status(tunnel, true);
}

static Bulkhead__V1__Peer *short_peer(struct builder *b, const struct ike_sa *sa)
{
    Bulkhead__V1__Peer *peer = make(b, sizeof(*peer));
    if (peer) {
        bulkhead__v1__peer__init(peer);
        peer->remote = endpoint(b, &sa->remote);
    }
    return peer;
}

static void put_short_sa(struct builder *b, const struct child_sa *child, Bulkhead__V1__TunnelStatus *status)
{
    Bulkhead__V1__Sa *sa = make(b, sizeof(*sa));
    if (sa) {
        bulkhead__v1__sa__init(sa);
        sa->spi_in = spi32(b, child->spi_in);
        sa->suite = suite(b, &child->chosen);
        status->sas[status->n_sas++] = sa;
    }
}

static void put_short_sas(struct builder *b, const struct tunnel *tunnel, Bulkhead__V1__TunnelStatus *status)
{
    size_t n = 0;
    for (const struct ike_sa *sa = tunnel->sas; sa; sa = sa->tunnel_next) {
        n += child_sa_count(sa);
    }
    status->sas = n ? make(b, n * sizeof(*status->sas)) : NULL;
    for (const struct ike_sa *sa = tunnel->sas; sa && status->sas; sa = sa->tunnel_next) {
        for (const struct child_sa *child = sa->children; child; child = child->next) {
            put_short_sa(b, child, status);
        }
    }
}

static Bulkhead__V1__TunnelFailure *short_failure(struct builder *b, const struct tunnel_failure *failure)
{
    Bulkhead__V1__TunnelFailure *out = make(b, sizeof(*out));
    if (out) {
        bulkhead__v1__tunnel_failure__init(out);
        out->message = text(b, failure->message);
    }
    return out;
}

Bulkhead__V1__TunnelStatus *tunnel_status_summary_new(const struct tunnel *tunnel)
{
    struct builder b = {0};
    Bulkhead__V1__TunnelStatus *status = make(&b, sizeof(*status));
    if (!status) {
        return NULL;
    }
    const struct ike_sa *sa = best_sa(tunnel);
    bulkhead__v1__tunnel_status__init(status);
    status->name = text(&b, tunnel->config->name);
    status->state = state_of(tunnel->state);
    status->peer = sa ? short_peer(&b, sa) : NULL;
    put_short_sas(&b, tunnel, status);
    status->failure = tunnel->failure ? short_failure(&b, tunnel->failure) : NULL;
    status->since = time_of(&b, tunnel->since_s);
    status->next_try = time_of(&b, next_try_s(tunnel));
    if (b.failed) {
        bulkhead__v1__tunnel_status__free_unpacked(status, NULL);
        return NULL;
    }
    return status;
}
