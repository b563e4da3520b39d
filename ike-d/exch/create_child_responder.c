#include "ike-d/exch/create_child_responder.h"

#include <stdlib.h>
#include <string.h>

#include "ike-d/exch/child_negotiation.h"
#include "ike-d/exch/collision.h"
#include "ike-d/exch/ike_rekey_responder.h"
#include "ike-d/exch/next_request.h"
#include "ike-d/exch/tunnel_driver.h"
#include "ike-d/exch/ke_answer.h"

struct create_answer {
    struct exchange base;
    struct received *request;
    struct child_sa *child;
    struct ike_nonce nonce;
    struct ke_answer ke; // empty without PFS
};

static void destroy(struct exchange *base)
{
    struct create_answer *x = (struct create_answer *)base;
    child_sa_free(x->child);
    received_free(x->request);
    free(x);
}

static void refuse(struct ike_sa *sa, enum notify_type type, struct bytes data)
{
    transmit_answer_notify(sa, EXCHANGE_CREATE_CHILD_SA, type, data);
    exchange_drop(&sa->theirs);
    next_request_start(sa);
}

static void refuse_unknown(struct ike_sa *sa, struct bytes spi)
{
    struct draft draft;
    struct notify_payload notify = {.protocol = PROPOSAL_ESP, .type = NOTIFY_CHILD_SA_NOT_FOUND, .spi = spi};
    transmit_begin_answer(sa, EXCHANGE_CREATE_CHILD_SA, &draft);
    message_put_notify(&draft.mw, &notify);
    (void)transmit_send_answer(sa, &draft);
    exchange_drop(&sa->theirs);
    next_request_start(sa);
}

// RFC 7296 1.3.3, 2.25: the pair that the peer's REKEY_SA names. False: refused.
static bool find_old(struct create_answer *x)
{
    struct ike_sa *sa = x->base.sa;
    const struct notify_payload *rekey = message_find_notify(x->request->message, NOTIFY_REKEY_SA);
    uint32_t spi;
    if (!rekey) {
        return true;
    }
    struct child_sa *old = notify_payload_spi(rekey, &spi) ? child_sa_find_out(sa, spi) : NULL;
    if (!old && collision_of(sa)) { // perhaps what the answer to our own request is going to tell
        refuse(sa, NOTIFY_TEMPORARY_FAILURE, bytes_of(NULL, 0));
        return false;
    }
    if (!old) {
        refuse_unknown(sa, rekey->spi);
        return false;
    }
    if (!collision_may_rekey_child(old)) {
        refuse(sa, NOTIFY_TEMPORARY_FAILURE, bytes_of(NULL, 0));
        return false;
    }
    x->child->replaces_spi_in = old->spi_in;
    return true;
}

// HDR, SK {SA, Nr, [KEr], TSi, TSr}
static void on_installed(void *owner, struct ike_job_result *result)
{
    struct create_answer *x = owner;
    struct ike_sa *sa = x->base.sa;
    struct draft draft;
    x->base.job = 0;
    if (result->outcome != IKE_JOB_OK) {
        refuse(sa, NOTIFY_TEMPORARY_FAILURE, bytes_of(NULL, 0));
        return;
    }
    if (!find_old(x)) { // our own rekey of it was over first, or it was deleted
        return;
    }
    transmit_begin_answer(sa, EXCHANGE_CREATE_CHILD_SA, &draft);
    child_negotiation_put_chosen(&draft.mw, x->child);
    message_put_nonce(&draft.mw, ike_nonce_view(&x->nonce));
    if (x->ke.n) {
        message_put_ke(&draft.mw, x->child->suite.ke->id, ke_answer_view(&x->ke));
    }
    child_negotiation_put_chosen_ts(&draft.mw, x->child);
    if (transmit_send_answer(sa, &draft) < 0) {
        refuse(sa, NOTIFY_TEMPORARY_FAILURE, bytes_of(NULL, 0));
        return;
    }
    child_negotiation_finish(x->child);
    x->child = NULL;
    exchange_drop(&sa->theirs);
    tunnel_driver_review(sa->tunnel);
    next_request_start(sa);
}

static void install(struct create_answer *x, struct bytes shared)
{
    struct child_key_source source = {
        .nonce_i = x->request->message->nonce, .nonce_r = ike_nonce_view(&x->nonce), .shared = shared};
    uint64_t job = exchange_wait(&x->base, on_installed);
    if (!job || child_negotiation_install(x->child, &source, job) < 0) {
        refuse(x->base.sa, NOTIFY_TEMPORARY_FAILURE, bytes_of(NULL, 0));
    }
}

static void on_shared(void *owner, struct ike_job_result *result)
{
    struct create_answer *x = owner;
    x->base.job = 0;
    if (!ke_answer_take(&x->ke, result)) {
        refuse(x->base.sa, NOTIFY_INVALID_KE_PAYLOAD, bytes_of(NULL, 0));
        return;
    }
    install(x, result->data);
}

static void on_spi(void *owner, struct ike_job_result *result)
{
    struct create_answer *x = owner;
    struct ike_sa *sa = x->base.sa;
    x->base.job = 0;
    if (result->outcome != IKE_JOB_OK) {
        refuse(sa, NOTIFY_TEMPORARY_FAILURE, bytes_of(NULL, 0));
        return;
    }
    x->child->spi_in = result->spi;
    if (!x->child->suite.ke) {
        install(x, bytes_of(NULL, 0));
        return;
    }
    if (!ke_answer_begin(&x->base, x->child->suite.ke, x->request->message->ke.data, on_shared)) {
        refuse(sa, NOTIFY_TEMPORARY_FAILURE, bytes_of(NULL, 0));
    }
}

static bool choose(struct create_answer *x)
{
    struct ike_sa *sa = x->base.sa;
    struct child_verdict verdict;
    child_negotiation_choose(x->child, x->request->message, true, &verdict);
    if (verdict.notify == NOTIFY_NONE) {
        return true;
    }
    uint8_t group[2];
    bool other_group = verdict.notify == NOTIFY_INVALID_KE_PAYLOAD;
    refuse(sa, verdict.notify, other_group ? notify_payload_put_group(verdict.group, group) : bytes_of(NULL, 0));
    if (!other_group) {
        failure_note_child(sa->tunnel, &verdict.failure);
    }
    return false;
}

static struct create_answer *begin(struct ike_sa *sa, struct received **request)
{
    struct create_answer *x = calloc(1, sizeof(*x));
    if (!x) {
        return NULL;
    }
    x->base = (struct exchange){.sa = sa, .destroy = destroy};
    sa->theirs = &x->base;
    x->request = *request;
    *request = NULL;
    x->child = child_sa_new(sa);
    x->nonce.n = IKE_NONCE_BYTES;
    if (!x->child || random_fill(sa->core->env->random, x->nonce.b, x->nonce.n) < 0) {
        return NULL;
    }
    return x;
}

void create_child_respond(struct ike_sa *sa, struct received **request)
{
    const struct message *m = (*request)->message;
    // the IKE SA has a successor, or will have one (RFC 7296 2.25.2)
    bool is_of_child = message_has(m, PAYLOAD_TSI) || message_has(m, PAYLOAD_TSR);
    if (!sa->tunnel || (is_of_child && collision_is_rekeying_ike(sa))) {
        refuse(sa, NOTIFY_TEMPORARY_FAILURE, bytes_of(NULL, 0));
        return;
    }
    if (!is_of_child) {
        ike_rekey_respond(sa, request);
        return;
    }
    if (!message_has(m, PAYLOAD_TSI) || !message_has(m, PAYLOAD_TSR) || child_sa_is_at_limit(sa)) {
        refuse(sa, NOTIFY_NO_ADDITIONAL_SAS, bytes_of(NULL, 0));
        return;
    }
    struct create_answer *x = begin(sa, request);
    if (!x) {
        refuse(sa, NOTIFY_TEMPORARY_FAILURE, bytes_of(NULL, 0));
        return;
    }
    if (!find_old(x) || !choose(x)) {
        return;
    }
    uint64_t job = exchange_wait(&x->base, on_spi);
    if (!job) {
        refuse(sa, NOTIFY_TEMPORARY_FAILURE, bytes_of(NULL, 0));
        return;
    }
    sa->core->env->esp_allocate_spi(sa->core->env->arg, job);
}
