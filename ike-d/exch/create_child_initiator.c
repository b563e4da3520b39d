#include "ike-d/exch/create_child_initiator.h"

#include <errno.h>
#include <stdlib.h>

#include "ike-d/exch/child_failure.h"
#include "ike-d/exch/child_negotiation.h"
#include "ike-d/exch/collision.h"
#include "ike-d/exch/ike_sa_life.h"
#include "ike-d/exch/next_request.h"
#include "ike-d/exch/tunnel_driver.h"
#include "ike-d/wire/spi.h"
#include "lib/core/log.h"

struct create_exchange {
    struct exchange base;
    struct collision collision;
    struct child_sa *child;
    struct child_offer offer;
    struct ike_nonce nonce;
    struct ike_nonce peer_nonce;
    struct kex *kex; // NULL without PFS
    unsigned restarts;
};

static void destroy(struct exchange *base)
{
    struct create_exchange *x = (struct create_exchange *)base;
    child_negotiation_drop_offer(&x->offer);
    child_sa_free(x->child);
    kex_free(x->kex);
    free(x);
}

// The failure is recorded already; another attempt follows by the tunnel's plan.
static void end(struct create_exchange *x)
{
    struct ike_sa *sa = x->base.sa;
    exchange_drop(&sa->ours);
    tunnel_driver_review(sa->tunnel);
    next_request_start(sa);
}

static void on_again(void *arg)
{
    struct child_sa *old = arg;
    next_request_start(old->sa);
}

// The replacement was refused for now, here or there.
static void hold(struct child_sa *old)
{
    struct deadline_heap *heap = &old->sa->core->deadlines;
    uint64_t wait_ms = next_request_wait_ms(old->sa, old->refusals++);
    if (old->again.fire || deadline_init(heap, &old->again, on_again, old) == 0) {
        deadline_set(heap, &old->again, ike_core_now_ms(old->sa->core) + wait_ms);
    } else {
        old->delete_wanted = true; // without memory: the tunnel starts anew
    }
}

static void give_up(struct create_exchange *x, const char *notify, const char *why)
{
    struct tunnel_failure failure;
    struct ike_sa *sa = x->base.sa;
    struct child_sa *old = child_sa_find_in(sa, x->child->replaces_spi_in);
    failure_init(&failure, notify, TUNNEL_SIDE_LOCAL);
    failure_say(&failure, "%s", why);
    child_failure_end_attempt(x->child->slot, &failure);
    if (old) {
        old->delete_wanted = true; // a tunnel without it starts anew
    }
    end(x);
}

static void on_installed(void *owner, struct ike_job_result *result)
{
    struct create_exchange *x = owner;
    struct ike_sa *sa = x->base.sa;
    x->base.job = 0;
    if (result->outcome != IKE_JOB_OK) {
        failure_of_job(sa, result, "Installing the CHILD_SA");
        ike_sa_life_delete(sa); // the peer has a CHILD_SA that we don't
        return;
    }
    child_negotiation_finish(x->child);
    x->child = NULL;
    end(x);
}

static void install(struct create_exchange *x, struct bytes shared)
{
    struct child_key_source source = {.nonce_i = ike_nonce_view(&x->nonce),
                                      .nonce_r = ike_nonce_view(&x->peer_nonce),
                                      .shared = shared,
                                      .initiator = true};
    uint64_t job = exchange_wait(&x->base, on_installed);
    if (!job || child_negotiation_install(x->child, &source, job) < 0) {
        ike_sa_life_delete(x->base.sa);
    }
}

static void on_shared(void *owner, struct ike_job_result *result)
{
    struct create_exchange *x = owner;
    x->base.job = 0;
    if (result->outcome != IKE_JOB_OK) {
        failure_of_job(x->base.sa, result, "The peer's Diffie-Hellman value");
        ike_sa_life_delete(x->base.sa);
        return;
    }
    install(x, result->data);
}

static void refuse_child(struct create_exchange *x, const struct tunnel_failure *failure)
{
    struct child_sa *child = x->child;
    struct child_sa *old = child_sa_find_in(child->sa, child->replaces_spi_in);
    if (old) {
        child_failure_note(old->slot, failure);
    } else {
        child_failure_end_attempt(child->slot, failure);
    }
    child_sa_link(child);
    child_sa_set_state(child, CHILD_SA_STATE_REKEYED);
    child->delete_wanted = true;
    x->child = NULL;
    if (old) {
        hold(old);
    }
    end(x);
}

static void on_key_pair(void *owner, struct ike_job_result *result);

static void generate(struct create_exchange *x, uint16_t group)
{
    struct ike_sa *sa = x->base.sa;
    uint64_t job = ke_find(group) ? exchange_wait(&x->base, on_key_pair) : 0;
    if (!job) {
        give_up(x, "INTERNAL", "A Diffie-Hellman key could not be made.");
        return;
    }
    sa->core->env->kex_generate(sa->core->env->arg, job, ke_find(group));
}

// RFC 7296 1.3: the same again, with a KE of the group that the peer wants. False: it is none of ours.
static bool take_group(struct create_exchange *x, const struct notify_payload *notify)
{
    uint16_t group = notify_payload_group(notify);
    if (x->restarts++ >= IKE_INIT_RESTARTS_MAX || !offer_has_group(x->offer.sent, group)) {
        return false;
    }
    child_negotiation_drop_offer(&x->offer);
    x->base.answered = false;
    generate(x, group);
    return true;
}

// The peer refused to replace `old`, which goes on until its hard limit.
static void take_rekey_error(struct create_exchange *x, struct child_sa *old, const struct notify_payload *notify)
{
    struct ike_sa *sa = x->base.sa;
    if (notify->type == NOTIFY_CHILD_SA_NOT_FOUND) {
        old->slot->due = true; // the peer has forgotten it already: a new one, then
        child_sa_free(old);
        exchange_drop(&sa->ours);
        next_request_start(sa);
        return;
    }
    if (notify->type == NOTIFY_TEMPORARY_FAILURE) {
        log_info("child_rekey_postponed", LOG_STR("tunnel", sa->tunnel->config->name),
                 LOG_HEX32("spi_in", old->spi_in));
    } else {
        struct tunnel_failure failure;
        failure_describe_notify(sa, notify, "CREATE_CHILD_SA", &failure);
        child_failure_note(old->slot, &failure);
    }
    hold(old);
    end(x);
}

// A peer that makes CHILD_SAs in IKE_AUTH alone, or that refuses here what it accepts there, since PFS counts only
// here: with nothing left to be lost, all begins anew.
static bool must_start_anew(const struct ike_sa *sa, const struct notify_payload *notify)
{
    return sa->had_child && !sa->children &&
           (notify->type == NOTIFY_NO_ADDITIONAL_SAS || notify->type == NOTIFY_NO_PROPOSAL_CHOSEN ||
            notify->type == NOTIFY_INVALID_KE_PAYLOAD);
}

// What the peer refused (RFC 7296 1.3, 2.25).
static void take_error(struct create_exchange *x, const struct notify_payload *notify)
{
    struct ike_sa *sa = x->base.sa;
    struct child_sa *old = child_sa_find_in(sa, x->child->replaces_spi_in);
    bool is_rekey = x->child->replaces_spi_in != 0;
    if (is_rekey && (!old || !collision_is_current(old))) {
        end(x); // the peer has replaced or deleted it meanwhile
        return;
    }
    if (!is_rekey && child_failure_learn_single_pair(x->child->slot, notify)) {
        end(x); // which begins anew
        return;
    }
    if (notify->type == NOTIFY_INVALID_KE_PAYLOAD && take_group(x, notify)) {
        return;
    }
    if (is_rekey) {
        take_rekey_error(x, old, notify);
        return;
    }
    child_failure_of_notify(sa, x->child->slot, notify, "CREATE_CHILD_SA");
    if (must_start_anew(sa, notify)) {
        ike_sa_life_delete(sa);
    } else {
        end(x);
    }
}

// The peer has deleted the new pair before we knew of it: what it replaced is ours to delete.
static void bury(struct create_exchange *x)
{
    struct ike_sa *sa = x->base.sa;
    struct child_sa *old = child_sa_find_in(sa, x->child->replaces_spi_in);
    log_info("child_sa_stillborn", LOG_STR("tunnel", sa->tunnel->config->name),
             LOG_HEX32("spi_out", x->child->spi_out));
    if (old && collision_is_current(old)) {
        old->delete_wanted = true;
    }
    end(x);
}

// HDR, SK {SA, Nr, [KEr], TSi, TSr}
static void on_response(struct exchange *base, struct received **response)
{
    struct create_exchange *x = (struct create_exchange *)base;
    struct ike_sa *sa = base->sa;
    const struct message *m = (*response)->message;
    const struct notify_payload *notify = message_find_error(m);
    struct tunnel_failure failure;
    if (notify) {
        take_error(x, notify);
        return;
    }
    if (child_negotiation_take_answer(x->child, &x->offer, m, &failure) != NOTIFY_NONE) {
        refuse_child(x, &failure);
        return;
    }
    if (collision_is_stillborn(&x->collision, x->child->spi_out)) {
        bury(x);
        return;
    }
    bool pfs = x->child->suite.ke != NULL;
    bool has_ke = message_has(m, PAYLOAD_KE) && x->kex && m->ke.group == kex_algorithm(x->kex)->id;
    if (!ike_nonce_set(&x->peer_nonce, m->nonce) || (pfs && !has_ke)) {
        failure_init(&failure, "INVALID_SYNTAX", TUNNEL_SIDE_LOCAL);
        failure_say(&failure, "The peer's CREATE_CHILD_SA answer has no KE payload of the chosen group.");
        refuse_child(x, &failure);
        return;
    }
    if (!pfs) {
        install(x, bytes_of(NULL, 0));
        return;
    }
    uint64_t job = exchange_wait(base, on_shared);
    struct kex *kex = x->kex;
    if (!job) {
        ike_sa_life_delete(sa);
        return;
    }
    x->kex = NULL;
    sa->core->env->kex_derive(sa->core->env->arg, job, kex, m->ke.data);
}

static void put_rekey(struct message_writer *mw, const struct child_sa *old)
{
    uint8_t spi[SPI_ESP_BYTES];
    struct notify_payload notify = {
        .protocol = PROPOSAL_ESP, .type = NOTIFY_REKEY_SA, .spi = spi_put_esp(old->spi_in, spi)};
    message_put_notify(mw, &notify);
}

// HDR, SK {[N(REKEY_SA)], SA, Ni, [KEi], TSi, TSr}
static void send_request(struct create_exchange *x)
{
    struct ike_sa *sa = x->base.sa;
    struct draft draft;
    const struct child_sa *old = child_sa_find_in(sa, x->child->replaces_spi_in);
    if (x->child->replaces_spi_in && (!old || !collision_is_current(old))) {
        end(x); // the peer has replaced or deleted it meanwhile
        return;
    }
    int error = child_negotiation_make_offer(x->child, x->kex != NULL, &x->offer);
    if (error < 0) {
        give_up(x, "INTERNAL", child_negotiation_offer_error(error));
        return;
    }
    transmit_begin_request(sa, EXCHANGE_CREATE_CHILD_SA, &draft);
    if (old) {
        put_rekey(&draft.mw, old);
    }
    child_negotiation_put_sa(&draft.mw, &x->offer);
    message_put_nonce(&draft.mw, ike_nonce_view(&x->nonce));
    if (x->kex) {
        message_put_ke(&draft.mw, kex_algorithm(x->kex)->id, kex_public(x->kex));
    }
    child_negotiation_put_ts(&draft.mw, &x->offer);
    if (transmit_send_request(sa, &draft, EXCHANGE_CREATE_CHILD_SA, &x->base) < 0) {
        give_up(x, "INTERNAL", "CREATE_CHILD_SA could not be built.");
    }
}

static void on_key_pair(void *owner, struct ike_job_result *result)
{
    struct create_exchange *x = owner;
    x->base.job = 0;
    if (result->outcome != IKE_JOB_OK) {
        give_up(x, "INTERNAL", "A Diffie-Hellman key could not be made.");
        return;
    }
    kex_free(x->kex);
    x->kex = result->kex;
    result->kex = NULL;
    send_request(x);
}

static void on_spi(void *owner, struct ike_job_result *result)
{
    struct create_exchange *x = owner;
    struct ike_sa *sa = x->base.sa;
    x->base.job = 0;
    if (result->outcome != IKE_JOB_OK) {
        struct child_sa *old = child_sa_find_in(sa, x->child->replaces_spi_in);
        child_failure_of_job(sa, x->child->slot, result, "Allocating an SPI in esp-d");
        if (old) {
            hold(old);
        }
        end(x);
        return;
    }
    x->child->spi_in = result->spi;
    uint16_t group = offer_first_group(sa->tunnel->config->esp_offer);
    if (group == KE_NONE) {
        send_request(x);
    } else {
        generate(x, group);
    }
}

static int begin(struct create_exchange *x, struct ike_sa *sa, struct child_slot *slot, const struct child_sa *old)
{
    x->base = (struct exchange){.sa = sa, .on_response = on_response, .destroy = destroy, .collision = &x->collision};
    x->collision.old_spi_in = old ? old->spi_in : 0;
    sa->ours = &x->base;
    x->child = child_sa_new(sa);
    if (!x->child) {
        return -ENOMEM;
    }
    x->child->slot = slot;
    x->child->replaces_spi_in = old ? old->spi_in : 0;
    if (!old) {
        sa->making = slot;
        slot->due = false;
    }
    x->nonce.n = IKE_NONCE_BYTES;
    return random_fill(sa->core->env->random, x->nonce.b, x->nonce.n);
}

void create_child_start(struct ike_sa *sa, struct child_slot *slot, struct child_sa *old)
{
    struct create_exchange *x = calloc(1, sizeof(*x));
    if (!x) {
        return; // due still; tried again at the next occasion
    }
    uint64_t job = begin(x, sa, slot, old) == 0 ? exchange_wait(&x->base, on_spi) : 0;
    if (!job) {
        exchange_drop(&sa->ours);
        return;
    }
    sa->core->env->esp_allocate_spi(sa->core->env->arg, job);
}
