#include "ike-d/exch/ike_sa_init.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ike-d/exch/address_fallback.h"
#include "ike-d/exch/announce.h"
#include "ike-d/exch/failure.h"
#include "ike-d/exch/ike_auth.h"
#include "ike-d/exch/ike_sa_life.h"
#include "ike-d/exch/nat_traversal.h"
#include "ike-d/exch/transmit.h"
#include "lib/core/log.h"

struct init_exchange {
    struct exchange base;
    unsigned restarts; // after COOKIE and INVALID_KE_PAYLOAD
    struct kex *kex;
    uint8_t cookie[IKE_COOKIE_MAX_BYTES];
    size_t cookie_n;
    struct offer *sent;
    struct tunnel_failure refusal; // notify NULL: none so far
    struct deadline refused;       // when it is believed
};

static void destroy(struct exchange *base)
{
    struct init_exchange *x = (struct init_exchange *)base;
    deadline_done(&base->sa->core->deadlines, &x->refused);
    kex_free(x->kex);
    offer_free(x->sent);
    free(x);
}

static void give_up(struct ike_sa *sa, const struct tunnel_failure *failure)
{
    failure_end_attempt(sa->tunnel, failure);
    ike_sa_life_close(sa);
}

__attribute__((format(printf, 3, 4))) static void refuse(struct ike_sa *sa, const char *notify, const char *format, ...)
{
    struct tunnel_failure failure;
    va_list args;
    failure_init(&failure, notify, TUNNEL_SIDE_LOCAL);
    va_start(args, format);
    failure_vsay(&failure, format, args);
    va_end(args);
    give_up(sa, &failure);
}

static void on_refused(void *arg)
{
    struct init_exchange *x = arg;
    give_up(x->base.sa, &x->refusal);
}

// Whatever refuses us here is not authentic: the request stays out, and its first refusal is believed only when nothing
// better comes (RFC 7296 2.21.1).
static void suspect(struct init_exchange *x, const struct tunnel_failure *failure)
{
    struct ike_core *core = x->base.sa->core;
    if (!x->refusal.notify) {
        x->refusal = *failure;
        deadline_set(&core->deadlines, &x->refused, ike_core_now_ms(core) + IKE_INIT_REFUSAL_WAIT_MS);
    }
}

__attribute__((format(printf, 3, 4))) static void suspect_with(struct init_exchange *x, const char *notify,
                                                               const char *format, ...)
{
    struct tunnel_failure failure;
    va_list args;
    failure_init(&failure, notify, TUNNEL_SIDE_LOCAL);
    va_start(args, format);
    failure_vsay(&failure, format, args);
    va_end(args);
    suspect(x, &failure);
}

// The answer that we go on with has come.
static void end_request(struct init_exchange *x)
{
    x->refusal.notify = NULL;
    deadline_clear(&x->base.sa->core->deadlines, &x->refused);
    transmit_end_request(x->base.sa);
}

// HDR, [N(COOKIE)], SAi1, KEi, Ni, N(NAT_DETECTION_*), N(what we can)
static void send_request(struct init_exchange *x)
{
    struct ike_sa *sa = x->base.sa;
    struct draft draft;
    struct ike_header header = {.initiator_spi = sa->spi_i, .exchange = EXCHANGE_IKE_SA_INIT, .initiator = true};
    struct bytes message;
    message_begin(&draft.mw, draft.buffer, sizeof(draft.buffer), &header);
    if (x->cookie_n) {
        message_put_status(&draft.mw, NOTIFY_COOKIE, bytes_of(x->cookie, x->cookie_n));
    }
    message_put_sa(&draft.mw, x->sent->proposal, x->sent->n);
    message_put_ke(&draft.mw, kex_algorithm(x->kex)->id, kex_public(x->kex));
    message_put_nonce(&draft.mw, kept_message_view(&sa->nonce_i));
    nat_traversal_put(&draft.mw, sa, &sa->local, &sa->remote);
    announce_put(&draft.mw, sa, EXCHANGE_IKE_SA_INIT, false);
    announce_put_vendor(&draft.mw);
    int error = message_finish(&draft.mw, &message);
    if (error == 0) {
        error = kept_message_set(&sa->own_first, message);
    }
    if (error == 0) {
        error = transmit_send_first(sa, message, &x->base);
    }
    if (error < 0) {
        refuse(sa, "INTERNAL", "IKE_SA_INIT could not be built: %s", strerror(-error));
    }
}

static void on_key_pair(void *owner, struct ike_job_result *result)
{
    struct init_exchange *x = owner;
    x->base.job = 0;
    if (result->outcome != IKE_JOB_OK) {
        failure_of_job(x->base.sa, result, "Making a Diffie-Hellman key");
        ike_sa_life_close(x->base.sa);
        return;
    }
    kex_free(x->kex);
    x->kex = result->kex;
    result->kex = NULL;
    send_request(x);
}

static void generate(struct init_exchange *x, uint16_t group)
{
    struct ike_sa *sa = x->base.sa;
    const struct ke_algorithm *ke = ke_find(group);
    uint64_t job = ke ? exchange_wait(&x->base, on_key_pair) : 0;
    if (!job) {
        refuse(sa, "INTERNAL", "Diffie-Hellman group %u is not available", group);
        return;
    }
    sa->core->env->kex_generate(sa->core->env->arg, job, ke);
}

static bool may_restart(struct init_exchange *x)
{
    if (x->restarts == IKE_INIT_RESTARTS_MAX) {
        suspect_with(x, "TIMEOUT", "The peer asked more than %u times for another IKE_SA_INIT request.", x->restarts);
        return false;
    }
    x->restarts++;
    return true;
}

// RFC 7296 2.6: the same request again, with the cookie in front. The same cookie again is the answer to a repeated
// request.
static void take_cookie(struct init_exchange *x, const struct notify_payload *notify)
{
    if (notify->data.n == 0 || notify->data.n > sizeof(x->cookie)) {
        suspect_with(x, "INVALID_SYNTAX", "The peer's COOKIE has %zu bytes; RFC 7296 allows 1-64.", notify->data.n);
        return;
    }
    if (bytes_equal(notify->data, bytes_of(x->cookie, x->cookie_n)) || !may_restart(x)) {
        return;
    }
    memcpy(x->cookie, notify->data.p, notify->data.n);
    x->cookie_n = notify->data.n;
    end_request(x);
    send_request(x);
}

// RFC 7296 1.3, 2.7: the same proposals again, with a KE of the group that the peer wants. The group of our KE is what
// an answer to an earlier request asks for, which came late.
static void take_group(struct init_exchange *x, const struct notify_payload *notify)
{
    uint16_t group = notify_payload_group(notify);
    if (!offer_has_group(x->sent, group)) {
        struct tunnel_failure failure;
        failure_init(&failure, "INVALID_KE_PAYLOAD", TUNNEL_SIDE_REMOTE);
        failure_say(&failure, "The peer wants Diffie-Hellman group %u, which our proposals don't have.", group);
        failure_add_proposals(&failure, x->sent, NULL);
        suspect(x, &failure);
        return;
    }
    if (group != kex_algorithm(x->kex)->id && may_restart(x)) {
        end_request(x);
        generate(x, group);
    }
}

static bool restart(struct init_exchange *x, const struct message *m)
{
    const struct notify_payload *cookie = message_find_notify(m, NOTIFY_COOKIE);
    const struct notify_payload *group = message_find_notify(m, NOTIFY_INVALID_KE_PAYLOAD);
    if (cookie) {
        take_cookie(x, cookie);
    } else if (group) {
        take_group(x, group);
    }
    return cookie || group;
}

static void on_shared(void *owner, struct ike_job_result *result)
{
    struct init_exchange *x = owner;
    struct ike_sa *sa = x->base.sa;
    x->base.job = 0;
    if (result->outcome != IKE_JOB_OK) {
        refuse(sa, "INVALID_SYNTAX", "The peer's Diffie-Hellman value is none of the group.");
        return;
    }
    if (ike_sa_init_set_keys(sa, result->data) < 0) {
        refuse(sa, "INTERNAL", "The keys of the IKE SA could not be made.");
        return;
    }
    exchange_drop(&sa->ours);
    ike_auth_initiate(sa);
}

// HDR, SAr1, KEr, Nr, N(NAT_DETECTION_*)
static bool take_answer(struct init_exchange *x, const struct received *response)
{
    struct ike_sa *sa = x->base.sa;
    const struct message *m = response->message;
    const char *why = "this gateway can't do it";
    struct proposal chosen;
    if (offer_accept_answer(x->sent, &m->sa, &chosen, &why) < 0 || ike_suite_from(&chosen, &sa->suite) < 0 ||
        kept_proposal_set(&sa->chosen, &chosen) < 0) {
        struct tunnel_failure failure;
        failure_init(&failure, "NO_PROPOSAL_CHOSEN", TUNNEL_SIDE_LOCAL);
        failure_say(&failure, "The peer chose what we did not offer: %s.", why);
        failure_add_proposals(&failure, x->sent, &m->sa);
        suspect(x, &failure);
        return false;
    }
    if (m->ke.group != sa->suite.ke->id || m->ke.group != kex_algorithm(x->kex)->id) {
        suspect_with(x, "INVALID_SYNTAX", "The peer's KE payload is of group %u, its proposal says %u, ours is of %u.",
                     m->ke.group, sa->suite.ke->id, kex_algorithm(x->kex)->id);
        return false;
    }
    struct tunnel_failure failure;
    nat_traversal_judge(sa, response);
    if (!nat_traversal_is_allowed(sa, sa->tunnel->config, &failure)) {
        suspect(x, &failure);
        return false;
    }
    end_request(x);
    sa->spi_r = m->header.responder_spi;
    if (kept_message_set(&sa->peer_first, bytes_of(response->datagram, response->datagram_n)) < 0 ||
        kept_message_set(&sa->nonce_r, m->nonce) < 0) {
        refuse(sa, "INTERNAL", "Out of memory.");
        return false;
    }
    announce_hear(sa, m);
    return true;
}

static void on_response(struct exchange *base, struct received **response)
{
    struct init_exchange *x = (struct init_exchange *)base;
    struct ike_sa *sa = base->sa;
    const struct message *m = (*response)->message;
    if (restart(x, m)) {
        return;
    }
    const struct notify_payload *notify = message_find_error(m);
    if (notify) {
        struct tunnel_failure failure;
        failure_describe_notify(sa, notify, "IKE_SA_INIT", &failure);
        suspect(x, &failure);
        return;
    }
    if (m->header.responder_spi == 0) {
        suspect_with(x, "INVALID_SYNTAX", "The peer's IKE_SA_INIT answer has no responder SPI.");
        return;
    }
    if (!take_answer(x, *response)) {
        return;
    }
    uint64_t job = exchange_wait(base, on_shared);
    if (!job) {
        refuse(sa, "INTERNAL", "Out of memory.");
        return;
    }
    struct kex *kex = x->kex;
    x->kex = NULL;
    sa->core->env->kex_derive(sa->core->env->arg, job, kex, m->ke.data);
}

static bool find_endpoints(struct ike_sa *sa, const struct tunnel_config *config)
{
    const struct ike_env *env = sa->core->env;
    const struct address *remote = address_fallback_now(sa->tunnel);
    sa->remote = (struct endpoint){.address = *remote, .port = IKE_PORT};
    sa->local = (struct endpoint){.address = config->local, .port = IKE_PORT};
    struct address chosen;
    bool has_route = env->find_local(env->arg, remote, &chosen) == 0;
    if (config->local.family == 0) {
        sa->local.address = chosen;
        return has_route;
    }
    // the route may be one for our configured address alone: it is tried, unless there is another way
    return config->local.family == remote->family && (has_route || !address_fallback_has_next(sa));
}

static struct init_exchange *begin(struct ike_sa *sa)
{
    struct init_exchange *x = calloc(1, sizeof(*x));
    if (!x) {
        return NULL;
    }
    x->base = (struct exchange){.sa = sa, .on_response = on_response, .destroy = destroy};
    sa->ours = &x->base;
    x->sent = offer_for_wire(sa->tunnel->config->ike_offer, bytes_of(NULL, 0), true);
    bool failed = deadline_init(&sa->core->deadlines, &x->refused, on_refused, x) < 0 || !x->sent ||
                  ike_sa_draw_nonce(sa, IKE_NONCE_BYTES, &sa->nonce_i) < 0;
    return failed ? NULL : x;
}

static void initiate(struct tunnel *tunnel, const struct ike_sa *old)
{
    struct ike_sa *sa = ike_sa_life_begin(tunnel->core, true, 0);
    if (!sa) {
        log_error("ike_sa_begin", LOG_STR("tunnel", tunnel->config->name), LOG_ERRNO(ENOMEM));
        tunnel_plan_retry(tunnel);
        return;
    }
    ike_sa_set_tunnel(sa, tunnel);
    start_queue_hand_over(tunnel, sa);
    announce_decide(sa, tunnel->config);
    nat_traversal_decide(sa, tunnel->config);
    deadline_set(&sa->core->deadlines, &sa->expiry, ike_core_now_ms(sa->core) + IKE_INITIATION_LIFETIME_MS);
    if (old) {
        sa->replaces = ike_sa_own_spi(old);
        sa->remote = (struct endpoint){.address = old->remote.address, .port = IKE_PORT};
        sa->local = (struct endpoint){.address = old->local.address, .port = IKE_PORT};
    } else if (!find_endpoints(sa, tunnel->config)) {
        char remote[ADDRESS_TEXT_MAX];
        if (address_fallback_try_next(sa)) {
            ike_sa_life_close(sa);
            return;
        }
        refuse(sa, "UNREACHABLE", "There is no route to %s.",
               address_format(&sa->remote.address, remote, sizeof(remote)));
        return;
    }
    struct init_exchange *x = begin(sa);
    if (!x) {
        refuse(sa, "INTERNAL", "Out of memory.");
        return;
    }
    generate(x, offer_first_group(x->sent));
}

void ike_sa_init_initiate(struct tunnel *tunnel)
{
    initiate(tunnel, NULL);
}

void ike_sa_init_replace(const struct ike_sa *old)
{
    initiate(old->tunnel, old);
}
