#include "ike-d/exch/ike_auth.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ike-d/exch/announce.h"
#include "ike-d/exch/child_negotiation.h"
#include "ike-d/exch/ike_sa_life.h"
#include "ike-d/exch/knock.h"
#include "ike-d/exch/mobike_addresses.h"
#include "ike-d/exch/mobike_message.h"
#include "ike-d/exch/ppk.h"
#include "ike-d/exch/proof.h"
#include "ike-d/exch/reauthentication.h"
#include "ike-d/exch/nat_traversal.h"
#include "ike-d/exch/tunnel_choice.h"
#include "ike-d/exch/uniqueness.h"
#include "ike-d/sa/tunnel.h"
#include "lib/core/log.h"

struct auth_answer {
    struct exchange base;
    struct received *request;
    struct child_sa *child; // NULL: the peer gets none
    enum notify_type child_notify;
    struct proof proof;
    bool mixed;                  // the SA's keys are mixed with a PPK (RFC 8784)
    struct ppk_plain_keys plain; // as they were before
    struct uniqueness unique;    // whether the peer has another IKE SA
    struct deadline look;        // for the answer to that
};

static void destroy(struct exchange *base)
{
    struct auth_answer *x = (struct auth_answer *)base;
    deadline_done(&base->sa->core->deadlines, &x->look);
    child_sa_free(x->child);
    received_free(x->request);
    ppk_wipe(&x->plain);
    free(x);
}

static void refuse(struct ike_sa *sa, enum notify_type type)
{
    transmit_answer_notify(sa, EXCHANGE_IKE_AUTH, type, bytes_of(NULL, 0));
    ike_sa_life_linger(sa);
}

// HDR, SK {IDr, [CERT+], AUTH, [N(PPK_IDENTITY)], SAr2, TSi, TSr}, or a notify in place of the last three (RFC
// 7296 1.2)
static void send_answer(struct auth_answer *x)
{
    struct ike_sa *sa = x->base.sa;
    struct identity own_id = kept_identity_get(&sa->local_id);
    struct draft draft;
    transmit_begin_answer(sa, EXCHANGE_IKE_AUTH, &draft);
    message_put_id(&draft.mw, PAYLOAD_IDR, &own_id);
    proof_put_certificates(&draft.mw, sa);
    proof_put(&draft.mw, &x->proof);
    if (x->mixed) {
        message_put_status(&draft.mw, NOTIFY_PPK_IDENTITY, bytes_of(NULL, 0));
    }
    if (x->child) {
        child_negotiation_put_chosen(&draft.mw, x->child);
        child_negotiation_put_chosen_ts(&draft.mw, x->child);
    } else if (x->child_notify != NOTIFY_NONE) {
        message_put_status(&draft.mw, x->child_notify, bytes_of(NULL, 0));
    }
    announce_put(&draft.mw, sa, EXCHANGE_IKE_AUTH, true);
    if (ike_sa_has_mobike(sa)) {
        mobike_addresses_put(&draft.mw, sa);
    }
    reauthentication_put_lifetime(&draft.mw, sa);
    if (transmit_send_answer(sa, &draft) < 0) {
        ike_sa_life_close(sa);
        return;
    }
    if (x->child) {
        child_negotiation_finish(x->child);
        x->child = NULL;
    }
    exchange_drop(&sa->theirs);
    reauthentication_plan(sa);
    ike_sa_life_establish(sa);
}

static void go_without_child(struct auth_answer *x, enum notify_type type)
{
    child_sa_free(x->child);
    x->child = NULL;
    x->child_notify = type;
    send_answer(x);
}

static void on_installed(void *owner, struct ike_job_result *result)
{
    struct auth_answer *x = owner;
    x->base.job = 0;
    if (result->outcome != IKE_JOB_OK) {
        failure_of_job(x->base.sa, result, "Installing the CHILD_SA");
        go_without_child(x, NOTIFY_TEMPORARY_FAILURE);
        return;
    }
    send_answer(x);
}

static void on_spi(void *owner, struct ike_job_result *result)
{
    struct auth_answer *x = owner;
    struct ike_sa *sa = x->base.sa;
    x->base.job = 0;
    if (result->outcome != IKE_JOB_OK) {
        failure_of_job(sa, result, "Allocating an SPI in esp-d");
        go_without_child(x, NOTIFY_TEMPORARY_FAILURE);
        return;
    }
    x->child->spi_in = result->spi;
    struct child_key_source source = {.nonce_i = kept_message_view(&sa->nonce_i),
                                      .nonce_r = kept_message_view(&sa->nonce_r)};
    uint64_t job = exchange_wait(&x->base, on_installed);
    if (!job || child_negotiation_install(x->child, &source, job) < 0) {
        go_without_child(x, NOTIFY_TEMPORARY_FAILURE);
    }
}

static bool is_childless(const struct message *m)
{
    return !message_has(m, PAYLOAD_SA) && !message_has(m, PAYLOAD_TSI) && !message_has(m, PAYLOAD_TSR);
}

static void negotiate_child(struct auth_answer *x)
{
    struct ike_sa *sa = x->base.sa;
    const struct message *m = x->request->message;
    struct child_verdict verdict;
    sa->own_features.childless = sa->peer_features.childless = is_childless(m);
    if (is_childless(m)) {
        go_without_child(x, NOTIFY_NONE);
        return;
    }
    if (sa->tunnel->config->childless == TUNNEL_CHILDLESS_FORCE) { // it may follow by CREATE_CHILD_SA
        go_without_child(x, NOTIFY_NO_ADDITIONAL_SAS);
        return;
    }
    x->child = child_sa_new(sa);
    if (!x->child || !message_has(m, PAYLOAD_SA) || !message_has(m, PAYLOAD_TSI) || !message_has(m, PAYLOAD_TSR)) {
        go_without_child(x, NOTIFY_NO_ADDITIONAL_SAS);
        return;
    }
    child_negotiation_choose(x->child, m, false, &verdict);
    if (verdict.notify != NOTIFY_NONE) {
        failure_note(sa->tunnel, &verdict.failure);
        go_without_child(x, verdict.notify);
        return;
    }
    uint64_t job = exchange_wait(&x->base, on_spi);
    if (!job) {
        go_without_child(x, NOTIFY_TEMPORARY_FAILURE);
        return;
    }
    sa->core->env->esp_allocate_spi(sa->core->env->arg, job);
}

static void wait_for_rival(struct auth_answer *x)
{
    struct ike_core *core = x->base.sa->core;
    deadline_set(&core->deadlines, &x->look, ike_core_now_ms(core) + IKE_UNIQUENESS_LOOK_MS);
}

static void act_on_uniqueness(struct auth_answer *x, enum uniqueness_verdict verdict)
{
    switch (verdict) {
    case UNIQUENESS_FREE:
        negotiate_child(x);
        break;
    case UNIQUENESS_OPEN:
        wait_for_rival(x);
        break;
    default:
        uniqueness_tell(x->base.sa, &x->unique);
        refuse(x->base.sa, NOTIFY_AUTHENTICATION_FAILED);
        break;
    }
}

static void on_look(void *arg)
{
    struct auth_answer *x = arg;
    act_on_uniqueness(x, uniqueness_look(x->base.sa, &x->unique));
}

// Who has proved who it is, is not half open any more.
static void give_time(struct ike_sa *sa)
{
    deadline_set(&sa->core->deadlines, &sa->expiry, ike_core_now_ms(sa->core) + IKE_UNIQUENESS_LIFETIME_MS);
}

// The peer has proved who it is, and our AUTH is made.
static void go_on(struct auth_answer *x)
{
    struct ike_sa *sa = x->base.sa;
    give_time(sa);
    act_on_uniqueness(x, uniqueness_begin(sa, &x->unique));
}

static void on_signed(void *owner, struct ike_job_result *result)
{
    struct auth_answer *x = owner;
    x->base.job = 0;
    if (result->outcome != IKE_JOB_OK || proof_keep(result, &x->proof) < 0) {
        failure_of_job(x->base.sa, result, "Making our AUTH in pki-d");
        refuse(x->base.sa, NOTIFY_AUTHENTICATION_FAILED);
        return;
    }
    go_on(x);
}

// The peer wants to reach somebody else: it may take us nevertheless, and if it does not, this is why.
static void compare_with_asked(struct ike_sa *sa, const struct message *m)
{
    char asked_text[IDENTITY_TEXT_MAX];
    char own_text[IDENTITY_TEXT_MAX];
    char message[512];
    struct identity asked;
    struct identity own = kept_identity_get(&sa->local_id);
    if (!message_has(m, PAYLOAD_IDR) || identity_from_wire(m->idr.type, m->idr.data, &asked) < 0 ||
        identity_equal(&asked, &own)) {
        return;
    }
    (void)snprintf(
        message, sizeof(message),
        "The peer asks for %.120s, and gets %.120s, the first name of our certificate %.64s. If it minds, set "
        "local.id here to what it asks for, provided that the certificate has that name, too.",
        identity_format(&asked, asked_text, sizeof(asked_text)), identity_format(&own, own_text, sizeof(own_text)),
        sa->tunnel->config->certificate);
    struct ike_event event = {
        .severity = IKE_EVENT_WARNING, .kind = "other_name", .tunnel = sa->tunnel->config->name, .message = message};
    log_warning("other_name", LOG_STR("tunnel", event.tunnel), LOG_STR("asked_for", asked_text),
                LOG_STR("own", own_text));
    ike_core_raise(sa->core, &event);
}

static void on_credential(void *owner, struct ike_job_result *result)
{
    struct auth_answer *x = owner;
    struct ike_sa *sa = x->base.sa;
    x->base.job = 0;
    bool taken = result->outcome == IKE_JOB_OK && proof_take_credential(sa, result) == 0;
    if (taken) {
        compare_with_asked(sa, x->request->message);
    }
    uint64_t job = taken ? exchange_wait(&x->base, on_signed) : 0;
    if (!job) {
        failure_of_job(sa, result, "Fetching our certificate from pki-d");
        refuse(sa, NOTIFY_AUTHENTICATION_FAILED);
        return;
    }
    proof_sign(sa, job);
}

// With certificates our AUTH is made only for who has proved who it is.
static void prove(struct auth_answer *x)
{
    uint64_t job = exchange_wait(&x->base, on_credential);
    if (!job) {
        refuse(x->base.sa, NOTIFY_AUTHENTICATION_FAILED);
        return;
    }
    give_time(x->base.sa);
    proof_fetch_credential(x->base.sa, job);
}

static void on_verified(void *owner, struct ike_job_result *result)
{
    struct auth_answer *x = owner;
    struct ike_sa *sa = x->base.sa;
    struct tunnel_failure failure;
    x->base.job = 0;
    if (result->outcome == IKE_JOB_OK && proof_accept(sa, result) == 0) {
        if (proof_is_by_certificate(sa)) {
            prove(x);
            return;
        }
        sa->other_secret = result->other_secret;
        if (proof_keep(result, &x->proof) == 0) {
            go_on(x);
            return;
        }
    }
    if (proof_says_refused(sa, result, &failure)) {
        if (x->mixed) {
            ppk_add_hint(sa, &failure);
        }
        failure_note(sa->tunnel, &failure);
    } else {
        failure_of_job(sa, result, "Judging the peer's AUTH");
    }
    refuse(sa, NOTIFY_AUTHENTICATION_FAILED);
}

// The peer calls itself `named` and us `asked`; near is the tunnel that it probably means, or NULL.
static void note_unknown_identity(struct ike_sa *sa, const struct identity *named, const struct identity *asked,
                                  struct tunnel *near)
{
    char peer[IDENTITY_TEXT_MAX];
    char own[IDENTITY_TEXT_MAX] = "anybody";
    (void)identity_format(named, peer, sizeof(peer));
    if (asked->type != IDENTITY_NONE) {
        (void)identity_format(asked, own, sizeof(own));
    }
    log_warning("unknown_identity", LOG_STR("peer", peer), LOG_STR("asked_for", own));
    if (!near || !tunnel_config_can_call(near->config)) {
        knock_with_identity(sa, named, asked);
    }
    if (!near) {
        return;
    }
    struct tunnel_failure failure;
    failure_init(&failure, "AUTHENTICATION_FAILED", TUNNEL_SIDE_LOCAL);
    failure_say(&failure,
                "The peer calls itself %.120s and asks for %.120s; no tunnel with its address has that pair. Set "
                "remote.id and local.id of this tunnel to them, or change local.id and remote.id there to what the "
                "local offer says.",
                peer, own);
    failure_take_attempt(&failure, sa);
    failure_compare_identities(&failure, sa, near, named, asked);
    failure_note(near, &failure);
}

static bool find_tunnel(struct ike_sa *sa, const struct message *m)
{
    struct identity named = {.type = IDENTITY_NONE};
    struct identity asked = {.type = IDENTITY_NONE};
    struct tunnel *near = NULL;
    struct tunnel *tunnel = NULL;
    bool readable = identity_from_wire(m->idi.type, m->idi.data, &named) == 0;
    if (readable && message_has(m, PAYLOAD_IDR)) {
        readable = identity_from_wire(m->idr.type, m->idr.data, &asked) == 0;
    }
    if (readable) {
        tunnel = tunnel_choice_by_identity(sa, m, &named, &asked, &near);
    }
    if (!tunnel) {
        note_unknown_identity(sa, &named, &asked, near);
        return false;
    }
    ike_sa_set_tunnel(sa, tunnel);
    struct identity own = tunnel_choice_own_id(tunnel, sa);
    return kept_identity_set(&sa->remote_id, &named) == 0 && kept_identity_set(&sa->local_id, &own) == 0;
}

static bool proves_itself_rightly(const struct ike_sa *sa, const struct message *m)
{
    struct tunnel_failure failure;
    if (proof_has_right_method(sa, m, &failure)) {
        return true;
    }
    failure_note(sa->tunnel, &failure);
    return false;
}

static struct auth_answer *begin(struct ike_sa *sa, struct received **request)
{
    struct auth_answer *x = calloc(1, sizeof(*x));
    if (!x) {
        return NULL;
    }
    x->base = (struct exchange){.sa = sa, .destroy = destroy};
    x->request = *request;
    *request = NULL;
    sa->theirs = &x->base;
    return deadline_init(&sa->core->deadlines, &x->look, on_look, x) < 0 ? NULL : x;
}

// Judges the peer's AUTH, or what it has sent in place of it for a responder without its PPK, and makes ours.
static void verify(struct auth_answer *x, struct bytes auth)
{
    struct ike_sa *sa = x->base.sa;
    uint64_t job = exchange_wait(&x->base, on_verified);
    if (!job) {
        refuse(sa, NOTIFY_AUTHENTICATION_FAILED);
        return;
    }
    sa->own_features.ppk = x->mixed;
    proof_verify(sa, x->request->message, auth, job);
}

static void on_mixed(void *owner, struct ike_job_result *result)
{
    struct auth_answer *x = owner;
    struct ike_sa *sa = x->base.sa;
    const struct message *m = x->request->message;
    const struct notify_payload *proof = message_find_notify(m, NOTIFY_NO_PPK_AUTH);
    x->base.job = 0;
    if (result->outcome == IKE_JOB_OK && ppk_take(sa, result, &x->plain) == 0) {
        x->mixed = true;
        verify(x, m->auth.data);
    } else if (result->outcome == IKE_JOB_NO_SECRET && proof && !sa->tunnel->config->ppk_required) {
        verify(x, proof->data);
    } else {
        ppk_fail_job(sa, result);
        refuse(sa, NOTIFY_AUTHENTICATION_FAILED);
    }
}

static void judge(struct auth_answer *x)
{
    struct ike_sa *sa = x->base.sa;
    const struct message *m = x->request->message;
    struct tunnel_failure failure;
    uint64_t job;
    switch (ppk_judge(sa, m, &failure)) {
    case PPK_VERDICT_PLAIN:
        verify(x, m->auth.data);
        break;
    case PPK_VERDICT_PLAIN_PROOF:
        verify(x, message_find_notify(m, NOTIFY_NO_PPK_AUTH)->data);
        break;
    case PPK_VERDICT_MIX:
        job = exchange_wait(&x->base, on_mixed);
        if (job) {
            ppk_mix(sa, job);
        } else {
            refuse(sa, NOTIFY_AUTHENTICATION_FAILED);
        }
        break;
    default:
        failure_note(sa->tunnel, &failure);
        refuse(sa, NOTIFY_AUTHENTICATION_FAILED);
        break;
    }
}

static bool may_be_childless(const struct ike_sa *sa, const struct message *m)
{
    if (!is_childless(m) || sa->tunnel->config->childless != TUNNEL_CHILDLESS_NEVER) {
        return true;
    }
    struct tunnel_failure failure;
    failure_init(&failure, "INVALID_SYNTAX", TUNNEL_SIDE_LOCAL);
    failure_set_cause(&failure, FAILURE_CAUSE_FEATURE_MISSING);
    failure_say(&failure, "The peer wants an IKE SA without a CHILD_SA (RFC 6023), which this tunnel forbids. Write "
                          "childless: allow here, or have it begin with a CHILD_SA there.");
    failure_note(sa->tunnel, &failure);
    return false;
}

static bool can_encapsulate(struct ike_sa *sa, const struct received *request)
{
    struct tunnel_failure failure;
    nat_traversal_hear_port(sa, request);
    nat_traversal_decide(sa, sa->tunnel->config);
    if (nat_traversal_is_allowed(sa, sa->tunnel->config, &failure)) {
        return true;
    }
    failure_note(sa->tunnel, &failure);
    return false;
}

// HDR, SK {IDi, [N(INITIAL_CONTACT)], [CERT+], [CERTREQ+], [IDr], AUTH, [N(PPK_IDENTITY), [N(NO_PPK_AUTH)]], [SAi2,
// TSi, TSr]}
void ike_auth_respond(struct ike_sa *sa, struct received **request)
{
    const struct message *m = (*request)->message;
    if (!find_tunnel(sa, m) || !proves_itself_rightly(sa, m)) {
        refuse(sa, NOTIFY_AUTHENTICATION_FAILED);
        return;
    }
    if (!may_be_childless(sa, m)) {
        refuse(sa, NOTIFY_INVALID_SYNTAX);
        return;
    }
    if (!can_encapsulate(sa, *request)) {
        refuse(sa, NOTIFY_NO_PROPOSAL_CHOSEN);
        return;
    }
    sa->initial_contact = message_find_notify(m, NOTIFY_INITIAL_CONTACT) != NULL;
    announce_decide(sa, sa->tunnel->config);
    announce_hear(sa, m);
    mobike_message_begin(sa, m);
    struct auth_answer *x = begin(sa, request);
    if (!x) {
        refuse(sa, NOTIFY_AUTHENTICATION_FAILED);
        return;
    }
    judge(x);
}
