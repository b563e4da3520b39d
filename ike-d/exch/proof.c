#include "ike-d/exch/proof.h"

#include <errno.h>
#include <string.h>

#include "ike-d/exch/certificate_failure.h"
#include "ike-d/exch/certificate_request.h"
#include "ike-d/exch/failure.h"
#include "ike-d/exch/secret_rotation.h"
#include "ike-d/sa/ike_core.h"
#include "ike-d/sa/tunnel.h"
#include "lib/core/log.h"

bool proof_is_by_certificate(const struct ike_sa *sa)
{
    return sa->tunnel->config->certificate != NULL;
}

void proof_fetch_credential(const struct ike_sa *sa, uint64_t job)
{
    sa->core->env->get_credential(sa->core->env->arg, job, sa->tunnel->config->name);
}

int proof_take_credential(struct ike_sa *sa, const struct ike_job_result *result)
{
    struct credential *credential = credential_copy(result->credential);
    if (!credential) {
        return -ENOMEM;
    }
    credential_free(sa->credential);
    sa->credential = credential;
    certificate_request_keep(sa->tunnel, credential->authorities);
    return kept_identity_set(&sa->local_id, &credential->own_id);
}

// What a side's AUTH is made over; `id` is lent as well.
static struct psk_request octets_of(const struct ike_sa *sa, bool own, const struct identity *id)
{
    bool of_initiator = own == sa->initiator;
    return (struct psk_request){
        .tunnel = sa->tunnel->config->name,
        .prf = sa->suite.prf->id,
        .message = kept_message_view(own ? &sa->own_first : &sa->peer_first),
        .nonce = kept_message_view(of_initiator ? &sa->nonce_r : &sa->nonce_i),
        .sk_p = secret_key_view(of_initiator ? &sa->auth_keys->sk_pi : &sa->auth_keys->sk_pr),
        .id = id,
    };
}

void proof_sign(const struct ike_sa *sa, uint64_t job)
{
    const struct ike_env *env = sa->core->env;
    struct identity own_id = kept_identity_get(&sa->local_id);
    struct psk_request request = octets_of(sa, true, &own_id);
    if (proof_is_by_certificate(sa)) {
        env->certificate_sign(env->arg, job, &request, sa->own_hashes ? sa->peer_hashes : 0);
        return;
    }
    request.other_secret = sa->other_secret;
    env->psk_sign(env->arg, job, &request);
}

int proof_keep(const struct ike_job_result *result, struct proof *ret_proof)
{
    if (result->data.n > sizeof(ret_proof->b)) {
        return -E2BIG;
    }
    memcpy(ret_proof->b, result->data.p, result->data.n);
    ret_proof->n = (uint16_t)result->data.n;
    ret_proof->method = result->auth_method ? result->auth_method : (uint8_t)AUTH_METHOD_PSK;
    return 0;
}

void proof_put_certificates(struct message_writer *mw, const struct ike_sa *sa)
{
    if (!sa->credential) {
        return;
    }
    for (unsigned i = 0; i < sa->credential->chain_n; i++) {
        message_put_cert(mw, PAYLOAD_CERT, CERT_ENCODING_X509_SIGNATURE, sa->credential->chain[i]);
    }
    if (sa->initiator) {
        message_put_cert(mw, PAYLOAD_CERTREQ, CERT_ENCODING_X509_SIGNATURE, sa->credential->authorities);
    }
}

void proof_put(struct message_writer *mw, const struct proof *proof)
{
    message_put_auth(mw, proof->method, bytes_of(proof->b, proof->n));
}

static bool is_signature(uint8_t method)
{
    return method == AUTH_METHOD_DIGITAL_SIGNATURE || method == AUTH_METHOD_RSA ||
           (method >= AUTH_METHOD_ECDSA_256 && method <= AUTH_METHOD_ECDSA_521);
}

// Hash-and-URL (RFC 7296 3.6) is not announced here, and a URL of a stranger is not fetched; CRLs and others are the
// verifier's business, which gets its own.
static unsigned collect(const struct message *m, struct bytes ret_certificates[WIRE_CERTS_MAX])
{
    unsigned n = 0;
    for (unsigned i = 0; i < m->cert_n; i++) {
        if (m->cert[i].encoding == CERT_ENCODING_X509_SIGNATURE && m->cert[i].data.n) {
            ret_certificates[n++] = m->cert[i].data;
        }
    }
    return n;
}

bool proof_has_right_method(const struct ike_sa *sa, const struct message *m, struct tunnel_failure *ret_failure)
{
    struct bytes certificates[WIRE_CERTS_MAX];
    bool has_auth = message_has(m, PAYLOAD_AUTH);
    bool fits =
        has_auth && (proof_is_by_certificate(sa) ? is_signature(m->auth.method) : m->auth.method == AUTH_METHOD_PSK);
    if (!fits) {
        failure_say_other_method(ret_failure, sa, has_auth ? &m->auth : NULL);
    } else if (proof_is_by_certificate(sa) && collect(m, certificates) == 0) {
        certificate_failure_say_none(ret_failure, sa, m);
        fits = false;
    }
    return fits;
}

static void verify_signature(const struct ike_sa *sa, const struct message *m, const struct psk_request *octets,
                             uint64_t job)
{
    const struct ike_env *env = sa->core->env;
    struct bytes certificates[WIRE_CERTS_MAX];
    struct peer_proof proof = {
        .octets = *octets,
        .method = m->auth.method,
        .certificates = certificates,
        .certificates_n = collect(m, certificates),
        .own_hashes = sa->own_hashes,
    };
    env->peer_verify(env->arg, job, &proof);
}

void proof_verify(const struct ike_sa *sa, const struct message *m, struct bytes auth, uint64_t job)
{
    const struct ike_env *env = sa->core->env;
    struct identity peer_id = kept_identity_get(&sa->remote_id);
    struct identity own_id = kept_identity_get(&sa->local_id);
    struct psk_request request = octets_of(sa, false, &peer_id);
    request.auth = auth;
    if (proof_is_by_certificate(sa)) {
        verify_signature(sa, m, &request, job);
        return;
    }
    struct psk_request answer = octets_of(sa, true, &own_id);
    request.answer = sa->initiator ? NULL : &answer;
    env->psk_verify(env->arg, job, &request);
}

int proof_accept(struct ike_sa *sa, const struct ike_job_result *result)
{
    if (!proof_is_by_certificate(sa)) {
        secret_rotation_note(sa, result->other_secret);
        return 0;
    }
    struct peer_certificate *certificate = peer_certificate_copy(result->peer);
    if (!certificate) {
        return -ENOMEM;
    }
    peer_certificate_free(sa->peer_certificate);
    sa->peer_certificate = certificate;
    log_info("peer_certificate", LOG_STR("tunnel", sa->tunnel->config->name), LOG_STR("subject", certificate->subject),
             LOG_STR("serial", certificate->serial), LOG_STR("issuer", certificate->issuer));
    if (certificate->reason[0]) {
        struct ike_event event = {.severity = IKE_EVENT_WARNING,
                                  .kind = "peer_certificate_doubtful",
                                  .tunnel = sa->tunnel->config->name,
                                  .message = certificate->reason};
        log_warning(event.kind, LOG_STR("tunnel", event.tunnel), LOG_STR("why", event.message));
        ike_core_raise(sa->core, &event);
    }
    return 0;
}

bool proof_says_refused(const struct ike_sa *sa, const struct ike_job_result *result,
                        struct tunnel_failure *ret_failure)
{
    if (result->outcome == IKE_JOB_REFUSED) {
        certificate_failure_say(ret_failure, sa, result->peer);
        return true;
    }
    if (result->outcome != IKE_JOB_WRONG_MAC && result->outcome != IKE_JOB_WRONG_IDENTITY) {
        return false;
    }
    failure_init(ret_failure, "AUTHENTICATION_FAILED", TUNNEL_SIDE_LOCAL);
    failure_say_wrong_key(ret_failure, sa);
    return true;
}
