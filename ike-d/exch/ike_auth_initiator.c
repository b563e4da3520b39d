#include "ike-d/exch/ike_auth.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ike-d/exch/announce.h"
#include "ike-d/exch/child_failure.h"
#include "ike-d/exch/child_negotiation.h"
#include "ike-d/exch/duplicate.h"
#include "ike-d/exch/ike_sa_life.h"
#include "ike-d/exch/mobike_addresses.h"
#include "ike-d/exch/mobike_message.h"
#include "ike-d/exch/next_request.h"
#include "ike-d/exch/port_fallback.h"
#include "ike-d/exch/ppk.h"
#include "ike-d/exch/proof.h"
#include "ike-d/exch/reauthentication.h"
#include "ike-d/exch/secret_rotation.h"
#include "ike-d/exch/tunnel_choice.h"
#include "ike-d/exch/tunnel_driver.h"
#include "ike-d/sa/tunnel.h"

struct auth_exchange {
    struct exchange base;
    struct child_sa *child;
    struct child_offer offer;
    struct received *response;
    struct proof proof;
    bool childless;              // no CHILD_SA in this exchange (RFC 6023)
    bool mixed;                  // the SA's keys are mixed with a PPK (RFC 8784)
    struct ppk_plain_keys plain; // as they were before
    bool proves_plain;           // our AUTH without PPK is being made, for NO_PPK_AUTH
    struct proof plain_proof;
};

static void destroy(struct exchange *base)
{
    struct auth_exchange *x = (struct auth_exchange *)base;
    child_negotiation_drop_offer(&x->offer);
    child_sa_free(x->child);
    received_free(x->response);
    ppk_wipe(&x->plain);
    free(x);
}

static void give_up(struct ike_sa *sa, const char *notify, const char *why)
{
    struct tunnel_failure failure;
    failure_init(&failure, notify, TUNNEL_SIDE_LOCAL);
    failure_say(&failure, "%s", why);
    failure_end_attempt(sa->tunnel, &failure);
    ike_sa_life_close(sa);
}

// The peer believes that the SA stands; RFC 7296 2.21.2 tells it with an INFORMATIONAL of its own.
static void reject_peer(struct ike_sa *sa, const struct tunnel_failure *failure)
{
    struct tunnel *tunnel = sa->tunnel;
    failure_end_attempt(tunnel, failure);
    exchange_drop(&sa->ours);
    sa->auth_failed = true;
    sa->delete_wanted = true;
    ike_sa_set_state(sa, IKE_SA_STATE_DELETING);
    next_request_start(sa);
    tunnel_driver_review(tunnel);
}

static void establish(struct auth_exchange *x)
{
    struct ike_sa *sa = x->base.sa;
    exchange_drop(&sa->ours);
    reauthentication_plan(sa);
    ike_sa_life_establish(sa);
}

// The IKE SA stands, the CHILD_SA does not (RFC 7296 1.2); it is tried again later on the same IKE SA.
static void establish_childless(struct auth_exchange *x, const struct tunnel_failure *failure)
{
    child_failure_end_attempt(x->base.sa->making, failure);
    establish(x);
}

static void on_installed(void *owner, struct ike_job_result *result)
{
    struct auth_exchange *x = owner;
    struct ike_sa *sa = x->base.sa;
    x->base.job = 0;
    if (result->outcome != IKE_JOB_OK) {
        failure_of_job(sa, result, "Installing the CHILD_SA");
        ike_sa_set_state(sa, IKE_SA_STATE_ESTABLISHED);
        ike_sa_life_delete(sa); // the peer has a CHILD_SA that we don't
        return;
    }
    child_negotiation_finish(x->child);
    x->child = NULL;
    establish(x);
}

// The peer made a CHILD_SA that we can't accept: it is deleted at once.
static void refuse_child(struct auth_exchange *x, const struct tunnel_failure *failure)
{
    struct child_sa *child = x->child;
    child_sa_link(child);
    child_sa_set_state(child, CHILD_SA_STATE_REKEYED);
    child->delete_wanted = true;
    x->child = NULL;
    establish_childless(x, failure);
}

static void take_child(struct auth_exchange *x)
{
    struct ike_sa *sa = x->base.sa;
    const struct message *m = x->response->message;
    const struct notify_payload *notify = message_find_error(m);
    struct tunnel_failure failure;
    if (x->childless) {
        establish(x);
        return;
    }
    if (notify) {
        if (!child_failure_learn_single_pair(sa->making, notify)) {
            child_failure_of_notify(sa, sa->making, notify, "IKE_AUTH");
        }
        establish(x);
        return;
    }
    if (child_negotiation_take_answer(x->child, &x->offer, m, &failure) != NOTIFY_NONE) {
        refuse_child(x, &failure);
        return;
    }
    struct child_key_source source = {
        .nonce_i = kept_message_view(&sa->nonce_i), .nonce_r = kept_message_view(&sa->nonce_r), .initiator = true};
    uint64_t job = exchange_wait(&x->base, on_installed);
    if (!job || child_negotiation_install(x->child, &source, job) < 0) {
        give_up(sa, "INTERNAL", "The keys of the CHILD_SA could not be made.");
    }
}

static void on_verified(void *owner, struct ike_job_result *result)
{
    struct auth_exchange *x = owner;
    struct ike_sa *sa = x->base.sa;
    struct tunnel_failure failure;
    x->base.job = 0;
    if (result->outcome == IKE_JOB_OK && proof_accept(sa, result) == 0) {
        take_child(x);
        return;
    }
    if (proof_says_refused(sa, result, &failure)) {
        reject_peer(sa, &failure);
        return;
    }
    failure_of_job(sa, result, "Judging the peer's AUTH");
    ike_sa_life_close(sa);
}

static bool identity_fits(struct ike_sa *sa, const struct message *m)
{
    struct identity_pattern wanted = tunnel_choice_peer_id(sa->tunnel, sa);
    struct tunnel_failure failure;
    char expected[IDENTITY_TEXT_MAX];
    char found[IDENTITY_TEXT_MAX];
    struct identity peer = {.type = IDENTITY_NONE};
    if (identity_from_wire(m->idr.type, m->idr.data, &peer) == 0 && identity_pattern_fits(&wanted, &peer) &&
        kept_identity_set(&sa->remote_id, &peer) == 0) {
        return true;
    }
    failure_init(&failure, "AUTHENTICATION_FAILED", TUNNEL_SIDE_LOCAL);
    (void)identity_pattern_format(&wanted, expected, sizeof(expected));
    (void)identity_format(&peer, found, sizeof(found));
    failure_say(&failure,
                "The peer calls itself %.150s, this tunnel expects %.150s. Set remote.id here to what the peer calls "
                "itself, or local.id there to what is expected here.",
                found, expected);
    struct identity own = tunnel_choice_own_id(sa->tunnel, sa); // as we called ourselves; it did not object
    failure_compare_identities(&failure, sa, sa->tunnel, &peer, &own);
    reject_peer(sa, &failure);
    return false;
}

static void take_refusal(struct auth_exchange *x, const struct notify_payload *notify)
{
    struct ike_sa *sa = x->base.sa;
    struct tunnel_failure failure;
    if (notify->type == NOTIFY_AUTHENTICATION_FAILED && secret_rotation_try_other(sa)) {
        ike_sa_life_close(sa);
        return;
    }
    failure_describe_notify(sa, notify, "IKE_AUTH", &failure);
    if (notify->type == NOTIFY_AUTHENTICATION_FAILED) {
        ppk_add_hint(sa, &failure);
    }
    failure_end_attempt(sa->tunnel, &failure);
    ike_sa_life_close(sa);
}

// The peer confirms our PPK, or has authenticated without it (RFC 8784 3).
static bool settle_ppk(struct auth_exchange *x, const struct message *m)
{
    struct ike_sa *sa = x->base.sa;
    struct tunnel_failure failure;
    if (x->mixed && !message_find_notify(m, NOTIFY_PPK_IDENTITY)) {
        if (sa->tunnel->config->ppk_required) {
            ppk_say_unconfirmed(sa, &failure);
            reject_peer(sa, &failure);
            return false;
        }
        ppk_undo(sa, &x->plain);
        x->mixed = false;
    }
    sa->own_features.ppk = x->mixed;
    return true;
}

// HDR, SK {IDr, AUTH, SAr2, TSi, TSr}
static void on_response(struct exchange *base, struct received **response)
{
    struct auth_exchange *x = (struct auth_exchange *)base;
    struct ike_sa *sa = base->sa;
    const struct message *m = (*response)->message;
    const struct notify_payload *notify = message_find_error(m);
    if (!message_has(m, PAYLOAD_AUTH) || !message_has(m, PAYLOAD_IDR)) {
        if (notify) {
            take_refusal(x, notify);
        } else {
            give_up(sa, "INVALID_SYNTAX", "The peer's IKE_AUTH answer has no identity or no AUTH.");
        }
        return;
    }
    x->response = *response;
    *response = NULL;
    sa->order = ++sa->core->last_order;
    announce_hear(sa, m);
    reauthentication_hear_lifetime(sa, m);
    mobike_message_begin(sa, m);
    if (!identity_fits(sa, m) || !settle_ppk(x, m)) {
        return;
    }
    struct tunnel_failure failure;
    if (!proof_has_right_method(sa, m, &failure)) {
        reject_peer(sa, &failure);
        return;
    }
    uint64_t job = exchange_wait(base, on_verified);
    if (!job) {
        give_up(sa, "INTERNAL", "Out of memory.");
        return;
    }
    proof_verify(sa, m, m->auth.data, job);
}

static void put_ppk(struct message_writer *mw, const struct auth_exchange *x)
{
    if (x->mixed) {
        ppk_put_identity(mw, x->base.sa);
    }
    if (x->mixed && x->plain_proof.n) {
        message_put_status(mw, NOTIFY_NO_PPK_AUTH, bytes_of(x->plain_proof.b, x->plain_proof.n));
    }
}

// HDR, SK {IDi, [N(INITIAL_CONTACT)], [CERT+, CERTREQ], IDr, AUTH, [N(PPK_IDENTITY), [N(NO_PPK_AUTH)]], [SAi2, TSi,
// TSr], N(what we can)}
static void send_request(struct auth_exchange *x)
{
    struct ike_sa *sa = x->base.sa;
    struct identity_pattern peer_id = tunnel_choice_peer_id(sa->tunnel, sa);
    struct identity own_id = kept_identity_get(&sa->local_id);
    struct draft draft;
    int error = x->childless ? 0 : child_negotiation_make_offer(x->child, false, &x->offer);
    if (error < 0) {
        give_up(sa, "INTERNAL", child_negotiation_offer_error(error));
        return;
    }
    transmit_begin_request(sa, EXCHANGE_IKE_AUTH, &draft);
    message_put_id(&draft.mw, PAYLOAD_IDI, &own_id);
    if (duplicate_is_first_contact(sa)) {
        message_put_status(&draft.mw, NOTIFY_INITIAL_CONTACT, bytes_of(NULL, 0));
    }
    proof_put_certificates(&draft.mw, sa);
    if (peer_id.kind == IDENTITY_PATTERN_EXACT) {
        message_put_id(&draft.mw, PAYLOAD_IDR, &peer_id.identity);
    }
    proof_put(&draft.mw, &x->proof);
    put_ppk(&draft.mw, x);
    if (!x->childless) {
        child_negotiation_put_sa(&draft.mw, &x->offer);
        child_negotiation_put_ts(&draft.mw, &x->offer);
    }
    announce_put(&draft.mw, sa, EXCHANGE_IKE_AUTH, false);
    if (sa->own_features.mobike) {
        mobike_addresses_put(&draft.mw, sa);
    }
    sa->ours = NULL;
    if (transmit_send_request(sa, &draft, EXCHANGE_IKE_AUTH, &x->base) < 0) {
        sa->ours = &x->base;
        give_up(sa, "INTERNAL", "IKE_AUTH could not be built.");
    }
}

static void on_spi(void *owner, struct ike_job_result *result)
{
    struct auth_exchange *x = owner;
    x->base.job = 0;
    if (result->outcome != IKE_JOB_OK) {
        failure_of_job(x->base.sa, result, "Allocating an SPI in esp-d");
        ike_sa_life_close(x->base.sa);
        return;
    }
    x->child->spi_in = result->spi;
    send_request(x);
}

static void sign(struct auth_exchange *x);
static void mix(struct auth_exchange *x);

static void on_signed(void *owner, struct ike_job_result *result)
{
    struct auth_exchange *x = owner;
    struct ike_sa *sa = x->base.sa;
    x->base.job = 0;
    if (result->outcome == IKE_JOB_NO_SECRET && secret_rotation_swap(sa)) {
        sign(x);
        return;
    }
    if (result->outcome != IKE_JOB_OK || proof_keep(result, x->proves_plain ? &x->plain_proof : &x->proof) < 0) {
        failure_of_job(sa, result, "Making our AUTH in pki-d");
        ike_sa_life_close(sa);
        return;
    }
    if (x->proves_plain) {
        x->proves_plain = false;
        mix(x);
        return;
    }
    if (x->childless) {
        send_request(x);
        return;
    }
    uint64_t job = exchange_wait(&x->base, on_spi);
    if (!job) {
        give_up(sa, "INTERNAL", "Out of memory.");
        return;
    }
    sa->core->env->esp_allocate_spi(sa->core->env->arg, job);
}

static struct auth_exchange *begin(struct ike_sa *sa)
{
    struct auth_exchange *x = calloc(1, sizeof(*x));
    if (!x) {
        return NULL;
    }
    x->base = (struct exchange){.sa = sa, .on_response = on_response, .destroy = destroy};
    sa->ours = &x->base;
    x->child = child_sa_new(sa);
    sa->making = child_slot_first(sa->tunnel);
    if (!x->child || !sa->making) {
        return NULL;
    }
    x->child->slot = sa->making;
    return x;
}

static void sign(struct auth_exchange *x)
{
    uint64_t job = exchange_wait(&x->base, on_signed);
    if (!job) {
        give_up(x->base.sa, "INTERNAL", "Out of memory.");
        return;
    }
    proof_sign(x->base.sa, job);
}

static void on_mixed(void *owner, struct ike_job_result *result)
{
    struct auth_exchange *x = owner;
    struct ike_sa *sa = x->base.sa;
    x->base.job = 0;
    bool may_go_without = x->plain_proof.n && result->outcome == IKE_JOB_NO_SECRET;
    if (result->outcome == IKE_JOB_OK && ppk_take(sa, result, &x->plain) == 0) {
        x->mixed = true;
    } else if (!may_go_without) {
        ppk_fail_job(sa, result);
        ike_sa_life_close(sa);
        return;
    }
    sign(x);
}

static void mix(struct auth_exchange *x)
{
    uint64_t job = exchange_wait(&x->base, on_mixed);
    if (!job) {
        give_up(x->base.sa, "INTERNAL", "Out of memory.");
        return;
    }
    ppk_mix(x->base.sa, job);
}

// What this tunnel insists on and the peer has not said in IKE_SA_INIT.
static bool lacks_feature(struct ike_sa *sa)
{
    struct tunnel_failure failure;
    bool lacks = ppk_is_missing(sa, &failure);
    if (!lacks && sa->tunnel->config->childless == TUNNEL_CHILDLESS_FORCE && !sa->peer_features.childless) {
        lacks = true;
        failure_init(&failure, "NO_ADDITIONAL_SAS", TUNNEL_SIDE_LOCAL);
        failure_set_cause(&failure, FAILURE_CAUSE_FEATURE_MISSING);
        failure_say(&failure, "The peer can't make an IKE SA without a CHILD_SA (RFC 6023), and this tunnel insists on "
                              "it. Write childless: prefer, or allow it there.");
    }
    if (lacks) {
        failure_end_attempt(sa->tunnel, &failure);
        ike_sa_life_close(sa);
    }
    return lacks;
}

static void go_childless(struct auth_exchange *x)
{
    struct ike_sa *sa = x->base.sa;
    enum tunnel_childless policy = sa->tunnel->config->childless;
    x->childless =
        sa->peer_features.childless && (policy == TUNNEL_CHILDLESS_PREFER || policy == TUNNEL_CHILDLESS_FORCE);
    sa->own_features.childless = x->childless;
    if (x->childless) {
        sa->making = NULL;
    }
}

// As whom we call ourselves is known now.
static void begin_proof(struct auth_exchange *x)
{
    struct ike_sa *sa = x->base.sa;
    if (ppk_is_agreed(sa) && sa->tunnel->config->ppk_required) {
        mix(x);
        return;
    }
    x->proves_plain = ppk_is_agreed(sa);
    sign(x);
}

static void on_credential(void *owner, struct ike_job_result *result)
{
    struct auth_exchange *x = owner;
    struct ike_sa *sa = x->base.sa;
    x->base.job = 0;
    if (result->outcome != IKE_JOB_OK || proof_take_credential(sa, result) < 0) {
        failure_of_job(sa, result, "Fetching our certificate from pki-d");
        ike_sa_life_close(sa);
        return;
    }
    begin_proof(x);
}

void ike_auth_initiate(struct ike_sa *sa)
{
    if (lacks_feature(sa)) {
        return;
    }
    struct auth_exchange *x = begin(sa);
    struct identity own_id = tunnel_choice_own_id(sa->tunnel, sa);
    if (!x || kept_identity_set(&sa->local_id, &own_id) < 0) {
        give_up(sa, "INTERNAL", "Out of memory.");
        return;
    }
    sa->local.port = sa->remote.port = port_fallback_choose(sa);
    sa->other_secret = sa->tunnel->other_secret;
    go_childless(x);
    if (!proof_is_by_certificate(sa)) {
        begin_proof(x);
        return;
    }
    uint64_t job = exchange_wait(&x->base, on_credential);
    if (!job) {
        give_up(sa, "INTERNAL", "Out of memory.");
        return;
    }
    proof_fetch_credential(sa, job);
}
