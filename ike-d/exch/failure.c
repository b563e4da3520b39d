#include "ike-d/exch/failure.h"

#include <stdarg.h>
#include <stdio.h>

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
    if (tunnel->state != TUNNEL_STATE_UP && ratelimit_take(&core->refusal_notes, ike_core_now_ms(core))) {
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
                    "%s did not answer %s (%u tries). Is the address right, is a gateway running there, and do "
                    "firewalls on the way pass UDP %s?",
                    remote, exchange_name(sa->request.exchange), sa->request.sends,
                    sa->state == IKE_SA_STATE_INIT ? "500" : "4500");
    }
    failure_end_attempt(sa->tunnel, &failure);
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

void failure_of_job(struct ike_sa *sa, const struct ike_job_result *result, const char *doing)
{
    struct tunnel_failure failure;
    failure_init(&failure, notify_of_job(result->outcome), TUNNEL_SIDE_LOCAL);
    if (result->outcome == IKE_JOB_NO_SECRET) {
        failure_say(&failure, "The tunnel's secret does not exist yet; store it with `bhctl secrets set NAME < FILE`.");
        sa->tunnel->needs_secret = true;
    } else {
        failure_say(&failure, "%s failed: %s", doing, result->text ? result->text : "no reason given");
    }
    if (sa->initiator) {
        failure_end_attempt(sa->tunnel, &failure);
    } else {
        failure_note(sa->tunnel, &failure);
    }
}

static const char *advice_on(uint16_t type)
{
    switch (type) {
    case NOTIFY_AUTHENTICATION_FAILED:
        return "; compare the secret and both identities on the two sides";
    case NOTIFY_NO_PROPOSAL_CHOSEN:
        return "; the peer accepts none of our proposals: configure one that both sides have";
    case NOTIFY_TS_UNACCEPTABLE:
        return "; the peer has no policy for our selectors: local and remote must mirror each other on the two sides";
    case NOTIFY_TEMPORARY_FAILURE:
        return "; the peer refuses for now";
    default:
        return "";
    }
}

void failure_describe_notify(const struct ike_sa *sa, const struct notify_payload *notify, const char *exchange,
                             struct tunnel_failure *ret_failure)
{
    const struct tunnel_config *config = sa->tunnel->config;
    failure_init(ret_failure, notify_name(notify->type), TUNNEL_SIDE_REMOTE);
    failure_say(ret_failure, "The peer answered %s with %s (%u)%s.", exchange, notify_name(notify->type),
                (unsigned)notify->type, advice_on(notify->type));
    if (notify->type == NOTIFY_NO_PROPOSAL_CHOSEN) {
        failure_add_proposals(ret_failure, sa->state == IKE_SA_STATE_INIT ? config->ike_offer : config->esp_offer,
                              NULL);
    } else if (notify->type == NOTIFY_TS_UNACCEPTABLE) {
        failure_add_selectors(ret_failure, sa->tunnel, NULL);
    }
}

void failure_of_notify(struct ike_sa *sa, const struct notify_payload *notify, const char *exchange)
{
    struct tunnel_failure failure;
    failure_describe_notify(sa, notify, exchange, &failure);
    failure_end_attempt(sa->tunnel, &failure);
}
