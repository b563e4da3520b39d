#include "ike-d/exch/ike_rekey_responder.h"

#include <stdlib.h>

#include "ike-d/exch/collision.h"
#include "ike-d/exch/ike_rekey.h"
#include "ike-d/exch/ike_rekey_initiator.h"
#include "ike-d/exch/ike_sa_life.h"
#include "ike-d/exch/informational_initiator.h"
#include "ike-d/exch/next_request.h"
#include "ike-d/exch/transmit.h"
#include "ike-d/exch/ke_answer.h"
#include "ike-d/sa/tunnel.h"

struct rekey_answer {
    struct exchange base;
    struct received *request;
    struct ike_sa *fresh; // until it stands
    struct ke_answer ke;
};

static void destroy(struct exchange *base)
{
    struct rekey_answer *x = (struct rekey_answer *)base;
    if (x->fresh) {
        ike_sa_life_close(x->fresh);
    }
    received_free(x->request);
    free(x);
}

static void refuse(struct ike_sa *sa, enum notify_type type, struct bytes data)
{
    transmit_answer_notify(sa, EXCHANGE_CREATE_CHILD_SA, type, data);
    exchange_drop(&sa->theirs);
    next_request_start(sa);
}

// HDR, SK {SA, Nr, KEr}
static int send_answer(const struct rekey_answer *x)
{
    struct ike_sa *sa = x->base.sa;
    struct proposal chosen = kept_proposal_get(&x->fresh->chosen);
    struct draft draft;
    ike_rekey_put_spi(&chosen, x->fresh->spi_r);
    transmit_begin_answer(sa, EXCHANGE_CREATE_CHILD_SA, &draft);
    message_put_sa(&draft.mw, &chosen, 1);
    message_put_nonce(&draft.mw, kept_message_view(&x->fresh->nonce_r));
    message_put_ke(&draft.mw, x->fresh->suite.ke->id, ke_answer_view(&x->ke));
    return transmit_send_answer(sa, &draft);
}

// What of ours may be on its way when the peer replaces the IKE SA (RFC 7296 2.25.2): our own rekey, and a liveness
// check, whose answer comes on the old one.
static bool is_in_the_way(const struct ike_sa *sa)
{
    bool may_collide = collision_is_rekeying_ike(sa) && !sa->ours->answered;
    return transmit_is_busy(sa) && !may_collide && !informational_is_probe(sa->ours);
}

static void on_shared(void *owner, struct ike_job_result *result)
{
    struct rekey_answer *x = owner;
    struct ike_sa *sa = x->base.sa;
    struct ike_sa *fresh = x->fresh;
    x->base.job = 0;
    if (!ke_answer_take(&x->ke, result)) {
        refuse(sa, NOTIFY_INVALID_KE_PAYLOAD, bytes_of(NULL, 0));
        return;
    }
    if (is_in_the_way(sa) || ike_rekey_make_keys(fresh, sa, result->data) < 0 || send_answer(x) < 0) {
        refuse(sa, NOTIFY_TEMPORARY_FAILURE, bytes_of(NULL, 0));
        return;
    }
    x->fresh = NULL;
    exchange_drop(&sa->theirs);
    if (collision_is_rekeying_ike(sa)) {
        ike_rekey_wait(fresh, sa);
    } else {
        ike_rekey_inherit(fresh, sa);
    }
}

static struct ike_sa *begin_fresh(const struct ike_sa *old, const struct message *m, const struct proposal *chosen)
{
    struct ike_sa *fresh = ike_rekey_begin(old, false, ike_rekey_spi_of(chosen));
    if (fresh && (ike_rekey_set_suite(fresh, chosen) < 0 || kept_message_set(&fresh->nonce_i, m->nonce) < 0)) {
        ike_sa_life_close(fresh);
        return NULL;
    }
    return fresh;
}

static bool choose(struct ike_sa *sa, const struct message *m, struct choice *ret_choice)
{
    uint16_t group = message_has(m, PAYLOAD_KE) ? m->ke.group : KE_NONE;
    offer_choose_ike(sa->tunnel->config->ike_offer, &m->sa, group, ret_choice);
    if (ret_choice->notify == NOTIFY_INVALID_KE_PAYLOAD) {
        uint8_t data[2];
        refuse(sa, NOTIFY_INVALID_KE_PAYLOAD, notify_payload_put_group(ret_choice->group, data));
        return false;
    }
    if (ret_choice->notify != NOTIFY_NONE || ike_rekey_spi_of(&ret_choice->chosen) == 0) {
        refuse(sa, NOTIFY_NO_PROPOSAL_CHOSEN, bytes_of(NULL, 0));
        return false;
    }
    return true;
}

// HDR, SK {SA, Ni, KEi}
void ike_rekey_respond(struct ike_sa *sa, struct received **request)
{
    struct choice choice;
    if (ike_rekey_is_unsent(sa)) { // the peer was faster
        exchange_drop(&sa->ours);
    }
    if (is_in_the_way(sa)) {
        refuse(sa, NOTIFY_TEMPORARY_FAILURE, bytes_of(NULL, 0));
        return;
    }
    if (!choose(sa, (*request)->message, &choice)) {
        return;
    }
    struct rekey_answer *x = calloc(1, sizeof(*x));
    struct ike_sa *fresh = x ? begin_fresh(sa, (*request)->message, &choice.chosen) : NULL;
    if (!fresh) {
        free(x);
        refuse(sa, NOTIFY_TEMPORARY_FAILURE, bytes_of(NULL, 0));
        return;
    }
    x->base = (struct exchange){.sa = sa, .destroy = destroy};
    x->fresh = fresh;
    x->request = *request;
    *request = NULL;
    sa->theirs = &x->base;
    if (!ke_answer_begin(&x->base, fresh->suite.ke, x->request->message->ke.data, on_shared)) {
        refuse(sa, NOTIFY_TEMPORARY_FAILURE, bytes_of(NULL, 0));
    }
}
