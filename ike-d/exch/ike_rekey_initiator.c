#include "ike-d/exch/ike_rekey_initiator.h"

#include <stdlib.h>

#include "ike-d/exch/collision.h"
#include "ike-d/exch/failure.h"
#include "ike-d/exch/ike_rekey.h"
#include "ike-d/exch/ike_sa_life.h"
#include "ike-d/exch/next_request.h"
#include "ike-d/exch/transmit.h"
#include "ike-d/sa/tunnel.h"
#include "ike-d/wire/spi.h"
#include "lib/core/log.h"

struct rekey_exchange {
    struct exchange base;
    struct collision collision;
    struct offer *sent;
    struct ike_sa *fresh; // until it stands
    struct kex *kex;
    unsigned restarts;
};

static void destroy(struct exchange *base)
{
    struct rekey_exchange *x = (struct rekey_exchange *)base;
    if (x->fresh) {
        ike_sa_life_close(x->fresh);
    }
    offer_free(x->sent);
    kex_free(x->kex);
    free(x);
}

static void on_again(void *arg)
{
    next_request_start(arg);
}

// Not now: again until the hard limit.
static void hold(struct ike_sa *sa)
{
    struct deadline_heap *heap = &sa->core->deadlines;
    uint64_t wait_ms = next_request_wait_ms(sa, sa->rekey_refusals++);
    if (sa->rekey_again.fire || deadline_init(heap, &sa->rekey_again, on_again, sa) == 0) {
        deadline_set(heap, &sa->rekey_again, ike_core_now_ms(sa->core) + wait_ms);
    } else {
        sa->rekey_wanted = false; // without memory: the hard limit ends it
    }
}

// It comes to nothing; the old SA stays, unless the peer has replaced it meanwhile.
static void give_up(struct rekey_exchange *x)
{
    struct ike_sa *sa = x->base.sa;
    if (!ike_rekey_take_rival(sa)) {
        hold(sa);
    }
    exchange_drop(&sa->ours);
    next_request_start(sa);
}

static void fail(struct rekey_exchange *x, const struct tunnel_failure *failure)
{
    failure_record(x->base.sa->tunnel, failure);
    give_up(x);
}

__attribute__((format(printf, 3, 4))) static void fail_with(struct rekey_exchange *x, const char *notify,
                                                            const char *format, ...)
{
    struct tunnel_failure failure;
    va_list args;
    failure_init(&failure, notify, TUNNEL_SIDE_LOCAL);
    va_start(args, format);
    failure_vsay(&failure, format, args);
    va_end(args);
    fail(x, &failure);
}

// Both stand: the one with the lowest nonce goes (RFC 7296 2.8.1).
static void settle(struct ike_sa *sa, struct ike_sa *fresh)
{
    struct ike_sa *rival = collision_rival(sa);
    uint8_t lower[COLLISION_NONCE_BYTES];
    collision_lower_nonce(kept_message_view(&fresh->nonce_i), kept_message_view(&fresh->nonce_r), lower);
    if (rival && collision_is_lost(collision_of(sa), lower)) {
        log_info("ike_sa_collision_lost", LOG_HEX64("spi_i", fresh->spi_i), LOG_HEX64("rival", rival->spi_i));
        ike_sa_life_hear(fresh);
        ike_sa_set_state(fresh, IKE_SA_STATE_ESTABLISHED);
        ike_rekey_inherit(rival, sa); // the peer deletes the old one
        exchange_drop(&sa->ours);
        ike_sa_life_delete(fresh);
        return;
    }
    ike_rekey_inherit(fresh, sa);
    exchange_drop(&sa->ours);
    ike_sa_life_delete(sa);
}

static void on_shared(void *owner, struct ike_job_result *result)
{
    struct rekey_exchange *x = owner;
    struct ike_sa *sa = x->base.sa;
    struct ike_sa *fresh = x->fresh;
    x->base.job = 0;
    if (result->outcome != IKE_JOB_OK || ike_rekey_make_keys(fresh, sa, result->data) < 0) {
        // the peer has the new SA, and we don't: neither side could go on with either
        fail_with(x, "INTERNAL", "The keys of the new IKE SA could not be derived.");
        ike_sa_life_delete(sa);
        return;
    }
    x->fresh = NULL;
    settle(sa, fresh);
}

// The peer's answer into the new SA. NULL: it is right; else why not.
static const char *take_answer(struct rekey_exchange *x, const struct message *m)
{
    struct ike_sa *fresh = x->fresh;
    struct proposal chosen;
    const char *why = "it has no SA, nonce or KE payload";
    if (!message_has(m, PAYLOAD_SA) || !message_has(m, PAYLOAD_NONCE) || !message_has(m, PAYLOAD_KE)) {
        return why;
    }
    if (offer_accept_answer(x->sent, &m->sa, &chosen, &why) < 0) {
        return why;
    }
    fresh->spi_r = ike_rekey_spi_of(&chosen);
    if (fresh->spi_r == 0) {
        return "its SPI is none";
    }
    if (ike_rekey_set_suite(fresh, &chosen) < 0 || !x->kex || fresh->suite.ke->id != kex_algorithm(x->kex)->id ||
        m->ke.group != fresh->suite.ke->id) {
        return "its KE payload is not of the chosen group";
    }
    return kept_message_set(&fresh->nonce_r, m->nonce) < 0 ? "out of memory" : NULL;
}

static void on_key_pair(void *owner, struct ike_job_result *result);

static void generate(struct rekey_exchange *x, uint16_t group)
{
    const struct ike_env *env = x->base.sa->core->env;
    const struct ke_algorithm *ke = ke_find(group);
    uint64_t job = ke ? exchange_wait(&x->base, on_key_pair) : 0;
    if (!job) {
        fail_with(x, "INTERNAL", "Diffie-Hellman group %u is not available.", group);
        return;
    }
    env->kex_generate(env->arg, job, ke);
}

// RFC 7296 1.3, 2.25.2: what the peer refused.
static void take_error(struct rekey_exchange *x, const struct notify_payload *notify)
{
    struct ike_sa *sa = x->base.sa;
    struct tunnel_failure failure;
    if (notify->type == NOTIFY_INVALID_KE_PAYLOAD && !collision_rival(sa)) {
        uint16_t group = notify_payload_group(notify);
        if (x->restarts++ < IKE_INIT_RESTARTS_MAX && offer_has_group(x->sent, group)) {
            x->base.answered = false;
            generate(x, group);
            return;
        }
    }
    if (notify->type == NOTIFY_TEMPORARY_FAILURE || collision_rival(sa)) {
        log_info("ike_rekey_postponed", LOG_STR("tunnel", sa->tunnel->config->name),
                 LOG_STR("notify", notify_name(notify->type)));
        give_up(x);
        return;
    }
    failure_init(&failure, notify_name(notify->type), TUNNEL_SIDE_REMOTE);
    failure_add_proposals(&failure, sa->tunnel->config->ike_offer, NULL);
    failure_say(&failure,
                "The peer refused to replace the IKE SA (%s). It is tried again; at its hard lifetime the tunnel "
                "starts anew. Configure the same ike_proposals on both sides.",
                notify_name(notify->type));
    fail(x, &failure);
}

// HDR, SK {SA, Nr, KEr}
static void on_response(struct exchange *base, struct received **response)
{
    struct rekey_exchange *x = (struct rekey_exchange *)base;
    const struct ike_env *env = base->sa->core->env;
    const struct message *m = (*response)->message;
    const struct notify_payload *notify = message_find_error(m);
    if (notify) {
        take_error(x, notify);
        return;
    }
    const char *why = take_answer(x, m);
    if (why) {
        struct ike_sa *sa = base->sa;
        fail_with(x, "NO_PROPOSAL_CHOSEN", "The peer's answer to the rekey of the IKE SA is wrong: %s.", why);
        ike_sa_life_delete(sa);
        return;
    }
    uint64_t job = exchange_wait(base, on_shared);
    struct kex *kex = x->kex;
    if (!job) {
        ike_sa_life_delete(base->sa);
        return;
    }
    x->kex = NULL;
    env->kex_derive(env->arg, job, kex, m->ke.data);
}

// HDR, SK {SA, Ni, KEi}
static void on_key_pair(void *owner, struct ike_job_result *result)
{
    struct rekey_exchange *x = owner;
    struct ike_sa *sa = x->base.sa;
    struct draft draft;
    x->base.job = 0;
    if (result->outcome != IKE_JOB_OK) {
        fail_with(x, "INTERNAL", "A Diffie-Hellman key could not be made.");
        return;
    }
    kex_free(x->kex);
    x->kex = result->kex;
    result->kex = NULL;
    transmit_begin_request(sa, EXCHANGE_CREATE_CHILD_SA, &draft);
    message_put_sa(&draft.mw, x->sent->proposal, x->sent->n);
    message_put_nonce(&draft.mw, kept_message_view(&x->fresh->nonce_i));
    message_put_ke(&draft.mw, kex_algorithm(x->kex)->id, kex_public(x->kex));
    if (transmit_send_request(sa, &draft, EXCHANGE_CREATE_CHILD_SA, &x->base) < 0) {
        fail_with(x, "INTERNAL", "The rekey of the IKE SA could not be built.");
    }
}

bool ike_rekey_is_unsent(const struct ike_sa *sa)
{
    return collision_is_rekeying_ike(sa) && !sa->request.message.p && !sa->ours->answered;
}

static struct rekey_exchange *begin(struct ike_sa *sa)
{
    struct rekey_exchange *x = calloc(1, sizeof(*x));
    uint8_t spi[SPI_IKE_BYTES];
    if (!x) {
        return NULL;
    }
    x->base = (struct exchange){.sa = sa, .on_response = on_response, .destroy = destroy, .collision = &x->collision};
    x->collision.of_ike = true;
    x->fresh = ike_rekey_begin(sa, true, 0);
    if (!x->fresh) {
        free(x);
        return NULL;
    }
    x->sent = offer_for_wire(sa->tunnel->config->ike_offer, spi_put_ike(x->fresh->spi_i, spi), true);
    if (!x->sent) {
        destroy(&x->base);
        return NULL;
    }
    return x;
}

// The group of the SA that stands goes first: the peer is known to take it.
static uint16_t first_group(const struct ike_sa *sa)
{
    const struct offer *offer = sa->tunnel->config->ike_offer;
    uint16_t now = sa->suite.ke->id;
    return offer_has_group(offer, now) ? now : offer_first_group(offer);
}

void ike_rekey_start(struct ike_sa *sa)
{
    struct rekey_exchange *x = begin(sa);
    if (!x) {
        hold(sa);
        return;
    }
    sa->ours = &x->base;
    generate(x, first_group(sa));
}
