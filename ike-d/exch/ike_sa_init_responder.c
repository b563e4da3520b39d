#include "ike-d/exch/ike_sa_init.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ike-d/exch/failure.h"
#include "ike-d/exch/ike_sa_life.h"
#include "ike-d/exch/stray_answer.h"
#include "ike-d/exch/transmit.h"
#include "ike-d/exch/tunnel_choice.h"
#include "lib/core/log.h"

struct init_answer {
    struct exchange base;
    struct received *request;
    uint8_t public[KEX_BYTES_MAX];
    size_t public_n;
};

static void destroy(struct exchange *base)
{
    struct init_answer *x = (struct init_answer *)base;
    received_free(x->request);
    free(x);
}

static void answer_notify(const struct received *request, enum notify_type type, struct bytes data)
{
    struct arrival arrival = {.local = request->local, .remote = request->remote, .header = request->message->header};
    log_info("ike_sa_init_refused", LOG_STR("notify", notify_name((uint16_t)type)));
    stray_answer_send(request->core, &arrival, type, data);
}

// RFC 7296 2.6: while many SAs are half-open, an initiator must first show that it receives at its address.
static bool pays_with_cookie(struct ike_core *core, const struct received *request)
{
    if (core->sas.half_open < IKE_HALF_OPEN_COOKIE_THRESHOLD) {
        return true;
    }
    const struct message *m = request->message;
    struct cookie_claim claim = {
        .nonce_i = m->nonce, .address = request->remote.address, .spi_i = m->header.initiator_spi};
    const struct notify_payload *notify = message_find_notify(m, NOTIFY_COOKIE);
    if (notify && cookie_jar_accepts(&core->cookies, &claim, notify->data)) {
        return true;
    }
    uint8_t cookie[COOKIE_BYTES];
    if (cookie_jar_make(&core->cookies, core->env->random, ike_core_now_ms(core), &claim, cookie) == 0) {
        answer_notify(request, NOTIFY_COOKIE, bytes_of(cookie, sizeof(cookie)));
    }
    return false;
}

static bool is_within_limits(struct ike_core *core, const struct received *request)
{
    if (core->sas.half_open < IKE_HALF_OPEN_MAX &&
        sa_table_half_open_of(&core->sas, &request->remote.address) < IKE_HALF_OPEN_PER_SOURCE_MAX) {
        return true;
    }
    core->drops.half_open_limit++;
    return false;
}

static void note_refusal(const struct init_choice *choice, const struct received *request)
{
    struct tunnel_failure failure;
    failure_init(&failure, "NO_PROPOSAL_CHOSEN", TUNNEL_SIDE_LOCAL);
    failure_say(&failure, "None of the peer's IKE proposals is configured here: %s.", choice->choice.why);
    failure_add_proposals(&failure, choice->tunnel->config->ike_offer, &request->message->sa);
    failure_note(choice->tunnel, &failure);
}

static bool choose(struct ike_core *core, const struct received *request, struct init_choice *choice)
{
    tunnel_choice_by_address(core, request, choice);
    if (!choice->tunnel) {
        answer_notify(request, choice->held_down ? NOTIFY_TEMPORARY_FAILURE : NOTIFY_NO_PROPOSAL_CHOSEN,
                      bytes_of(NULL, 0));
        return false;
    }
    if (choice->choice.notify == NOTIFY_INVALID_KE_PAYLOAD) {
        uint8_t group[2] = {(uint8_t)(choice->choice.group >> 8), (uint8_t)choice->choice.group};
        answer_notify(request, NOTIFY_INVALID_KE_PAYLOAD, bytes_of(group, sizeof(group)));
        return false;
    }
    if (choice->choice.notify != NOTIFY_NONE) {
        answer_notify(request, choice->choice.notify, bytes_of(NULL, 0));
        note_refusal(choice, request);
        return false;
    }
    return true;
}

// HDR, SAr1, KEr, Nr, N(NAT_DETECTION_*)
static int send_answer(struct init_answer *x)
{
    struct ike_sa *sa = x->base.sa;
    struct draft draft;
    struct bytes message;
    struct ike_header header = {
        .initiator_spi = sa->spi_i, .responder_spi = sa->spi_r, .exchange = EXCHANGE_IKE_SA_INIT, .response = true};
    message_begin(&draft.mw, draft.buffer, sizeof(draft.buffer), &header);
    message_put_sa(&draft.mw, &sa->chosen, 1);
    message_put_ke(&draft.mw, sa->suite.ke->id, bytes_of(x->public, x->public_n));
    message_put_nonce(&draft.mw, ike_nonce_view(&sa->nonce_r));
    if (sa->natt) {
        ike_sa_init_put_nat_detection(&draft.mw, sa);
    }
    int error = message_finish(&draft.mw, &message);
    if (error == 0) {
        error = kept_message_set(&sa->own_first, message);
    }
    if (error == 0) {
        error = transmit_send_first_answer(sa, message);
    }
    return error;
}

static void on_shared(void *owner, struct ike_job_result *result)
{
    struct init_answer *x = owner;
    struct ike_sa *sa = x->base.sa;
    x->base.job = 0;
    if (result->outcome != IKE_JOB_OK) {
        answer_notify(x->request, NOTIFY_INVALID_SYNTAX, bytes_of(NULL, 0));
        ike_sa_life_close(sa);
        return;
    }
    if (ike_sa_init_set_keys(sa, result->data) < 0 || send_answer(x) < 0) {
        ike_sa_life_close(sa);
        return;
    }
    exchange_drop(&sa->theirs);
}

static void on_key_pair(void *owner, struct ike_job_result *result)
{
    struct init_answer *x = owner;
    struct ike_sa *sa = x->base.sa;
    uint64_t job = result->outcome == IKE_JOB_OK ? exchange_wait(&x->base, on_shared) : 0;
    if (!job) {
        ike_sa_life_close(sa);
        return;
    }
    struct bytes public = kex_public(result->kex);
    memcpy(x->public, public.p, public.n);
    x->public_n = public.n;
    sa->core->env->kex_derive(sa->core->env->arg, job, result->kex, x->request->message->ke.data);
    result->kex = NULL;
}

static int begin_sa(struct ike_sa *sa, const struct received *request, const struct choice *choice)
{
    const struct message *m = request->message;
    struct ike_core *core = sa->core;
    sa->local = request->local;
    sa->remote = request->remote;
    sa->chosen = choice->chosen;
    sa->nonce_r.n = IKE_NONCE_BYTES;
    if (!ike_nonce_set(&sa->nonce_i, m->nonce)) {
        return -EINVAL;
    }
    int error = ike_suite_from(&sa->chosen, &sa->suite);
    if (error == 0) {
        error = random_fill(core->env->random, sa->nonce_r.b, sa->nonce_r.n);
    }
    if (error == 0) {
        error = kept_message_set(&sa->peer_first, bytes_of(request->datagram, request->datagram_n));
    }
    if (error == 0) {
        error = sa_table_add_half_open(&core->sas, sa);
    }
    return error;
}

static void begin(struct ike_core *core, struct received **request, const struct choice *choice)
{
    struct ike_sa *sa = ike_sa_life_begin(core, false, (*request)->message->header.initiator_spi);
    struct init_answer *x = sa ? calloc(1, sizeof(*x)) : NULL;
    if (!x || begin_sa(sa, *request, choice) < 0) {
        core->drops.no_memory++;
        free(x);
        if (sa) {
            ike_sa_life_close(sa);
        }
        return;
    }
    x->base = (struct exchange){.sa = sa, .destroy = destroy};
    sa->theirs = &x->base;
    ike_sa_init_judge_nat(sa, (*request)->message);
    transmit_accept_request(sa, *request);
    deadline_set(&core->deadlines, &sa->expiry, ike_core_now_ms(core) + IKE_HALF_OPEN_LIFETIME_MS);
    x->request = *request;
    *request = NULL;
    uint64_t job = exchange_wait(&x->base, on_key_pair);
    if (!job) {
        ike_sa_life_close(sa);
        return;
    }
    core->env->kex_generate(core->env->arg, job, sa->suite.ke);
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
        log_info("ike_sa_init_malformed", LOG_STR("why", error.text));
        answer_notify(*request, wire_status_notify(status),
                      bytes_of(&error.payload_type, status == WIRE_UNSUPPORTED_CRITICAL_PAYLOAD ? 1 : 0));
        return;
    }
    struct init_choice choice;
    if (!pays_with_cookie(core, *request) || !is_within_limits(core, *request) || !choose(core, *request, &choice)) {
        return;
    }
    begin(core, request, &choice.choice);
}
