#include "ike-d/link/tunnel_status.h"

#include <inttypes.h>
#include <stdio.h>

#include "ike-d/link/failure_message.h"
#include "ike-d/link/message_builder.h"
#include "ike-d/sa/child_coverage.h"
#include "ike-d/sa/ike_core.h"
#include "ike-d/sa/ike_sa.h"

// Of a point on the monotonic clock; 0: unset.
static Google__Protobuf__Timestamp *time_at(struct message_builder *b, const struct ike_core *core, uint64_t at_ms)
{
    if (!at_ms) {
        return NULL;
    }
    uint64_t now_ms = ike_core_now_ms(core);
    uint64_t left_ms = at_ms > now_ms ? at_ms - now_ms : 0;
    return message_builder_time(b, ike_core_wall_s(core) + left_ms / 1000);
}

static char *spi64(struct message_builder *b, uint64_t spi)
{
    char out[20];
    (void)snprintf(out, sizeof(out), "%016" PRIx64, spi);
    return message_builder_text(b, out);
}

static char *spi32(struct message_builder *b, uint32_t spi)
{
    char out[12];
    (void)snprintf(out, sizeof(out), "%08" PRIx32, spi);
    return message_builder_text(b, out);
}

static char *endpoint(struct message_builder *b, const struct endpoint *e)
{
    char out[ENDPOINT_TEXT_MAX];
    return message_builder_text(b, endpoint_format(e, out, sizeof(out)));
}

static char *identity(struct message_builder *b, const struct kept_identity *kept)
{
    char out[IDENTITY_TEXT_MAX] = "";
    struct identity id = kept_identity_get(kept);
    return message_builder_text(b, id.type == IDENTITY_NONE ? out : identity_format(&id, out, sizeof(out)));
}

static char *suite(struct message_builder *b, const struct kept_proposal *kept)
{
    char out[PROPOSAL_TEXT_MAX] = "";
    struct proposal chosen = kept_proposal_get(kept);
    return message_builder_text(b, chosen.n ? proposal_format(&chosen, out, sizeof(out)) : out);
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
static void put_extensions(struct message_builder *b, const struct ike_sa *sa, Bulkhead__V1__Peer *peer)
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
    peer->extensions = n ? message_builder_make(b, n * sizeof(*peer->extensions)) : NULL;
    for (size_t i = 0; i < n && peer->extensions; i++) {
        peer->extensions[peer->n_extensions++] = message_builder_text(b, names[i]);
    }
}

static Bulkhead__V1__PeerCertificate *certificate_of(struct message_builder *b, const struct peer_certificate *from)
{
    Bulkhead__V1__PeerCertificate *out = from ? message_builder_make(b, sizeof(*out)) : NULL;
    if (out) {
        bulkhead__v1__peer_certificate__init(out);
        out->subject = message_builder_text(b, from->subject);
        out->serial = message_builder_text(b, from->serial);
        out->issuer = message_builder_text(b, from->issuer);
        out->not_after = message_builder_time(b, from->not_after_s);
        out->warning = message_builder_text(b, from->reason);
    }
    return out;
}

static Bulkhead__V1__Peer *peer_of(struct message_builder *b, const struct tunnel *tunnel, const struct ike_sa *sa)
{
    Bulkhead__V1__Peer *peer = message_builder_make(b, sizeof(*peer));
    if (!peer) {
        return NULL;
    }
    bulkhead__v1__peer__init(peer);
    peer->tunnel = message_builder_text(b, tunnel->config->name);
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
    peer->local_nat = sa->esp.local_nat;
    peer->remote_nat = sa->esp.remote_nat;
    peer->certificate = certificate_of(b, sa->peer_certificate);
    put_extensions(b, sa, peer);
    peer->established = message_builder_time(b, sa->established_s);
    peer->last_heard = message_builder_time(b, sa->heard_s);
    peer->rekey_at = time_at(b, sa->core, sa->end.soft_ms);
    peer->reauthenticate_at = time_at(b, sa->core, sa->reauthenticate_ms);
    peer->vendor = message_builder_text(b, vendor_name((enum vendor)sa->vendor));
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

static char **selectors(struct message_builder *b, const struct kept_list *list, size_t *ret_n)
{
    char **out = message_builder_make(b, (list->n + 1) * sizeof(*out));
    for (unsigned i = 0; out && i < list->n; i++) {
        char one[SELECTOR_TEXT_MAX];
        out[i] = message_builder_text(b, selector_format(&list->s[i], one, sizeof(one)));
        *ret_n = i + 1;
    }
    return out;
}

// IP protocol 50 has no ports.
static char *outer_end(struct message_builder *b, const struct ike_sa *sa, const struct endpoint *end)
{
    char out[ADDRESS_TEXT_MAX];
    return sa->esp.in_udp ? endpoint(b, end) : message_builder_text(b, address_format(&end->address, out, sizeof(out)));
}

static Bulkhead__V1__Sa *sa_of(struct message_builder *b, const struct tunnel *tunnel, const struct child_sa *child)
{
    Bulkhead__V1__Sa *sa = message_builder_make(b, sizeof(*sa));
    if (!sa) {
        return NULL;
    }
    bulkhead__v1__sa__init(sa);
    sa->tunnel = message_builder_text(b, tunnel->config->name);
    sa->child = child->slot ? child->slot->config->number : 0;
    sa->spi_in = spi32(b, child->spi_in);
    sa->spi_out = spi32(b, child->spi_out);
    sa->state = sa_state(child);
    sa->local = outer_end(b, child->sa, &child->sa->local);
    sa->remote = outer_end(b, child->sa, &child->sa->remote);
    sa->suite = suite(b, &child->chosen);
    sa->mode = message_builder_text(b, child->transport ? "transport" : "tunnel");
    sa->encapsulation = message_builder_text(b, child->sa->esp.in_udp ? "udp" : "none");
    sa->encapsulation_reason = message_builder_text(b, encapsulation_reason_text(child->sa->esp.reason));
    sa->local_selectors = selectors(b, &child->sides.local, &sa->n_local_selectors);
    sa->remote_selectors = selectors(b, &child->sides.remote, &sa->n_remote_selectors);
    sa->established = message_builder_time(b, child->established_s);
    sa->rekey_at = time_at(b, tunnel->core, child->end.soft_ms);
    sa->expires = time_at(b, tunnel->core, child->end.hard_ms);
    return sa;
}

typedef Bulkhead__V1__Sa *make_sa_fn(struct message_builder *b, const struct tunnel *tunnel,
                                     const struct child_sa *child);

static void put_sas(struct message_builder *b, const struct tunnel *tunnel, make_sa_fn *make,
                    Bulkhead__V1__TunnelStatus *status)
{
    size_t n = 0;
    for (const struct ike_sa *sa = tunnel->sas; sa; sa = sa->tunnel_next) {
        n += child_sa_count(sa);
    }
    status->sas = n ? message_builder_make(b, n * sizeof(*status->sas)) : NULL;
    for (const struct ike_sa *sa = tunnel->sas; sa && status->sas; sa = sa->tunnel_next) {
        for (const struct child_sa *child = sa->children; child; child = child->next) {
            Bulkhead__V1__Sa *one = make(b, tunnel, child);
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

static Bulkhead__V1__ChildStatus *child_of(struct message_builder *b, const struct child_slot *slot)
{
    Bulkhead__V1__ChildStatus *child = message_builder_make(b, sizeof(*child));
    char pairs[160]; // a page of states has room for a tunnel of many
    if (!child) {
        return NULL;
    }
    bulkhead__v1__child_status__init(child);
    child->number = slot->config->number;
    child->policy = message_builder_text(b, slot->config->name);
    child->state = child_state_of(slot->state);
    child->since = message_builder_time(b, slot->since_s);
    child->failure = failure_message_new(slot->tunnel, slot->failure, true);
    b->failed = b->failed || (slot->failure && !child->failure);
    child->pairs = slot->config->pairs_n;
    child->pairs_up = child_coverage_count(slot);
    child->single_pair = slot->single_pair;
    child->next_try = message_builder_time(b, slot->next_try_s);
    child->selectors = message_builder_text(
        b, narrow_format_policies(slot->config->pairs, slot->config->pairs_n, pairs, sizeof(pairs)));
    return child;
}

static void put_children(struct message_builder *b, const struct tunnel *tunnel, Bulkhead__V1__TunnelStatus *status)
{
    status->children = tunnel->slots_n ? message_builder_make(b, tunnel->slots_n * sizeof(*status->children)) : NULL;
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
    struct message_builder b = {0};
    Bulkhead__V1__TunnelStatus *status = message_builder_make(&b, sizeof(*status));
    if (!status) {
        return NULL;
    }
    const struct ike_sa *sa = best_sa(tunnel);
    bulkhead__v1__tunnel_status__init(status);
    status->name = message_builder_text(&b, tunnel->config->name);
    status->state = state_of(tunnel->state);
    status->peer = sa ? peer_of(&b, tunnel, sa) : NULL;
    put_sas(&b, tunnel, sa_of, status);
    put_children(&b, tunnel, status);
    status->failure = failure_message_new(tunnel, tunnel->failure, brief);
    b.failed = b.failed || (tunnel->failure && !status->failure);
    status->since = message_builder_time(&b, tunnel->since_s);
    status->next_try = message_builder_time(&b, next_try_s(tunnel));
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

static Bulkhead__V1__Peer *short_peer(struct message_builder *b, const struct ike_sa *sa)
{
    Bulkhead__V1__Peer *peer = message_builder_make(b, sizeof(*peer));
    if (peer) {
        bulkhead__v1__peer__init(peer);
        peer->remote = endpoint(b, &sa->remote);
    }
    return peer;
}

static Bulkhead__V1__Sa *short_sa(struct message_builder *b, const struct tunnel *tunnel, const struct child_sa *child)
{
    Bulkhead__V1__Sa *sa = message_builder_make(b, sizeof(*sa));
    (void)tunnel;
    if (sa) {
        bulkhead__v1__sa__init(sa);
        sa->spi_in = spi32(b, child->spi_in);
        sa->suite = suite(b, &child->chosen);
    }
    return sa;
}

static Bulkhead__V1__TunnelFailure *short_failure(struct message_builder *b, const struct tunnel_failure *failure)
{
    Bulkhead__V1__TunnelFailure *out = message_builder_make(b, sizeof(*out));
    if (out) {
        bulkhead__v1__tunnel_failure__init(out);
        out->message = message_builder_text(b, failure->message);
    }
    return out;
}

Bulkhead__V1__TunnelStatus *tunnel_status_summary_new(const struct tunnel *tunnel)
{
    struct message_builder b = {0};
    Bulkhead__V1__TunnelStatus *status = message_builder_make(&b, sizeof(*status));
    if (!status) {
        return NULL;
    }
    const struct ike_sa *sa = best_sa(tunnel);
    bulkhead__v1__tunnel_status__init(status);
    status->name = message_builder_text(&b, tunnel->config->name);
    status->state = state_of(tunnel->state);
    status->peer = sa ? short_peer(&b, sa) : NULL;
    put_sas(&b, tunnel, short_sa, status);
    status->failure = tunnel->failure ? short_failure(&b, tunnel->failure) : NULL;
    status->since = message_builder_time(&b, tunnel->since_s);
    status->next_try = message_builder_time(&b, next_try_s(tunnel));
    if (b.failed) {
        bulkhead__v1__tunnel_status__free_unpacked(status, NULL);
        return NULL;
    }
    return status;
}
