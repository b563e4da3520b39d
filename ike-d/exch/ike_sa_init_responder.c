#include "ike-d/exch/ike_sa_init.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ike-d/exch/announce.h"
#include "ike-d/exch/certificate_request.h"
#include "ike-d/exch/failure.h"
#include "ike-d/exch/ike_sa_life.h"
#include "ike-d/exch/knock.h"
#include "ike-d/exch/nat_traversal.h"
#include "ike-d/exch/stray_answer.h"
#include "ike-d/exch/transmit.h"
#include "ike-d/exch/tunnel_choice.h"
#include "ike-d/exch/ke_answer.h"
#include "lib/core/log.h"

struct init_answer {
    struct exchange base;
    struct received *request;
    struct ke_answer ke;
    bool has_paid;                   // with a cookie
    char asked[TUNNEL_NAME_MAX + 1]; // the tunnel whose authorities pki-d is asked for
    unsigned turn;                   // of the next one that it may be asked for
};

static void destroy(struct exchange *base)
{
    struct init_answer *x = (struct init_answer *)base;
    base->sa->core->first_requests_at_work--;
    received_free(x->request);
    free(x);
}

static struct arrival arrival_of(const struct received *request)
{
    return (struct arrival){.local = request->local,
                            .remote = request->remote,
                            .header = request->message->header,
                            .n = request->datagram_n};
}

static void answer_notify(const struct received *request, enum notify_type type, struct bytes data)
{
    struct arrival arrival = arrival_of(request);
    stray_answer_send_always(request->core, &arrival, type, data);
}

// Requests with forged source addresses must neither fill the log nor make us a source of datagrams; who has shown a
// cookie has an address of its own.
static void refuse(const struct received *request, bool has_paid, enum notify_type type, struct bytes data)
{
    struct ike_core *core = request->core;
    uint64_t now_ms = ike_core_now_ms(core);
    if (ratelimit_take(&core->refusal_logs, now_ms)) {
        char remote[ENDPOINT_TEXT_MAX];
        log_info("ike_sa_init_refused", LOG_STR("remote", endpoint_format(&request->remote, remote, sizeof(remote))),
                 LOG_STR("notify", notify_name((uint16_t)type)));
    }
    if (has_paid || ratelimit_take(&core->init_refusals, now_ms)) {
        answer_notify(request, type, data);
    }
}

static bool needs_cookie(struct ike_core *core, const struct received *request)
{
    const struct half_open *half_open = &core->sas.half_open;
    bool fast = !ratelimit_take(&core->first_requests, ike_core_now_ms(core));
    return fast || half_open->n >= IKE_HALF_OPEN_COOKIE_THRESHOLD ||
           half_open_count(half_open, HALF_OPEN_SOURCE, &request->remote.address) >= IKE_HALF_OPEN_COOKIE_PER_SOURCE;
}

// Forged sources are of many networks or of few; in any case they must not use up what a configured peer is due.
static bool may_be_asked(struct ike_core *core, const struct received *request)
{
    const struct address *from = &request->remote.address;
    return peer_index_find_address(&core->peers, from) ||
           source_limit_take(&core->cookie_answers, from, ike_core_now_ms(core));
}

static struct cookie_claim claim_of(const struct received *request)
{
    return (struct cookie_claim){.nonce_i = request->message->nonce,
                                 .address = request->remote.address,
                                 .spi_i = request->message->header.initiator_spi};
}

static void ask_for_cookie(struct ike_core *core, const struct received *request)
{
    struct cookie_claim claim = claim_of(request);
    uint8_t cookie[COOKIE_BYTES];
    if (!may_be_asked(core, request)) {
        core->drops.half_open_limit++;
    } else if (cookie_jar_make(&core->cookies, core->env->random, ike_core_now_ms(core), &claim, cookie) == 0) {
        answer_notify(request, NOTIFY_COOKIE, bytes_of(cookie, sizeof(cookie)));
    }
}

// RFC 7296 2.6: while there are many requests or half-open SAs, an initiator must first show that it receives at its
// address. False: it was asked to.
static bool pays_with_cookie(struct ike_core *core, const struct received *request, bool *ret_has_paid)
{
    struct cookie_claim claim = claim_of(request);
    const struct notify_payload *notify = message_find_notify(request->message, NOTIFY_COOKIE);
    *ret_has_paid = notify && cookie_jar_accepts(&core->cookies, &claim, notify->data);
    if (*ret_has_paid || !needs_cookie(core, request)) {
        return true;
    }
    ask_for_cookie(core, request);
    return false;
}

static bool is_within_limits(struct ike_core *core, const struct received *request)
{
    const struct half_open *half_open = &core->sas.half_open;
    const struct address *from = &request->remote.address;
    if (half_open->n < IKE_HALF_OPEN_MAX && core->first_requests_at_work < IKE_FIRST_REQUESTS_AT_WORK_MAX &&
        half_open_count(half_open, HALF_OPEN_SOURCE, from) < IKE_HALF_OPEN_PER_SOURCE_MAX &&
        half_open_count(half_open, HALF_OPEN_NETWORK, from) < IKE_HALF_OPEN_PER_NETWORK_MAX) {
        return true;
    }
    core->drops.half_open_limit++;
    return false;
}

static void note_refusal(const struct init_choice *choice, const struct received *request)
{
    const struct message *m = request->message;
    struct tunnel *tunnel = choice->tunnel;
    struct tunnel_failure failure;
    tunnel->vendor = vendor_find(m->vendor_id, m->vendor_id_n);
    failure_init(&failure, "NO_PROPOSAL_CHOSEN", TUNNEL_SIDE_LOCAL);
    failure.attempt = (struct attempt){
        .step = ATTEMPT_INIT, .local = request->local, .remote = request->remote, .vendor = tunnel->vendor};
    failure_add_proposals(&failure, tunnel->config->ike_offer, &m->sa);
    failure_say(&failure,
                "None of the peer's IKE proposals is configured here: %.250s. Set ike_proposals of this tunnel to one "
                "of the remote offer, or configure one of the local offer at the peer.",
                choice->choice.why);
    failure_note(tunnel, &failure);
}

static bool choose(const struct received *request, bool has_paid, struct init_choice *choice)
{
    tunnel_choice_by_address(request->core, request, choice);
    if (!choice->tunnel) {
        refuse(request, has_paid, choice->held_down ? NOTIFY_TEMPORARY_FAILURE : NOTIFY_NO_PROPOSAL_CHOSEN,
               bytes_of(NULL, 0));
        if (!choice->held_down) {
            knock_without_tunnel(request);
        }
        return false;
    }
    if (choice->choice.notify == NOTIFY_INVALID_KE_PAYLOAD) {
        uint8_t group[2];
        refuse(request, has_paid, NOTIFY_INVALID_KE_PAYLOAD, notify_payload_put_group(choice->choice.group, group));
        return false;
    }
    if (choice->choice.notify != NOTIFY_NONE) {
        refuse(request, has_paid, choice->choice.notify, bytes_of(NULL, 0));
        note_refusal(choice, request);
        return false;
    }
    return true;
}

// HDR, SAr1, KEr, Nr, N(NAT_DETECTION_*), [CERTREQ], N(what we can), [V]
static int build_answer(const struct init_answer *x, bool with_vendor, struct draft *draft, struct bytes *ret_message)
{
    const struct ike_sa *sa = x->base.sa;
    struct ike_header header = {
        .initiator_spi = sa->spi_i, .responder_spi = sa->spi_r, .exchange = EXCHANGE_IKE_SA_INIT, .response = true};
    message_begin(&draft->mw, draft->buffer, sizeof(draft->buffer), &header);
    struct proposal chosen = kept_proposal_get(&sa->chosen);
    message_put_sa(&draft->mw, &chosen, 1);
    message_put_ke(&draft->mw, sa->suite.ke->id, ke_answer_view(&x->ke));
    message_put_nonce(&draft->mw, kept_message_view(&sa->nonce_r));
    if (sa->esp.natt) {
        nat_traversal_put(&draft->mw, sa, &sa->local, &sa->remote);
    }
    certificate_request_put(&draft->mw, sa);
    announce_put(&draft->mw, sa, EXCHANGE_IKE_SA_INIT, true);
    if (with_vendor) {
        announce_put_vendor(&draft->mw);
    }
    return message_finish(&draft->mw, ret_message);
}

// Who has not shown that it receives at its address gets no more bytes than it has sent: what is not necessary is left
// out, first what only few peers want. -EMSGSIZE: the rest is too long, too.
static int build_fitting_answer(const struct init_answer *x, struct draft *draft, struct bytes *ret_message)
{
    struct ike_features *own = &x->base.sa->own_features;
    bool childless = own->childless;
    int error = -EMSGSIZE;
    for (unsigned without = 0; without < 4 && error == -EMSGSIZE; without++) {
        own->childless = childless && !(without & 1);
        error = build_answer(x, !(without & 2), draft, ret_message);
        if (error == 0 && !x->has_paid && ret_message->n > x->request->datagram_n) {
            error = -EMSGSIZE;
        }
    }
    return error;
}

static int send_answer(struct init_answer *x)
{
    struct ike_sa *sa = x->base.sa;
    struct draft draft;
    struct bytes message;
    int error = build_fitting_answer(x, &draft, &message);
    if (error == -EMSGSIZE) {
        ask_for_cookie(sa->core, x->request);
        return error;
    }
    if (error == 0) {
        error = kept_message_set(&sa->own_first, message);
    }
    if (error == 0) {
        error = transmit_send_first_answer(sa, message);
    }
    return error;
}

static void complete(struct init_answer *x);

static void on_authorities(void *owner, struct ike_job_result *result)
{
    struct init_answer *x = owner;
    struct ike_sa *sa = x->base.sa;
    struct tunnel *tunnel = ike_core_find_tunnel(sa->core, x->asked); // which may have gone meanwhile
    x->base.job = 0;
    if (tunnel && result->outcome == IKE_JOB_OK) {
        certificate_request_keep(tunnel, result->credential->authorities);
    } else if (tunnel && result->outcome == IKE_JOB_NO_SECRET) {
        certificate_request_keep(tunnel, bytes_of(NULL, 0)); // until pki-d says that something has changed
    }
    complete(x);
}

// Asks for what the answer's CERTREQ is to say, then sends it.
static void complete(struct init_answer *x)
{
    struct ike_sa *sa = x->base.sa;
    const struct tunnel *tunnel = certificate_request_next(sa, &x->turn);
    uint64_t job = tunnel ? exchange_wait(&x->base, on_authorities) : 0;
    if (job) {
        (void)snprintf(x->asked, sizeof(x->asked), "%s", tunnel->config->name);
        sa->core->env->get_credential(sa->core->env->arg, job, x->asked);
        return;
    }
    if (send_answer(x) < 0) {
        ike_sa_life_close(sa);
        return;
    }
    exchange_drop(&sa->theirs);
}

static void on_shared(void *owner, struct ike_job_result *result)
{
    struct init_answer *x = owner;
    struct ike_sa *sa = x->base.sa;
    x->base.job = 0;
    if (!ke_answer_take(&x->ke, result)) {
        answer_notify(x->request, NOTIFY_INVALID_SYNTAX, bytes_of(NULL, 0));
        ike_sa_life_close(sa);
        return;
    }
    if (ike_sa_init_set_keys(sa, result->data) < 0) {
        ike_sa_life_close(sa);
        return;
    }
    complete(x);
}

// As long as the peer's, so that the answer is not longer for it; but both together as long as the PRF's key.
static size_t nonce_bytes(const struct prf_algorithm *prf, size_t peer_n)
{
    size_t n = peer_n < prf->key_bytes / 2 ? prf->key_bytes - peer_n : peer_n;
    return n < IKE_NONCE_BYTES ? n : IKE_NONCE_BYTES;
}

static int begin_sa(struct ike_sa *sa, const struct received *request, const struct choice *choice)
{
    const struct message *m = request->message;
    struct ike_core *core = sa->core;
    sa->order = ++core->last_order;
    sa->local = request->local;
    sa->remote = request->remote;
    int error = kept_proposal_set(&sa->chosen, &choice->chosen);
    if (error == 0) {
        error = ike_suite_from(&choice->chosen, &sa->suite);
    }
    if (error == 0) {
        error = kept_message_set(&sa->nonce_i, m->nonce);
    }
    if (error == 0) {
        error = ike_sa_draw_nonce(sa, nonce_bytes(sa->suite.prf, m->nonce.n), &sa->nonce_r);
    }
    if (error == 0) {
        error = kept_message_set(&sa->peer_first, bytes_of(request->datagram, request->datagram_n));
    }
    if (error == 0) {
        error = sa_table_add_half_open(&core->sas, sa);
    }
    return error;
}

static void begin(struct ike_core *core, struct received **request, const struct init_choice *choice, bool has_paid)
{
    struct ike_sa *sa = ike_sa_life_begin(core, false, (*request)->message->header.initiator_spi);
    struct init_answer *x = sa ? calloc(1, sizeof(*x)) : NULL;
    if (!x || begin_sa(sa, *request, &choice->choice) < 0) {
        core->drops.no_memory++;
        free(x);
        if (sa) {
            ike_sa_life_close(sa);
        }
        return;
    }
    x->base = (struct exchange){.sa = sa, .destroy = destroy};
    x->has_paid = has_paid;
    core->first_requests_at_work++;
    sa->theirs = &x->base;
    nat_traversal_decide(sa, choice->tunnel->config);
    nat_traversal_judge(sa, *request);
    announce_hear(sa, (*request)->message);
    announce_decide(sa, choice->tunnel->config);
    transmit_accept_request(sa, *request);
    deadline_set(&core->deadlines, &sa->expiry, ike_core_now_ms(core) + IKE_HALF_OPEN_LIFETIME_MS);
    x->request = *request;
    *request = NULL;
    if (!ke_answer_begin(&x->base, sa->suite.ke, x->request->message->ke.data, on_shared)) {
        ike_sa_life_close(sa);
    }
}

static bool is_repeated(struct ike_core *core, const struct received *request)
{
    uint64_t spi_i = request->message->header.initiator_spi;
    struct ike_sa *sa = sa_table_find_first(&core->sas, spi_i, &request->remote);
    if (!sa) {
        return false;
    }
    if (transmit_is_repeated(sa, request)) {
        transmit_repeat_answer(sa, request);
    }
    return true;
}

static void refuse_malformed(const struct received *request, enum wire_status status, const struct wire_error *error)
{
    struct arrival arrival = arrival_of(request);
    bool critical = status == WIRE_UNSUPPORTED_CRITICAL_PAYLOAD;
    log_debug("ike_sa_init_malformed", LOG_STR("why", error->text));
    stray_answer_send(request->core, &arrival, wire_status_notify(status),
                      bytes_of(&error->payload_type, critical ? 1 : 0));
}

void ike_sa_init_respond(struct ike_core *core, struct received **request)
{
    struct message *m = (*request)->message;
    struct wire_error error;
    if (is_repeated(core, *request)) {
        return;
    }
    enum wire_status status = message_parse(bytes_of((*request)->datagram, (*request)->datagram_n), m, &error);
    if (status == WIRE_OK) {
        status = message_check(m, &error);
    }
    if (status != WIRE_OK) {
        refuse_malformed(*request, status, &error);
        return;
    }
    struct init_choice choice;
    bool has_paid;
    if (pays_with_cookie(core, *request, &has_paid) && is_within_limits(core, *request) &&
        choose(*request, has_paid, &choice)) {
        begin(core, request, &choice, has_paid);
    }
}
