#include "ike-d/exch/ppk.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ike-d/exch/failure.h"
#include "ike-d/exch/missing_secret.h"
#include "ike-d/sa/ike_core.h"
#include "ike-d/sa/tunnel.h"

#define PPK_ID_FIXED 2 // RFC 8784 5.1

bool ppk_is_agreed(const struct ike_sa *sa)
{
    return sa->tunnel->config->ppk_id && sa->own_features.ppk && sa->peer_features.ppk;
}

static void say(struct tunnel_failure *failure, const char *notify, const char *what, const struct ike_sa *sa)
{
    const char *id = sa->tunnel->config->ppk_id;
    failure_init(failure, notify, TUNNEL_SIDE_LOCAL);
    failure_set_cause(failure, FAILURE_CAUSE_PPK_MISMATCH);
    failure_say(failure,
                "%s, and this tunnel insists on one (PPK_ID \"%.100s\"). Give the peer the same key under the same id, "
                "or write auth.ppk.required: false here.",
                what, id ? id : "");
}

bool ppk_is_missing(const struct ike_sa *sa, struct tunnel_failure *ret_failure)
{
    if (!sa->tunnel->config->ppk_id || !sa->tunnel->config->ppk_required || ppk_is_agreed(sa)) {
        return false;
    }
    say(ret_failure, "AUTHENTICATION_FAILED", "The peer does not use post-quantum keys (no USE_PPK in its IKE_SA_INIT)",
        sa);
    return true;
}

void ppk_say_unconfirmed(const struct ike_sa *sa, struct tunnel_failure *ret_failure)
{
    say(ret_failure, "AUTHENTICATION_FAILED", "The peer has no post-quantum key of our id", sa);
}

static bool is_ours(const struct ike_sa *sa, struct bytes identity)
{
    const char *id = sa->tunnel->config->ppk_id;
    return id && identity.n > 0 && identity.p[0] == PPK_ID_FIXED &&
           bytes_equal(bytes_of(identity.p + 1, identity.n - 1), bytes_of(id, strlen(id)));
}

enum ppk_verdict ppk_judge(const struct ike_sa *sa, const struct message *request, struct tunnel_failure *ret_failure)
{
    const struct tunnel_config *config = sa->tunnel->config;
    const struct notify_payload *identity = message_find_notify(request, NOTIFY_PPK_IDENTITY);
    bool insists = config->ppk_id && config->ppk_required;
    bool has_proof = message_find_notify(request, NOTIFY_NO_PPK_AUTH) != NULL;
    if (!identity || !sa->own_features.ppk || !sa->peer_features.ppk) {
        if (insists) {
            say(ret_failure, "AUTHENTICATION_FAILED", "The peer names no post-quantum key", sa);
            return PPK_VERDICT_REFUSE;
        }
        return PPK_VERDICT_PLAIN;
    }
    if (is_ours(sa, identity->data)) {
        return PPK_VERDICT_MIX;
    }
    if (has_proof && !insists) {
        return PPK_VERDICT_PLAIN_PROOF;
    }
    if (insists) {
        say(ret_failure, "AUTHENTICATION_FAILED", "The peer names another post-quantum key than ours", sa);
    } else {
        failure_init(ret_failure, "AUTHENTICATION_FAILED", TUNNEL_SIDE_LOCAL);
        failure_set_cause(ret_failure, FAILURE_CAUSE_PPK_MISMATCH);
        failure_say(ret_failure, "The peer insists on a post-quantum key that this tunnel does not have. Write "
                                 "auth.ppk with its id and secret here, or take it out there.");
    }
    return PPK_VERDICT_REFUSE;
}

void ppk_mix(const struct ike_sa *sa, uint64_t job)
{
    const struct tunnel_config *config = sa->tunnel->config;
    struct ppk_request request = {
        .tunnel = config->name,
        .prf = sa->suite.prf->id,
        .id = bytes_of(config->ppk_id, strlen(config->ppk_id)),
        .keys = {secret_key_view(sa->sk_d), secret_key_view(&sa->auth_keys->sk_pi),
                 secret_key_view(&sa->auth_keys->sk_pr)},
    };
    sa->core->env->ppk_mix(sa->core->env->arg, job, &request);
}

void ppk_fail_job(struct ike_sa *sa, const struct ike_job_result *result)
{
    struct tunnel_failure failure;
    if (result->outcome != IKE_JOB_NO_SECRET) {
        failure_of_job(sa, result, "Mixing keys with the post-quantum key in pki-d");
        return;
    }
    missing_secret_describe(sa->tunnel, true, &failure);
    sa->tunnel->needs_secret = true;
    if (sa->initiator) {
        failure_end_attempt(sa->tunnel, &failure);
    } else {
        failure_note(sa->tunnel, &failure);
    }
}

int ppk_take(struct ike_sa *sa, const struct ike_job_result *result, struct ppk_plain_keys *ret_plain)
{
    struct ike_auth_keys *keys = sa->auth_keys;
    struct ppk_plain_keys plain = {.sk_d = *sa->sk_d, .sk_pi = keys->sk_pi, .sk_pr = keys->sk_pr};
    struct secret_key *const mixed[PPK_KEYS] = {sa->sk_d, &keys->sk_pi, &keys->sk_pr};
    int error = 0;
    for (int i = 0; i < PPK_KEYS && error == 0; i++) {
        bool fits = result->keys[i].n == mixed[i]->n;
        error = fits && secret_key_set(mixed[i], result->keys[i]) == 0 ? 0 : -EIO;
    }
    if (error < 0) {
        ppk_undo(sa, &plain);
    } else {
        *ret_plain = plain;
    }
    ppk_wipe(&plain);
    return error;
}

void ppk_undo(struct ike_sa *sa, const struct ppk_plain_keys *plain)
{
    *sa->sk_d = plain->sk_d;
    *sa->auth_keys = (struct ike_auth_keys){.sk_pi = plain->sk_pi, .sk_pr = plain->sk_pr};
}

void ppk_wipe(struct ppk_plain_keys *plain)
{
    secret_wipe(plain, sizeof(*plain));
}

void ppk_put_identity(struct message_writer *mw, const struct ike_sa *sa)
{
    uint8_t data[1 + IKE_PPK_ID_MAX_BYTES];
    struct writer w = writer_of(data, sizeof(data));
    writer_u8(&w, PPK_ID_FIXED);
    writer_bytes(&w, bytes_of_str(sa->tunnel->config->ppk_id));
    message_put_status(mw, NOTIFY_PPK_IDENTITY, writer_view(&w));
}

void ppk_add_hint(const struct ike_sa *sa, struct tunnel_failure *failure)
{
    size_t n = strlen(failure->message);
    if (ppk_is_agreed(sa) && n < sizeof(failure->message)) {
        (void)snprintf(failure->message + n, sizeof(failure->message) - n,
                       " Its post-quantum key \"%.64s\" must be ours, too (auth.ppk).", sa->tunnel->config->ppk_id);
    }
}
