#include "ike-d/exch/failure.h"

#include <stdarg.h>
#include <stdio.h>

#include "ike-d/exch/tunnel_choice.h"
#include "ike-d/sa/ike_core.h"

void failure_init(struct tunnel_failure *failure, const char *notify, enum tunnel_side side)
{
    *failure = (struct tunnel_failure){.notify = notify, .side = side};
}

void failure_say(struct tunnel_failure *failure, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)vsnprintf(failure->message, sizeof(failure->message), format, args);
    va_end(args);
}

void failure_add_proposals(struct tunnel_failure *failure, const struct offer *ours, const struct sa_payload *theirs)
{
    (void)offer_format(ours, failure->local_offer, sizeof(failure->local_offer));
    if (theirs) {
        (void)offer_format_peer(theirs, failure->remote_offer, sizeof(failure->remote_offer));
    }
}

void failure_add_selectors(struct tunnel_failure *failure, const struct tunnel *tunnel,
                           const struct selector_sides *theirs)
{
    const struct tunnel_config *config = tunnel->config;
    (void)narrow_format_policies(config->protected, config->protected_n, failure->local_offer,
                                 sizeof(failure->local_offer));
    if (theirs) {
        (void)narrow_format(theirs, failure->remote_offer, sizeof(failure->remote_offer));
    }
}

void failure_end_attempt(struct tunnel *tunnel, const struct tunnel_failure *failure)
{
    tunnel_set_failure(tunnel, failure);
    tunnel_end_attempt(tunnel);
}

void failure_note(struct tunnel *tunnel, const struct tunnel_failure *failure)
{
    struct ike_core *core = tunnel->core;
    if (!tunnel_carries(tunnel) && ratelimit_take(&core->refusal_notes, ike_core_now_ms(core))) {
        tunnel_set_failure(tunnel, failure);
    }
}

void failure_time_out(struct ike_sa *sa)
{
    struct tunnel_failure failure;
    char remote[ENDPOINT_TEXT_MAX];
    (void)endpoint_format(&sa->remote, remote, sizeof(remote));
    failure_init(&failure, "TIMEOUT", TUNNEL_SIDE_REMOTE);
    if (sa->state == IKE_SA_STATE_ESTABLISHED) {
        failure_say(&failure, "%s no longer answers (%u tries of %s); the peer is gone, or the path to it.", remote,
                    sa->request.sends, exchange_name(sa->request.exchange));
    } else {
        failure_say(&failure,
                    sa->state == IKE_SA_STATE_INIT
                        ? "%s did not answer %s (%u tries). Check that remote.address is right, that a gateway runs "
                          "there, and that firewalls on the way pass UDP ports 500 and 4500 both ways."
                        : "%s did not answer %s (%u tries), though it answers on UDP port 500. Check that firewalls on "
                          "the way pass UDP port 4500 both ways, also long packets in fragments.",
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
    failure_add_identities(failure, sa, sa->tunnel);
    failure_say(failure,
                "The peer, %.200s, has another pre-shared key than the one that is stored here. Store the same key on "
                "both sides; here with `bhctl secrets set %s < FILE`.",
                identity_format(&remote_id, peer, sizeof(peer)), secret_name(sa->tunnel));
}

static const char *notify_of_job(enum ike_job_outcome outcome)
{
    switch (outcome) {
    case IKE_JOB_NO_SECRET:
        return "SECRET_MISSING";
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
    failure_init(ret_failure, notify_of_job(result->outcome), TUNNEL_SIDE_LOCAL);
    if (result->outcome == IKE_JOB_NO_SECRET) {
        failure_say(ret_failure,
                    "The pre-shared key of this tunnel is not stored here yet. Store it with `bhctl secrets set %s < "
                    "FILE`; the tunnel then goes on by itself.",
                    secret_name(sa->tunnel));
        sa->tunnel->needs_secret = true;
    } else {
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

static void say_no_selectors(const struct ike_sa *sa, struct tunnel_failure *failure)
{
    const struct tunnel_config *config = sa->tunnel->config;
    char local[SELECTOR_TEXT_MAX] = "";
    char remote[SELECTOR_TEXT_MAX] = "";
    if (config->protected_n) {
        (void)selector_format(&config->protected[0].local, local, sizeof(local));
        (void)selector_format(&config->protected[0].remote, remote, sizeof(remote));
    }
    failure_add_selectors(failure, sa->tunnel, NULL);
    failure_say(failure,
                "The peer has no policy that fits ours. Policies must mirror each other: what is local %s and remote "
                "%s here is local %s and remote %s there. Change the policies on one of the two sides.",
                local, remote, remote, local);
}

void failure_add_identities(struct tunnel_failure *failure, const struct ike_sa *sa, const struct tunnel *tunnel)
{
    char local[IDENTITY_TEXT_MAX];
    char remote[IDENTITY_TEXT_MAX];
    struct identity own = tunnel_choice_own_id(tunnel, sa);
    struct identity peer = tunnel_choice_peer_id(tunnel, sa);
    (void)snprintf(failure->local_offer, sizeof(failure->local_offer), "local.id %.*s, remote.id %.*s",
                   (int)sizeof(failure->local_offer) / 2 - 20, identity_format(&own, local, sizeof(local)),
                   (int)sizeof(failure->local_offer) / 2 - 20, identity_format(&peer, remote, sizeof(remote)));
}

static void say_not_authenticated(const struct ike_sa *sa, struct tunnel_failure *failure)
{
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
        say_no_proposal(sa, ret_failure);
        break;
    case NOTIFY_TS_UNACCEPTABLE:
        say_no_selectors(sa, ret_failure);
        break;
    case NOTIFY_AUTHENTICATION_FAILED:
        say_not_authenticated(sa, ret_failure);
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
