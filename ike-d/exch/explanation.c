#include "ike-d/exch/explanation.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "ike-d/exch/failure.h"
#include "ike-d/exch/missing_secret.h"
#include "ike-d/sa/ike_core.h"

void explanation_warn(struct explanation *explanation, const char *format, ...)
{
    va_list args;
    if (explanation->warnings_n == EXPLANATION_WARNINGS_MAX) {
        return;
    }
    va_start(args, format);
    (void)vsnprintf(explanation->warnings[explanation->warnings_n++], EXPLANATION_TEXT_BYTES, format, args);
    va_end(args);
}

__attribute__((format(printf, 4, 5))) static void add_step(struct explanation *explanation, const char *name,
                                                           enum explanation_result result, const char *format, ...)
{
    va_list args;
    if (explanation->steps_n == EXPLANATION_STEPS_MAX) {
        return;
    }
    struct explanation_step *step = &explanation->steps[explanation->steps_n++];
    (void)snprintf(step->name, sizeof(step->name), "%s", name);
    step->result = result;
    va_start(args, format);
    (void)vsnprintf(step->text, sizeof(step->text), format, args);
    va_end(args);
}

const struct ike_sa *explanation_find_sa(const struct tunnel *tunnel)
{
    const struct ike_sa *found = NULL;
    for (const struct ike_sa *sa = tunnel->sas; sa; sa = sa->tunnel_next) {
        if (ike_sa_is_established(sa)) {
            return sa;
        }
        found = found || !ike_sa_is_alive(sa) ? found : sa;
    }
    return found;
}

// The attempt that is told: what stands or is under way, else the one that failed.
static void find_attempt(const struct tunnel *tunnel, struct attempt *ret_attempt)
{
    const struct ike_sa *sa = explanation_find_sa(tunnel);
    struct tunnel_failure now = {0};
    if (sa) {
        failure_take_attempt(&now, sa);
        *ret_attempt = now.attempt;
    } else {
        *ret_attempt = tunnel->failure ? tunnel->failure->attempt : now.attempt;
    }
}

static const char *nat_text(const struct attempt *attempt)
{
    return attempt->local_nat && attempt->remote_nat ? "both sides are behind NAT"
           : attempt->local_nat                      ? "this side is behind a NAT"
           : attempt->remote_nat                     ? "the peer is behind a NAT, or wants ESP in UDP"
                                                     : "no NAT in between";
}

static const char *peer_text(const struct attempt *attempt, char out[ENDPOINT_TEXT_MAX + 40])
{
    char remote[ENDPOINT_TEXT_MAX];
    const char *vendor = vendor_name(attempt->vendor);
    (void)snprintf(out, ENDPOINT_TEXT_MAX + 40, "%s%s%s%s", endpoint_format(&attempt->remote, remote, sizeof(remote)),
                   vendor[0] ? " (" : "", vendor, vendor[0] ? ")" : "");
    return out;
}

static enum explanation_result result_here(const struct tunnel *tunnel)
{
    return explanation_find_sa(tunnel) || !tunnel->failure ? EXPLANATION_PENDING : EXPLANATION_FAILED;
}

static void explain_secret(const struct tunnel *tunnel, struct explanation *explanation)
{
    const char *secret = missing_secret_name(tunnel);
    if (tunnel->needs_secret && missing_secret_is_certificate(tunnel)) {
        add_step(explanation, "certificate", EXPLANATION_FAILED,
                 "%.100s can't be used: see `bhctl pki cert show %.100s`", tunnel->config->certificate,
                 tunnel->config->certificate);
    } else if (tunnel->needs_secret) {
        add_step(explanation, "secret", EXPLANATION_FAILED,
                 "%.100s is not stored here: bhctl secrets set %.100s < FILE", secret, secret);
    }
}

static void explain_init(const struct tunnel *tunnel, const struct attempt *attempt, struct explanation *explanation)
{
    char peer[ENDPOINT_TEXT_MAX + 40];
    char room[ADDRESS_TEXT_MAX];
    const char *address = tunnel_config_format_peer(tunnel->config, room);
    address = address ? address : "anywhere";
    if (attempt->step == ATTEMPT_NOT_BEGUN) {
        add_step(explanation, "IKE_SA_INIT", EXPLANATION_NOT_REACHED, "nothing was sent to %s or came from there",
                 address);
    } else if (attempt->step == ATTEMPT_INIT) {
        add_step(explanation, "IKE_SA_INIT", result_here(tunnel), "%s %s", attempt->initiator ? "sent to" : "came from",
                 peer_text(attempt, peer));
    } else {
        add_step(explanation, "IKE_SA_INIT", EXPLANATION_DONE, "%s %s: %s; %s",
                 attempt->initiator ? "answered by" : "came from", peer_text(attempt, peer), attempt->suite,
                 nat_text(attempt));
    }
}

static void explain_auth(const struct tunnel *tunnel, const struct attempt *attempt, struct explanation *explanation)
{
    const struct ike_sa *sa = explanation_find_sa(tunnel);
    char remote[ENDPOINT_TEXT_MAX];
    if (attempt->step < ATTEMPT_AUTH) {
        add_step(explanation, "IKE_AUTH", EXPLANATION_NOT_REACHED, "comes after IKE_SA_INIT");
    } else if (attempt->step == ATTEMPT_AUTH) {
        add_step(explanation, "IKE_AUTH", result_here(tunnel), "%s %s", attempt->initiator ? "sent to" : "came from",
                 endpoint_format(&attempt->remote, remote, sizeof(remote)));
    } else if (sa) {
        char own[IDENTITY_TEXT_MAX];
        char peer[IDENTITY_TEXT_MAX];
        struct identity own_id = kept_identity_get(&sa->local_id);
        struct identity peer_id = kept_identity_get(&sa->remote_id);
        add_step(explanation, "IKE_AUTH", EXPLANATION_DONE, "we are %.120s, the peer is %.120s; both proved it%s",
                 identity_format(&own_id, own, sizeof(own)), identity_format(&peer_id, peer, sizeof(peer)),
                 sa->peer_certificate ? " by certificates" : "");
    } else {
        add_step(explanation, "IKE_AUTH", EXPLANATION_DONE, "both sides proved who they are");
    }
}

static enum explanation_result slot_result(const struct child_slot *slot, bool reached)
{
    switch (slot->state) {
    case CHILD_SLOT_UP:
        return EXPLANATION_DONE;
    case CHILD_SLOT_CONNECTING:
        return reached ? EXPLANATION_PENDING : EXPLANATION_NOT_REACHED;
    case CHILD_SLOT_WAITING:
        return reached && slot->tunnel->failure ? EXPLANATION_FAILED : EXPLANATION_PENDING;
    default:
        return slot->failure || (reached && slot->tunnel->failure) ? EXPLANATION_FAILED : EXPLANATION_NOT_REACHED;
    }
}

static void explain_slot(const struct child_slot *slot, bool reached, struct explanation *explanation)
{
    char name[80];
    char pairs[160];
    enum explanation_result result = slot_result(slot, reached);
    bool is_only = slot->tunnel->slots_n == 1; // then the summary says it
    const char *why = result == EXPLANATION_FAILED && slot->failure && !is_only ? slot->failure->message : "";
    (void)snprintf(name, sizeof(name), "CHILD_SA%s%.64s", slot->config->shared ? "" : " ", slot->config->name);
    add_step(explanation, name, result, "%s%s%.200s",
             narrow_format_policies(slot->config->pairs, slot->config->pairs_n, pairs, sizeof(pairs)),
             why[0] ? ": " : "", why);
}

static void explain_children(const struct tunnel *tunnel, const struct attempt *attempt,
                             struct explanation *explanation)
{
    bool reached = attempt->step == ATTEMPT_ESTABLISHED;
    for (unsigned i = 0; i < tunnel->slots_n; i++) {
        if (explanation->steps_n + 1 == EXPLANATION_STEPS_MAX && i + 1 < tunnel->slots_n) {
            add_step(explanation, "CHILD_SA ...", EXPLANATION_PENDING, "and %u more: see `bhctl tunnels show`",
                     tunnel->slots_n - i);
            return;
        }
        explain_slot(&tunnel->slots[i], reached, explanation);
    }
}

static unsigned slots_up(const struct tunnel *tunnel)
{
    unsigned n = 0;
    for (unsigned i = 0; i < tunnel->slots_n; i++) {
        n += tunnel->slots[i].state == CHILD_SLOT_UP;
    }
    return n;
}

static void say_waiting(const struct tunnel *tunnel, char *out, size_t out_size)
{
    const struct tunnel_config *config = tunnel->config;
    char room[ADDRESS_TEXT_MAX];
    const char *address = tunnel_config_format_peer(config, room);
    address = address ? address : "any address";
    if (config->start == TUNNEL_START_ON_DEMAND && tunnel_config_can_call(config)) {
        char pair[160];
        (void)snprintf(out, out_size, "It waits for the first packet that needs it: from %s.",
                       narrow_format_policies(config->protected, config->protected_n ? 1 : 0, pair, sizeof(pair)));
    } else {
        (void)snprintf(out, out_size,
                       "It waits for the peer to call from %s (%s); `bhctl tunnels up %s` would call it now.", address,
                       config->start == TUNNEL_START_PASSIVE ? "start: passive" : "its address is not configured",
                       config->name);
    }
}

static void say_down(const struct tunnel *tunnel, char *out, size_t out_size)
{
    const struct ike_core *core = tunnel->core;
    if (tunnel->held_down) {
        (void)snprintf(out, out_size, "An operator holds it down. `bhctl tunnels up %s` ends that.",
                       tunnel->config->name);
    } else if (!core->esp_up || !core->orphans_known) {
        (void)snprintf(out, out_size, "It waits for esp-d of this gateway: see `bhctl system status`.");
    } else if (tunnel->failure) {
        (void)snprintf(out, out_size, "It is down.");
    } else {
        (void)snprintf(out, out_size, "It is down; its SAs were deleted or lost, and it is tried again soon.");
    }
}

static void summarize(const struct tunnel *tunnel, const struct attempt *attempt, char *out, size_t out_size)
{
    char peer[ENDPOINT_TEXT_MAX + 40];
    switch (tunnel->state) {
    case TUNNEL_STATE_UP:
        (void)snprintf(out, out_size, "It is up, with %s.", peer_text(attempt, peer));
        break;
    case TUNNEL_STATE_PARTIAL:
        (void)snprintf(out, out_size, "It is partly up: %u of %u CHILD_SAs stand, with %s.", slots_up(tunnel),
                       tunnel->slots_n, peer_text(attempt, peer));
        break;
    case TUNNEL_STATE_CONNECTING:
        (void)snprintf(out, out_size, "It is being set up.");
        break;
    case TUNNEL_STATE_WAITING:
        say_waiting(tunnel, out, out_size);
        break;
    case TUNNEL_STATE_NEEDS_SECRET:
        (void)snprintf(out, out_size, "It waits for its %s.",
                       missing_secret_is_certificate(tunnel) ? "certificate" : "secret");
        break;
    default:
        say_down(tunnel, out, out_size);
        break;
    }
}

// What failed last belongs to the summary, unless it is history.
static void append_failure(const struct tunnel *tunnel, char *out, size_t out_size)
{
    size_t used = strlen(out);
    if (!tunnel->failure || tunnel->held_down || used >= out_size) {
        return;
    }
    bool was_attempt = tunnel->failure->cause != FAILURE_CAUSE_DELETED_BY_PEER;
    const char *when = !was_attempt                            ? ""
                       : tunnel->state == TUNNEL_STATE_UP      ? "Yet its last rekey failed, and it will not stay up: "
                       : tunnel->state == TUNNEL_STATE_DOWN    ? ""
                       : tunnel->state == TUNNEL_STATE_WAITING ? "The last attempt failed: "
                                                               : "The last failure: ";
    (void)snprintf(out + used, out_size - used, " %s%s", when, tunnel->failure->message);
}

void explanation_make(const struct tunnel *tunnel, struct explanation *ret_explanation)
{
    struct attempt attempt;
    *ret_explanation = (struct explanation){0};
    find_attempt(tunnel, &attempt);
    summarize(tunnel, &attempt, ret_explanation->summary, sizeof(ret_explanation->summary));
    append_failure(tunnel, ret_explanation->summary, sizeof(ret_explanation->summary));
    explain_secret(tunnel, ret_explanation);
    explain_init(tunnel, &attempt, ret_explanation);
    explain_auth(tunnel, &attempt, ret_explanation);
    explain_children(tunnel, &attempt, ret_explanation);
    explanation_add_warnings(tunnel, ret_explanation);
}
