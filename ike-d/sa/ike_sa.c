#include "ike-d/sa/ike_sa.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ike-d/sa/identity_pairs.h"
#include "ike-d/sa/ike_core.h"
#include "ike-d/sa/nat_keepalive.h"
#include "ike-d/sa/key_log.h"
#include "ike-d/sa/tunnel.h"
#include "lib/core/log.h"

struct ike_sa *ike_sa_new(struct ike_core *core, bool initiator)
{
    struct ike_sa *sa = calloc(1, sizeof(*sa));
    if (!sa) {
        return NULL;
    }
    sa->core = core;
    sa->initiator = initiator;
    sa->state = IKE_SA_STATE_INIT;
    sa->created_ms = ike_core_now_ms(core);
    sa->heard_ms = sa->created_ms;
    return sa;
}

void ike_sa_free(struct ike_sa *sa)
{
    if (!sa) {
        return;
    }
    struct deadline_heap *heap = &sa->core->deadlines;
    start_queue_release(sa);
    ike_job_cancel(&sa->core->jobs, sa->liveness_job);
    while (sa->children) {
        child_sa_free(sa->children);
    }
    deadline_done(heap, &sa->request.retransmit);
    deadline_done(heap, &sa->expiry);
    deadline_done(heap, &sa->liveness);
    nat_keepalive_stop(sa);
    deadline_done(heap, &sa->renewal);
    mobike_drop(sa);
    reassembly_drop(&sa->incoming[0]);
    reassembly_drop(&sa->incoming[1]);
    deadline_done(heap, &sa->life);
    deadline_done(heap, &sa->rekey_again);
    kept_message_drop(&sa->request.message);
    kept_message_drop(&sa->answer.message);
    ike_sa_end_handshake(sa);
    kept_identity_drop(&sa->local_id);
    kept_identity_drop(&sa->remote_id);
    peer_certificate_free(sa->peer_certificate);
    sk_wipe(&sa->sk);
    secret_free(sa->sk_d, sizeof(*sa->sk_d));
    free(sa);
}

void ike_sa_inherit_path(struct ike_sa *fresh, const struct ike_sa *old)
{
    fresh->local = old->local;
    fresh->remote = old->remote;
    fresh->esp = old->esp;
    fresh->own_features = old->own_features;
    fresh->peer_features = old->peer_features;
    fresh->packet_bytes = old->packet_bytes;
    fresh->vendor = old->vendor;
}

void ike_sa_take_mobike(struct ike_sa *fresh, struct ike_sa *old)
{
    mobike_drop(fresh);
    fresh->mobike = old->mobike;
    old->mobike = NULL;
    fresh->told_addresses = old->told_addresses;
    if (fresh->mobike) {
        fresh->mobike->sa = fresh;
        fresh->mobike->seen_known = false; // that hash was of other SPIs
    }
}

const char *ike_sa_state_name(enum ike_sa_state state)
{
    static const char *const names[] = {
        [IKE_SA_STATE_INIT] = "init",
        [IKE_SA_STATE_AUTHENTICATING] = "authenticating",
        [IKE_SA_STATE_ESTABLISHED] = "established",
        [IKE_SA_STATE_DELETING] = "deleting",
        [IKE_SA_STATE_LINGERING] = "lingering",
        [IKE_SA_STATE_DEAD] = "dead",
    };
    return names[state];
}

void ike_sa_set_state(struct ike_sa *sa, enum ike_sa_state state)
{
    if (sa->state == state) {
        return;
    }
    char remote[ENDPOINT_TEXT_MAX];
    log_info("ike_sa_state", LOG_STR("tunnel", sa->tunnel ? sa->tunnel->config->name : ""),
             LOG_HEX64("spi_i", sa->spi_i), LOG_HEX64("spi_r", sa->spi_r),
             LOG_STR("remote", endpoint_format(&sa->remote, remote, sizeof(remote))),
             LOG_STR("old", ike_sa_state_name(sa->state)), LOG_STR("new", ike_sa_state_name(state)));
    sa->state = state;
    if (state >= IKE_SA_STATE_ESTABLISHED) {
        start_queue_release(sa);
    }
    if (state == IKE_SA_STATE_ESTABLISHED) {
        identity_pairs_add(sa->core->identity_pairs, sa);
    } else {
        identity_pairs_remove(sa->core->identity_pairs, sa);
    }
}

bool ike_nonce_set(struct ike_nonce *nonce, struct bytes value)
{
    if (value.n > sizeof(nonce->b)) {
        return false;
    }
    memcpy(nonce->b, value.p, value.n);
    nonce->n = (uint16_t)value.n;
    return true;
}

int ike_sa_draw_nonce(const struct ike_sa *sa, size_t n, struct kept_message *ret_nonce)
{
    uint8_t nonce[IKE_NONCE_BYTES];
    n = n < sizeof(nonce) ? n : sizeof(nonce);
    int error = random_fill(sa->core->env->random, nonce, n);
    return error < 0 ? error : kept_message_set(ret_nonce, bytes_of(nonce, n));
}

static void drop_auth_keys(struct ike_sa *sa)
{
    secret_free(sa->auth_keys, sizeof(*sa->auth_keys));
    sa->auth_keys = NULL;
}

int ike_sa_take_keys(struct ike_sa *sa, struct ike_keys *keys)
{
    if (!sa->sk_d) {
        sa->sk_d = secret_alloc(sizeof(*sa->sk_d));
    }
    if (!sa->auth_keys) {
        sa->auth_keys = secret_alloc(sizeof(*sa->auth_keys));
    }
    int error = sa->sk_d && sa->auth_keys ? 0 : -ENOMEM;
    if (error == 0) {
        *sa->sk_d = keys->sk_d;
        *sa->auth_keys = (struct ike_auth_keys){.sk_pi = keys->sk_pi, .sk_pr = keys->sk_pr};
        sk_wipe(&sa->sk);
        error = sk_init(&sa->sk, &sa->suite, keys, sa->initiator);
    }
    sa->has_keys = error == 0;
    ike_keys_wipe(keys);
    return error;
}

void ike_sa_end_handshake(struct ike_sa *sa)
{
    kept_message_drop(&sa->own_first);
    kept_message_drop(&sa->peer_first);
    kept_message_drop(&sa->nonce_i);
    kept_message_drop(&sa->nonce_r);
    drop_auth_keys(sa);
    credential_free(sa->credential);
    sa->credential = NULL;
}

static void leave_tunnel(struct ike_sa *sa)
{
    for (struct ike_sa **at = &sa->tunnel->sas; *at; at = &(*at)->tunnel_next) {
        if (*at == sa) {
            *at = sa->tunnel_next;
            break;
        }
    }
    sa->tunnel_next = NULL;
    sa->tunnel = NULL;
    sa->making = NULL;
}

void ike_sa_set_tunnel(struct ike_sa *sa, struct tunnel *tunnel)
{
    if (sa->tunnel == tunnel) {
        return;
    }
    if (sa->tunnel) {
        leave_tunnel(sa);
    }
    if (tunnel) {
        sa->tunnel = tunnel;
        sa->tunnel_next = tunnel->sas;
        tunnel->sas = sa;
        key_log_note(sa);
    }
}

void exchange_drop(struct exchange **x)
{
    struct exchange *gone = *x;
    if (!gone) {
        return;
    }
    *x = NULL;
    struct ike_core *core = gone->sa->core;
    if (x == &gone->sa->ours) {
        gone->sa->making = NULL;
    }
    ike_job_cancel(&core->jobs, gone->job);
    gone->job = 0;
    gone->grave_next = core->exchange_graves;
    core->exchange_graves = gone;
    deadline_set(&core->deadlines, &core->reaper, ike_core_now_ms(core));
}

uint64_t exchange_wait(struct exchange *x, ike_job_done_fn *done)
{
    x->job = ike_job_start(&x->sa->core->jobs, done, x);
    return x->job;
}
