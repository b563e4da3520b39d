#include "ike-d/exch/knock.h"

#include <stdio.h>
#include <string.h>

#include "ike-d/exch/failure.h"
#include "ike-d/sa/tunnel.h"
#include "ike-d/wire/ikev1_refusal.h"

// The same network is told of again after so long.
#define TELL_AGAIN_MS 3600000u

static const char *offered(const struct stranger *stranger)
{
    return stranger->offer[0] ? stranger->offer : "nothing readable";
}

char *knock_explain(const struct stranger *stranger, char out[KNOCK_TEXT_BYTES])
{
    char remote[ADDRESS_TEXT_MAX];
    (void)address_format(&stranger->remote.address, remote, sizeof(remote));
    switch (stranger->reason) {
    case STRANGER_NO_TUNNEL:
        (void)snprintf(
            out, KNOCK_TEXT_BYTES,
            "No tunnel has the address %s. To accept it: a tunnel with remote: {address: %s}, or one without "
            "an address, and one of its proposals.",
            remote, remote);
        break;
    case STRANGER_UNKNOWN_IDENTITY:
        (void)snprintf(
            out, KNOCK_TEXT_BYTES,
            "No tunnel that %s may use expects its identity. To accept it: remote: {id: \"%.90s\"}%s%.90s%s.", remote,
            stranger->identity, stranger->asked_for[0] ? ", local: {id: \"" : "", stranger->asked_for,
            stranger->asked_for[0] ? "\"}" : "");
        break;
    default:
        (void)snprintf(out, KNOCK_TEXT_BYTES,
                       "%s speaks IKEv1; this gateway speaks IKEv2 alone. Set it to IKEv2 (swanctl: version = 2; "
                       "RouterOS: exchange-mode=ike2; Cisco: crypto ikev2).",
                       remote);
        break;
    }
    return out;
}

static void tell(struct ike_core *core, struct stranger *stranger)
{
    uint64_t now_ms = ike_core_now_ms(core);
    bool again = stranger->told_ms && now_ms - stranger->told_ms < TELL_AGAIN_MS;
    if (again || !ratelimit_take(&core->stranger_events, now_ms)) {
        return;
    }
    stranger->told_ms = now_ms ? now_ms : 1;
    char text[KNOCK_TEXT_BYTES];
    char message[KNOCK_TEXT_BYTES + STRANGER_OFFER_BYTES + ENDPOINT_TEXT_MAX + 80];
    char remote[ENDPOINT_TEXT_MAX];
    const char *vendor = vendor_name(stranger->vendor);
    (void)snprintf(message, sizeof(message), "An unknown peer calls: %s%s%s%s, offering %s. %s",
                   endpoint_format(&stranger->remote, remote, sizeof(remote)), vendor[0] ? " (" : "", vendor,
                   vendor[0] ? ")" : "", offered(stranger), knock_explain(stranger, text));
    static const int causes[] = {
        [STRANGER_NO_TUNNEL] = FAILURE_CAUSE_NO_TUNNEL,
        [STRANGER_UNKNOWN_IDENTITY] = FAILURE_CAUSE_UNKNOWN_IDENTITY,
        [STRANGER_IKEV1] = FAILURE_CAUSE_PEER_IS_IKEV1,
    };
    struct ike_event event = {
        .severity = IKE_EVENT_INFO, .kind = "unknown_peer", .message = message, .cause = causes[stranger->reason]};
    ike_core_raise(core, &event);
}

// NULL: too many, or no memory.
static struct stranger *note(struct ike_core *core, const struct endpoint *local, const struct endpoint *remote,
                             enum stranger_reason reason)
{
    if (!ratelimit_take(&core->stranger_notes, ike_core_now_ms(core))) {
        core->strangers.not_noted++;
        return NULL;
    }
    return stranger_note(&core->strangers, local, remote, reason, ike_core_wall_s(core));
}

static void note_offer(struct stranger *stranger, const struct message *m)
{
    (void)offer_format_peer(&m->sa, stranger->offer, sizeof(stranger->offer));
    stranger->vendor = vendor_find(m->vendor_id, m->vendor_id_n);
}

void knock_without_tunnel(const struct received *request)
{
    struct stranger *stranger = note(request->core, &request->local, &request->remote, STRANGER_NO_TUNNEL);
    if (stranger) {
        note_offer(stranger, request->message);
        tell(request->core, stranger);
    }
}

static void keep_identity(const struct identity *id, char out[STRANGER_IDENTITY_BYTES])
{
    char text[IDENTITY_TEXT_MAX];
    (void)snprintf(out, STRANGER_IDENTITY_BYTES, "%.120s",
                   id->type == IDENTITY_NONE ? "" : identity_format(id, text, sizeof(text)));
}

void knock_with_identity(const struct ike_sa *sa, const struct identity *named, const struct identity *asked)
{
    struct stranger *stranger = note(sa->core, &sa->local, &sa->remote, STRANGER_UNKNOWN_IDENTITY);
    if (!stranger) {
        return;
    }
    struct proposal chosen = kept_proposal_get(&sa->chosen);
    char suite[PROPOSAL_TEXT_MAX];
    (void)snprintf(stranger->offer, sizeof(stranger->offer), "%.180s", proposal_format(&chosen, suite, sizeof(suite)));
    stranger->vendor = (enum vendor)sa->vendor;
    keep_identity(named, stranger->identity);
    keep_identity(asked, stranger->asked_for);
    tell(sa->core, stranger);
}

static void refuse_ikev1(struct ike_core *core, const struct arrival *arrival, size_t datagram_n)
{
    uint8_t answer[IKEV1_REFUSAL_BYTES];
    uint32_t message_id = 0;
    bool is_first = arrival->header.responder_spi == 0; // never an answer to an answer
    if (!is_first || datagram_n < sizeof(answer) || !ratelimit_take(&core->stray_answers, ike_core_now_ms(core)) ||
        random_fill(core->env->random, &message_id, sizeof(message_id)) < 0) {
        return;
    }
    ikev1_refusal_encode(&arrival->header, message_id | 1, answer);
    core->env->send(core->env->arg, &arrival->local, &arrival->remote, bytes_of(answer, sizeof(answer)));
}

// The tunnel that names that address.
static struct tunnel *tunnel_of(const struct ike_core *core, const struct arrival *arrival)
{
    const struct tunnel_ref *ref = peer_index_find_address(&core->peers, &arrival->remote.address);
    while (ref && tunnel_config_fit_addresses(ref->tunnel->config, &arrival->local.address, &arrival->remote.address) !=
                      TUNNEL_ADDRESS_FIT_HOST) {
        ref = ref->next;
    }
    return ref ? ref->tunnel : NULL;
}

void knock_with_ikev1(struct ike_core *core, const struct arrival *arrival, size_t datagram_n)
{
    char text[KNOCK_TEXT_BYTES];
    refuse_ikev1(core, arrival, datagram_n);
    struct stranger *stranger = note(core, &arrival->local, &arrival->remote, STRANGER_IKEV1);
    struct tunnel *tunnel = stranger ? tunnel_of(core, arrival) : NULL;
    if (tunnel) {
        struct tunnel_failure failure;
        failure_init(&failure, "INVALID_MAJOR_VERSION", TUNNEL_SIDE_LOCAL);
        failure_say(&failure, "%s", knock_explain(stranger, text));
        failure.attempt = (struct attempt){.step = ATTEMPT_INIT, .local = arrival->local, .remote = arrival->remote};
        failure_note(tunnel, &failure);
    } else if (stranger) {
        tell(core, stranger);
    }
}
