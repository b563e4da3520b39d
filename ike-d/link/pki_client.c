#include "ike-d/link/pki_client.h"

#include "bulkhead/internal/v1/ike_pki.pb-c.h"
#include "bulkhead/internal/v1/ipc.pb-c.h"
#include "ike-d/link/ike.h"
#include "ike-d/link/job_call.h"
#include "lib/core/writer.h"
#include "lib/ipc/edge_message.h"

#define METHOD(name) BULKHEAD__INTERNAL__V1__METHOD__METHOD_##name

static void read_auth(struct ike *ike, const ProtobufCMessage *message, struct ike_job_result *result)
{
    (void)ike;
    const Bulkhead__Internal__V1__PkiPskSignResponse *response =
        (const Bulkhead__Internal__V1__PkiPskSignResponse *)(const void *)message;
    result->data = bytes_of(response->auth.data, response->auth.len);
    if (result->data.n == 0) {
        result->outcome = IKE_JOB_FAILED;
        result->text = "pki-d made an empty AUTH";
    }
}

typedef Bulkhead__Internal__V1__PkiPskSignRequest sign_message;

static void fill_sign(const struct psk_request *psk, identity_message *id, sign_message *request)
{
    bulkhead__internal__v1__pki_psk_sign_request__init(request);
    edge_message_put_identity(psk->id, id);
    request->tunnel = (char *)(uintptr_t)psk->tunnel;
    request->prf = psk->prf;
    edge_message_put_bytes(psk->message, &request->own_message);
    edge_message_put_bytes(psk->nonce, &request->peer_nonce);
    edge_message_put_bytes(psk->sk_p, &request->sk_p);
    request->own_id = id;
    request->other_secret = psk->other_secret;
}

static void sign(void *arg, uint64_t job, const struct psk_request *psk)
{
    sign_message request;
    identity_message id;
    fill_sign(psk, &id, &request);
    job_call_start(arg, METHOD(PKI_PSK_SIGN), &request.base, job, read_auth);
}

static void read_verdict(struct ike *ike, const ProtobufCMessage *message, struct ike_job_result *result)
{
    (void)ike;
    const Bulkhead__Internal__V1__PkiPskVerifyResponse *response =
        (const Bulkhead__Internal__V1__PkiPskVerifyResponse *)(const void *)message;
    result->other_secret = response->other_secret;
    result->data = edge_message_bytes(&response->auth);
    switch (response->verdict) {
    case BULKHEAD__INTERNAL__V1__PKI_VERDICT__PKI_VERDICT_ACCEPTED:
        break;
    case BULKHEAD__INTERNAL__V1__PKI_VERDICT__PKI_VERDICT_WRONG_MAC:
        result->outcome = IKE_JOB_WRONG_MAC;
        break;
    case BULKHEAD__INTERNAL__V1__PKI_VERDICT__PKI_VERDICT_WRONG_IDENTITY:
        result->outcome = IKE_JOB_WRONG_IDENTITY;
        break;
    default:
        result->outcome = IKE_JOB_FAILED;
        result->text = "pki-d gave no verdict";
        break;
    }
}

static void verify(void *arg, uint64_t job, const struct psk_request *psk)
{
    Bulkhead__Internal__V1__PkiPskVerifyRequest request;
    sign_message answer;
    identity_message id;
    identity_message own_id;
    bulkhead__internal__v1__pki_psk_verify_request__init(&request);
    edge_message_put_identity(psk->id, &id);
    request.tunnel = (char *)(uintptr_t)psk->tunnel;
    request.prf = psk->prf;
    edge_message_put_bytes(psk->message, &request.peer_message);
    edge_message_put_bytes(psk->nonce, &request.own_nonce);
    edge_message_put_bytes(psk->sk_p, &request.sk_p);
    request.peer_id = &id;
    edge_message_put_bytes(psk->auth, &request.auth);
    if (psk->answer) {
        fill_sign(psk->answer, &own_id, &answer);
        request.answer = &answer;
    }
    job_call_start(arg, METHOD(PKI_PSK_VERIFY), &request.base, job, read_verdict);
}

static void read_mixed(struct ike *ike, const ProtobufCMessage *message, struct ike_job_result *result)
{
    (void)ike;
    const Bulkhead__Internal__V1__PkiMixPpkResponse *response =
        (const Bulkhead__Internal__V1__PkiMixPpkResponse *)(const void *)message;
    result->keys[0] = edge_message_bytes(&response->sk_d);
    result->keys[1] = edge_message_bytes(&response->sk_pi);
    result->keys[2] = edge_message_bytes(&response->sk_pr);
}

static void mix(void *arg, uint64_t job, const struct ppk_request *ppk)
{
    Bulkhead__Internal__V1__PkiMixPpkRequest request;
    bulkhead__internal__v1__pki_mix_ppk_request__init(&request);
    request.tunnel = (char *)(uintptr_t)ppk->tunnel;
    request.prf = ppk->prf;
    edge_message_put_bytes(ppk->id, &request.ppk_id);
    edge_message_put_bytes(ppk->keys[0], &request.sk_d);
    edge_message_put_bytes(ppk->keys[1], &request.sk_pi);
    edge_message_put_bytes(ppk->keys[2], &request.sk_pr);
    job_call_start(arg, METHOD(PKI_MIX_PPK), &request.base, job, read_mixed);
}

// Lent to the result for as long as the answer is. False: not what a credential is.
static bool read_credential(const Bulkhead__Internal__V1__PkiGetCredentialResponse *response, struct ike_lent *lent)
{
    struct credential *credential = &lent->credential;
    struct writer authorities = writer_of(lent->authorities, sizeof(lent->authorities));
    *credential = (struct credential){0};
    if (!response->own_id || response->n_chain == 0 || response->n_chain > CREDENTIAL_CHAIN_MAX ||
        response->own_id->type > UINT8_MAX ||
        identity_from_wire((uint8_t)response->own_id->type, edge_message_bytes(&response->own_id->data),
                           &credential->own_id) < 0) {
        return false;
    }
    for (size_t i = 0; i < response->n_chain; i++) {
        credential->chain[credential->chain_n++] = edge_message_bytes(&response->chain[i]);
    }
    for (size_t i = 0; i < response->n_authority_key_hashes; i++) {
        struct bytes hash = edge_message_bytes(&response->authority_key_hashes[i]);
        if (hash.n != CREDENTIAL_HASH_BYTES) {
            return false;
        }
        writer_bytes(&authorities, hash);
    }
    credential->authorities = writer_view(&authorities);
    return writer_ok(&authorities);
}

static void read_credential_answer(struct ike *ike, const ProtobufCMessage *message, struct ike_job_result *result)
{
    if (read_credential((const Bulkhead__Internal__V1__PkiGetCredentialResponse *)(const void *)message, &ike->lent)) {
        result->credential = &ike->lent.credential;
    } else {
        result->outcome = IKE_JOB_FAILED;
        result->text = "pki-d's answer has no identity or certificate in it";
    }
}

static void get_credential(void *arg, uint64_t job, const char *tunnel)
{
    Bulkhead__Internal__V1__PkiGetCredentialRequest request;
    bulkhead__internal__v1__pki_get_credential_request__init(&request);
    request.tunnel = (char *)(uintptr_t)tunnel;
    job_call_start(arg, METHOD(PKI_GET_CREDENTIAL), &request.base, job, read_credential_answer);
}

static void read_signature(struct ike *ike, const ProtobufCMessage *message, struct ike_job_result *result)
{
    (void)ike;
    const Bulkhead__Internal__V1__PkiSignResponse *response =
        (const Bulkhead__Internal__V1__PkiSignResponse *)(const void *)message;
    result->data = edge_message_bytes(&response->auth);
    result->auth_method = (uint8_t)response->method;
    if (result->data.n == 0 || response->method == 0 || response->method > UINT8_MAX) {
        result->outcome = IKE_JOB_FAILED;
        result->text = "pki-d made an empty AUTH";
    }
}

static void certificate_sign(void *arg, uint64_t job, const struct psk_request *octets, uint32_t peer_hashes)
{
    Bulkhead__Internal__V1__PkiSignRequest request;
    identity_message id;
    bulkhead__internal__v1__pki_sign_request__init(&request);
    edge_message_put_identity(octets->id, &id);
    request.tunnel = (char *)(uintptr_t)octets->tunnel;
    request.prf = octets->prf;
    edge_message_put_bytes(octets->message, &request.own_message);
    edge_message_put_bytes(octets->nonce, &request.peer_nonce);
    edge_message_put_bytes(octets->sk_p, &request.sk_p);
    request.own_id = &id;
    request.peer_hashes = peer_hashes;
    job_call_start(arg, METHOD(PKI_SIGN), &request.base, job, read_signature);
}

void pki_client_fill(struct ike_env *env)
{
    env->get_credential = get_credential;
    env->certificate_sign = certificate_sign;
    env->psk_sign = sign;
    env->psk_verify = verify;
    env->ppk_mix = mix;
}
