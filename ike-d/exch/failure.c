#include "ike-d/exch/failure.h"

#include <stdio.h>
#include <string.h>

#include "ike-d/exch/cause.h"
#include "ike-d/exch/certificate_failure.h"
#include "ike-d/exch/missing_secret.h"
#include "ike-d/exch/tunnel_choice.h"
#include "ike-d/sa/ike_core.h"
#include "ike-d/wire/auth_signature.h"

void failure_init(struct tunnel_failure *failure, const char *notify, enum tunnel_side side)
{
    *failure = (struct tunnel_failure){.notify = notify, .side = side, .cause = cause_of_notify(notify, side)};
}

void failure_set_cause(struct tunnel_failure *failure, enum failure_cause cause)
{
    failure->cause = cause;
}

void failure_vsay(struct tunnel_failure *failure, const char *format, va_list args)
{
    (void)vsnprintf(failure->message, sizeof(failure->message), format, args);
}

void failure_say(struct tunnel_failure *failure, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    failure_vsay(failure, format, args);
    va_end(args);
}

static enum attempt_step step_of(const struct ike_sa *sa)
{
    return sa->state == IKE_SA_STATE_INIT             ? ATTEMPT_INIT
           : sa->state == IKE_SA_STATE_AUTHENTICATING ? ATTEMPT_AUTH
                                                      : ATTEMPT_ESTABLISHED;
}

void failure_take_attempt(struct tunnel_failure *failure, const struct ike_sa *sa)
{
    char suite[PROPOSAL_TEXT_MAX];
    struct attempt *attempt = &failure->attempt;
    *attempt = (struct attempt){
        .step = step_of(sa),
        .initiator = sa->initiator,
        .natt = sa->esp.natt,
        .local_nat = sa->esp.local_nat,
        .remote_nat = sa->esp.remote_nat,
        .vendor = (enum vendor)sa->vendor,
        .local = sa->local,
        .remote = sa->remote,
    };
    if (sa->chosen.n) {
        struct proposal chosen = kept_proposal_get(&sa->chosen);
        (void)snprintf(attempt->suite, sizeof(attempt->suite), "%.90s", proposal_format(&chosen, suite, sizeof(suite)));
    }
}

static void take_youngest_attempt(struct tunnel_failure *failure, const struct tunnel *tunnel)
{
    for (const struct ike_sa *sa = tunnel->sas; sa; sa = sa->tunnel_next) {
        if (ike_sa_is_alive(sa)) {
            failure_take_attempt(failure, sa);
            return;
        }
    }
}

void failure_compare_proposals(struct tunnel_failure *failure, const struct offer *ours,
                               const struct sa_payload *theirs, bool with_ke)
{
    unsigned mismatch = comparison_of_proposals(&failure->comparison, ours, theirs, with_ke);
    if (mismatch) {
        failure->cause = cause_of_mismatch(failure->comparison.subject, mismatch);
    }
}

void failure_add_proposals(struct tunnel_failure *failure, const struct offer *ours, const struct sa_payload *theirs)
{
    failure_compare_proposals(failure, ours, theirs, true);
}

void failure_add_selectors(struct tunnel_failure *failure, const struct tunnel *tunnel,
                           const struct selector_sides *theirs)
{
    const struct tunnel_config *config = tunnel->config;
    comparison_of_policies(&failure->comparison, config->protected, config->protected_n, theirs);
}

void failure_record(struct tunnel *tunnel, const struct tunnel_failure *failure)
{
    struct tunnel_failure copy = *failure;
    if (copy.attempt.step == ATTEMPT_NOT_BEGUN) {
        take_youngest_attempt(&copy, tunnel);
    }
    if (copy.attempt.vendor != VENDOR_UNKNOWN) {
        tunnel->vendor = copy.attempt.vendor;
    }
    tunnel_set_failure(tunnel, &copy);
}

void failure_end_attempt(struct tunnel *tunnel, const struct tunnel_failure *failure)
{
    failure_record(tunnel, failure);
    tunnel_end_attempt(tunnel);
}

void failure_note(struct tunnel *tunnel, const struct tunnel_failure *failure)
{
    struct ike_core *core = tunnel->core;
    if (!tunnel_carries(tunnel) && ratelimit_take(&core->refusal_notes, ike_core_now_ms(core))) {
        failure_record(tunnel, failure);
    }
}

void failure_note_child(struct tunnel *tunnel, const struct tunnel_failure *failure)
{
    struct ike_core *core = tunnel->core;
    if (ratelimit_take(&core->refusal_notes, ike_core_now_ms(core))) {
        failure_record(tunnel, failure);
    }
}

static bool has_called_with_ikev1(const struct ike_sa *sa)
{
    uint64_t now_s = ike_core_wall_s(sa->core);
    return sa->state == IKE_SA_STATE_INIT &&
           stranger_called_with_ikev1(&sa->core->strangers, &sa->remote.address, now_s - IKE_STRANGER_FRESH_S);
}

void failure_time_out(struct ike_sa *sa)
{
    struct tunnel_failure failure;
    char remote[ENDPOINT_TEXT_MAX];
    (void)endpoint_format(&sa->remote, remote, sizeof(remote));
    failure_init(&failure, "TIMEOUT", TUNNEL_SIDE_REMOTE);
    if (sa->state == IKE_SA_STATE_ESTABLISHED) {
        failure_set_cause(&failure, FAILURE_CAUSE_PEER_DEAD);
        failure_say(&failure, "%s no longer answers (%u tries of %s); the peer is gone, or the path to it.", remote,
                    sa->request.sends, exchange_name(sa->request.exchange));
    } else if (has_called_with_ikev1(sa)) {
        failure_set_cause(&failure, FAILURE_CAUSE_PEER_IS_IKEV1);
        failure_say(&failure,
                    "%s did not answer %s (%u tries), and it calls us with IKEv1: it does not speak IKEv2. Set it to "
                    "IKEv2.",
                    remote, exchange_name(sa->request.exchange), sa->request.sends);
    } else if (sa->state == IKE_SA_STATE_INIT) {
        failure_say(&failure,
                    "%s did not answer %s (%u tries). Check that remote.address is right, that a gateway runs there, "
                    "and that firewalls on the way pass UDP ports 500 and 4500 both ways.",
                    remote, exchange_name(sa->request.exchange), sa->request.sends);
    } else if (sa->esp.port_silent && sa->remote.port == IKE_PORT) {
        failure_set_cause(&failure, FAILURE_CAUSE_NO_ANSWER_ON_4500);
        failure_say(&failure,
                    "%s did not answer %s (%u tries), and before that not on UDP port 4500 either, though it answers "
                    "IKE_SA_INIT. Either a firewall on the way stops long packets in fragments; or the peer refuses in "
                    "silence, as some do with an unknown identity or a wrong key: then its log says so.",
                    remote, exchange_name(sa->request.exchange), sa->request.sends);
    } else {
        failure_set_cause(&failure, FAILURE_CAUSE_NO_ANSWER_ON_4500);
        failure_say(&failure,
                    "%s did not answer %s (%u tries), though it answers on UDP port 500. Either a firewall or NAT on "
                    "the way stops UDP port 4500, or long packets in fragments; or the peer refuses in silence, as "
                    "some do with an unknown identity or a wrong key: then its log says so.",
                    remote, exchange_name(sa->request.exchange), sa->request.sends);
    }
    failure_end_attempt(sa->tunnel, &failure);
}

static const char *secret_name(const struct tunnel *tunnel)
{
    return tunnel->config->secret ? tunnel->config->secret : "NAME";
}

void failure_say_wrong_key(struct tunnel_failure *failure, const struct ike_sa *sa)
{
    char peer[IDENTITY_TEXT_MAX];
    struct identity remote_id = kept_identity_get(&sa->remote_id);
    failure_set_cause(failure, FAILURE_CAUSE_WRONG_PSK);
    failure_add_identities(failure, sa, sa->tunnel);
    comparison_mark(&failure->comparison, 0, 0, "the pre-shared key; the identities fit");
    failure_say(failure,
                "The peer, %.200s, has another pre-shared key than the one that is stored here. Store the same key on "
                "both sides; here with `bhctl secrets set %s < FILE`.",
                identity_format(&remote_id, peer, sizeof(peer)), secret_name(sa->tunnel));
}

void failure_say_other_method(struct tunnel_failure *failure, const struct ike_sa *sa, const struct auth_payload *auth)
{
    char method[128] = "EAP";
    char peer[IDENTITY_TEXT_MAX];
    struct identity remote_id = kept_identity_get(&sa->remote_id);
    if (auth) {
        (void)auth_signature_describe(auth, method, sizeof(method));
    }
    failure_init(failure, "AUTHENTICATION_FAILED", TUNNEL_SIDE_LOCAL);
    failure_set_cause(failure, FAILURE_CAUSE_AUTHENTICATION_METHOD);
    (void)identity_format(&remote_id, peer, sizeof(peer));
    if (sa->tunnel->config->certificate) {
        failure_say(failure,
                    "The peer, %.150s, authenticates by %s; this tunnel is configured for certificates "
                    "(auth.certificate). Configure a certificate for this connection there.",
                    peer, method);
    } else {
        failure_say(failure,
                    "The peer, %.150s, authenticates by %s; this tunnel is configured for a pre-shared key "
                    "(auth.psk). Configure a pre-shared key for this connection there.",
                    peer, method);
    }
}

static const char *notify_of_job(enum ike_job_outcome outcome)
{
    switch (outcome) {
    case IKE_JOB_NOT_BOUND:
    case IKE_JOB_UNAVAILABLE:
        return "UNAVAILABLE";
    default:
        return "INTERNAL";
    }
}

void failure_describe_job(struct ike_sa *sa, const struct ike_job_result *result, const char *doing,
                          struct tunnel_failure *ret_failure)
{
    if (result->outcome == IKE_JOB_NO_SECRET && sa->tunnel->config->certificate) {
        certificate_failure_say_missing(ret_failure, sa->tunnel, result->text);
        sa->tunnel->needs_secret = true;
    } else if (result->outcome == IKE_JOB_NO_SECRET) {
        missing_secret_describe(sa->tunnel, false, ret_failure);
        sa->tunnel->needs_secret = true;
    } else if (result->outcome == IKE_JOB_NO_SIGNATURE) {
        certificate_failure_say_no_signature(ret_failure, sa->tunnel, result->text);
    } else {
        failure_init(ret_failure, notify_of_job(result->outcome), TUNNEL_SIDE_LOCAL);
        failure_say(ret_failure, "%s failed: %s. See `bhctl system status` and this gateway's log.", doing,
                    result->text ? result->text : "no reason given");
    }
}

void failure_of_job(struct ike_sa *sa, const struct ike_job_result *result, const char *doing)
{
    struct tunnel_failure failure;
    failure_describe_job(sa, result, doing, &failure);
    if (sa->initiator) {
        failure_end_attempt(sa->tunnel, &failure);
    } else {
        failure_note(sa->tunnel, &failure);
    }
}

// The peer never says what it would take instead.
static void say_no_proposal(const struct ike_sa *sa, struct tunnel_failure *failure)
{
    const struct tunnel_config *config = sa->tunnel->config;
    bool ike = sa->state == IKE_SA_STATE_INIT;
    char local[ADDRESS_TEXT_MAX];
    failure_add_proposals(failure, ike ? config->ike_offer : config->esp_offer, NULL);
    failure_say(failure,
                "The peer accepts none of our %s proposals, and does not say what it would accept; its log may. Set "
                "%s_proposals of this tunnel to what is configured there, or configure one of ours there.%s%s%s",
                ike ? "IKE" : "ESP", ike ? "ike" : "esp", ike ? " It may also have no tunnel for our address " : "",
                ike ? address_format(&sa->local.address, local, sizeof(local)) : "", ike ? "." : "");
}

// What IKE_AUTH has made is refused when it is to be made again: only a group can have come in between.
static bool is_about_pfs(const struct ike_sa *sa, const char *exchange)
{
    return sa->had_child && strcmp(exchange, "CREATE_CHILD_SA") == 0;
}

static void say_no_pfs(const struct ike_sa *sa, uint16_t peer_group, struct tunnel_failure *failure)
{
    const struct offer *offer = sa->tunnel->config->esp_offer;
    char group[48];
    char wanted[80] = "";
    failure_add_proposals(failure, offer, NULL);
    failure_set_cause(failure, FAILURE_CAUSE_PFS_MISMATCH);
    if (peer_group != KE_NONE) {
        (void)snprintf(wanted, sizeof(wanted), " The peer wants %s.",
                       transform_format(TRANSFORM_KE, peer_group, 0, group, sizeof(group)));
        comparison_add_remote(&failure->comparison, "group %s", group);
        comparison_mark(&failure->comparison, 1, 1, "group: %s wanted by the peer", group);
    }
    failure_say(failure,
                "The peer took these ESP algorithms in IKE_AUTH and refuses them now that the CHILD_SA is to be made "
                "again: the groups for perfect forward secrecy differ, ours %s.%s Put the same group at the end of "
                "esp_proposals on both sides, or none.",
                offer_first_group(offer) == KE_NONE
                    ? "is none"
                    : transform_format(TRANSFORM_KE, offer_first_group(offer), 0, group, sizeof(group)),
                wanted);
}

static void say_no_selectors(const struct ike_sa *sa, struct tunnel_failure *failure)
{
    const struct tunnel_config *config = sa->tunnel->config;
    const struct selector_pair *pairs = sa->making ? sa->making->config->pairs : config->protected;
    unsigned n = sa->making ? sa->making->config->pairs_n : config->protected_n;
    char local[SELECTOR_TEXT_MAX] = "";
    char remote[SELECTOR_TEXT_MAX] = "";
    if (n) {
        (void)selector_format(&pairs[0].local, local, sizeof(local));
        (void)selector_format(&pairs[0].remote, remote, sizeof(remote));
    }
    comparison_of_policies(&failure->comparison, pairs, n, NULL);
    failure_say(failure,
                "The peer has no policy that fits ours. Policies must mirror each other: what is local %s and remote "
                "%s here is local %s and remote %s there. Change the policies on one of the two sides.",
                local, remote, remote, local);
}

void failure_add_identities(struct tunnel_failure *failure, const struct ike_sa *sa, const struct tunnel *tunnel)
{
    char text[IDENTITY_TEXT_MAX];
    struct identity own = tunnel_choice_own_id(tunnel, sa);
    struct identity_pattern peer = tunnel_choice_peer_id(tunnel, sa);
    failure->comparison = (struct comparison){.subject = COMPARISON_IDENTITIES};
    if (own.type == IDENTITY_NONE) {
        comparison_add_local(&failure->comparison, "local.id as in the certificate %.64s", tunnel->config->certificate);
    } else {
        comparison_add_local(&failure->comparison, "local.id %.480s", identity_format(&own, text, sizeof(text)));
    }
    comparison_add_local(&failure->comparison, "remote.id %.480s", identity_pattern_format(&peer, text, sizeof(text)));
}

void failure_compare_identities(struct tunnel_failure *failure, const struct ike_sa *sa, const struct tunnel *tunnel,
                                const struct identity *named, const struct identity *asked)
{
    char own[IDENTITY_TEXT_MAX] = "anybody";
    char peer[IDENTITY_TEXT_MAX] = "";
    struct identity own_id = tunnel_choice_own_id(tunnel, sa);
    struct comparison *c = &failure->comparison;
    failure_set_cause(failure, FAILURE_CAUSE_UNKNOWN_IDENTITY);
    failure_add_identities(failure, sa, tunnel);
    if (asked->type != IDENTITY_NONE) {
        (void)identity_format(asked, own, sizeof(own));
    }
    (void)identity_format(named, peer, sizeof(peer));
    comparison_add_remote(c, "remote.id %.480s", own); // in its configuration, which is our local.id
    comparison_add_remote(c, "local.id %.480s", peer);
    if (asked->type != IDENTITY_NONE && !identity_equal(asked, &own_id)) {
        comparison_mark(c, 1, 1, "this gateway's name: the peer asks for %.150s", own);
    } else {
        comparison_mark(c, 2, 2, "the peer's name: it calls itself %.150s", peer);
    }
}

static void say_not_authenticated(const struct ike_sa *sa, struct tunnel_failure *failure)
{
    if (sa->tunnel->config->certificate) {
        certificate_failure_say_not_accepted(failure, sa);
        return;
    }
    failure_add_identities(failure, sa, sa->tunnel);
    failure_say(failure,
                "The peer did not accept our identity or our key. Its pre-shared key must be the one that is stored "
                "here, its remote.id our local.id, its local.id our remote.id (see the local offer); its log may say "
                "which of them differs. Store the same key on both sides with `bhctl secrets set %s < FILE`.",
                secret_name(sa->tunnel));
}

void failure_describe_notify(const struct ike_sa *sa, const struct notify_payload *notify, const char *exchange,
                             struct tunnel_failure *ret_failure)
{
    failure_init(ret_failure, notify_name(notify->type), TUNNEL_SIDE_REMOTE);
    switch (notify->type) {
    case NOTIFY_NO_PROPOSAL_CHOSEN:
        if (is_about_pfs(sa, exchange)) {
            say_no_pfs(sa, KE_NONE, ret_failure);
        } else {
            say_no_proposal(sa, ret_failure);
        }
        break;
    case NOTIFY_INVALID_KE_PAYLOAD:
        say_no_pfs(sa, notify_payload_group(notify), ret_failure); // IKE_SA_INIT's is taken as a wish
        break;
    case NOTIFY_TS_UNACCEPTABLE:
        say_no_selectors(sa, ret_failure);
        break;
    case NOTIFY_AUTHENTICATION_FAILED:
        say_not_authenticated(sa, ret_failure);
        break;
    case NOTIFY_INVALID_MAJOR_VERSION:
        failure_say(ret_failure, "The peer does not speak IKEv2: it answered with INVALID_MAJOR_VERSION. Set it to "
                                 "IKEv2.");
        break;
    case NOTIFY_TEMPORARY_FAILURE:
        failure_say(ret_failure, "The peer refuses for now: somebody there holds the tunnel down (`bhctl tunnels up` "
                                 "there ends that), or a part of it is being restarted.");
        break;
    default:
        failure_say(ret_failure, "The peer answered %s with %s (%u); its log may say why.", exchange,
                    notify_name(notify->type), (unsigned)notify->type);
        break;
    }
}

void failure_of_notify(struct ike_sa *sa, const struct notify_payload *notify, const char *exchange)
{
    struct tunnel_failure failure;
    failure_describe_notify(sa, notify, exchange, &failure);
    failure_end_attempt(sa->tunnel, &failure);
}
