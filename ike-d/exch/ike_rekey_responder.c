#include "ike-d/exch/ike_rekey_responder.h"

#include <stdlib.h>
#include <string.h>

#include "ike-d/exch/ike_sa_life.h"
#include "ike-d/exch/transmit.h"
#include "ike-d/exch/ke_answer.h"
#include "ike-d/sa/tunnel.h"
#include "lib/core/log.h"

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
}

static void put_spi(struct proposal *chosen, uint64_t spi)
{
    chosen->spi_size = 8;
    for (int i = 0; i < 8; i++) {
        chosen->spi[i] = (uint8_t)(spi >> (56 - 8 * i));
    }
}

static uint64_t spi_of(const struct proposal *chosen)
{
    uint64_t spi = 0;
    for (int i = 0; i < 8; i++) {
        spi = spi << 8 | chosen->spi[i];
    }
    return chosen->spi_size == 8 ? spi : 0;
}

// HDR, SK {SA, Nr, KEr}
static int send_answer(const struct rekey_answer *x)
{
    struct ike_sa *sa = x->base.sa;
    struct proposal chosen = kept_proposal_get(&x->fresh->chosen);
    struct draft draft;
    put_spi(&chosen, x->fresh->spi_r);
    transmit_begin_answer(sa, EXCHANGE_CREATE_CHILD_SA, &draft);
    message_put_sa(&draft.mw, &chosen, 1);
    message_put_nonce(&draft.mw, kept_message_view(&x->fresh->nonce_r));
    message_put_ke(&draft.mw, x->fresh->suite.ke->id, ke_answer_view(&x->ke));
    return transmit_send_answer(sa, &draft);
}

// The old IKE SA keeps nothing but its keys, to answer the peer's DELETE.
static void inherit(struct ike_sa *fresh, struct ike_sa *old)
{
    struct tunnel *tunnel = old->tunnel;
    log_info("ike_sa_rekeyed", LOG_STR("tunnel", tunnel->config->name), LOG_HEX64("old_spi_i", old->spi_i),
             LOG_HEX64("new_spi_i", fresh->spi_i));
    fresh->children = old->children;
    old->children = NULL;
    for (struct child_sa *child = fresh->children; child; child = child->next) {
        child->sa = fresh;
    }
    ike_sa_set_tunnel(old, NULL);
    ike_sa_set_tunnel(fresh, tunnel);
    deadline_clear(&old->core->deadlines, &old->liveness);
    deadline_set(&old->core->deadlines, &old->expiry, ike_core_now_ms(old->core) + IKE_DELETING_LINGER_MS);
    ike_sa_life_hear(fresh);
    ike_sa_life_establish(fresh);
}

static int make_keys(struct ike_sa *fresh, const struct ike_sa *old, struct bytes shared)
{
    struct ike_key_seed seed = {
        .nonce_i = kept_message_view(&fresh->nonce_i),
        .nonce_r = kept_message_view(&fresh->nonce_r),
        .spi_i = fresh->spi_i,
        .spi_r = fresh->spi_r,
        .shared = shared,
    };
    int error =
        ike_keys_derive_rekey(&fresh->suite, old->suite.prf, secret_key_view(&old->keys.sk_d), &seed, &fresh->keys);
    if (error == 0) {
        error = sk_init(&fresh->sk, &fresh->suite, &fresh->keys, false);
    }
    fresh->has_keys = error == 0;
    return error;
}

static void on_shared(void *owner, struct ike_job_result *result)
{
    struct rekey_answer *x = owner;
    struct ike_sa *sa = x->base.sa;
    struct ike_sa *fresh = x->fresh;
    x->base.job = 0;
    if (result->outcome != IKE_JOB_OK) {
        refuse(sa, NOTIFY_INVALID_KE_PAYLOAD, bytes_of(NULL, 0));
        return;
    }
    // a request of ours that began meanwhile has its answer to come on the old one
    if (transmit_is_busy(sa) || make_keys(fresh, sa, result->data) < 0 || send_answer(x) < 0) {
        refuse(sa, NOTIFY_TEMPORARY_FAILURE, bytes_of(NULL, 0));
        return;
    }
    x->fresh = NULL;
    exchange_drop(&sa->theirs);
    inherit(fresh, sa);
}

static void on_key_pair(void *owner, struct ike_job_result *result)
{
    struct rekey_answer *x = owner;
    if (!ke_answer_derive(&x->ke, &x->base, result, x->request->message->ke.data, on_shared)) {
        refuse(x->base.sa, NOTIFY_TEMPORARY_FAILURE, bytes_of(NULL, 0));
    }
}

static struct ike_sa *begin_fresh(const struct ike_sa *old, const struct message *m, const struct proposal *chosen)
{
    struct ike_sa *fresh = ike_sa_life_begin(old->core, false, spi_of(chosen));
    if (!fresh) {
        return NULL;
    }
    fresh->local = old->local;
    fresh->remote = old->remote;
    fresh->natt = old->natt;
    fresh->local_nat = old->local_nat;
    fresh->remote_nat = old->remote_nat;
    fresh->own_features = old->own_features;
    fresh->peer_features = old->peer_features;
    fresh->packet_bytes = old->packet_bytes;
    if (kept_identity_copy(&fresh->local_id, &old->local_id) < 0 ||
        kept_identity_copy(&fresh->remote_id, &old->remote_id) < 0 || kept_proposal_set(&fresh->chosen, chosen) < 0 ||
        ike_suite_from(chosen, &fresh->suite) < 0 || kept_message_set(&fresh->nonce_i, m->nonce) < 0 ||
        ike_sa_draw_nonce(fresh, &fresh->nonce_r) < 0) {
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
        uint8_t data[2] = {(uint8_t)(ret_choice->group >> 8), (uint8_t)ret_choice->group};
        refuse(sa, NOTIFY_INVALID_KE_PAYLOAD, bytes_of(data, sizeof(data)));
        return false;
    }
    if (ret_choice->notify != NOTIFY_NONE || spi_of(&ret_choice->chosen) == 0) {
        refuse(sa, NOTIFY_NO_PROPOSAL_CHOSEN, bytes_of(NULL, 0));
        return false;
    }
    return true;
}

// HDR, SK {SA, Ni, KEi}
void ike_rekey_respond(struct ike_sa *sa, struct received **request)
{
    struct choice choice;
    if (transmit_is_busy(sa)) { // RFC 7296 2.25.2
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
    uint64_t job = exchange_wait(&x->base, on_key_pair);
    if (!job) {
        refuse(sa, NOTIFY_TEMPORARY_FAILURE, bytes_of(NULL, 0));
        return;
    }
    sa->core->env->kex_generate(sa->core->env->arg, job, fresh->suite.ke);
}
