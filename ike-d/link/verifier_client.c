#include "ike-d/link/verifier_client.h"

#include "bulkhead/internal/v1/ike_verifier.pb-c.h"
#include "bulkhead/internal/v1/ipc.pb-c.h"
#include "ike-d/link/ike.h"
#include "ike-d/link/job_call.h"
#include "ike-d/wire/wire_limits.h"
#include "lib/ipc/edge_message.h"

#define METHOD(name) BULKHEAD__INTERNAL__V1__METHOD__METHOD_##name

_Static_assert((int)PEER_VERDICT_NOT_CONFIGURED ==
                   (int)BULKHEAD__INTERNAL__V1__VERIFIER_VERDICT__VERIFIER_VERDICT_NOT_CONFIGURED,
               "the verdicts are those of bulkhead.internal.v1.VerifierVerdict");

// Lent to the result for as long as the answer is.
static void read_verdict(struct ike *ike, const ProtobufCMessage *message, struct ike_job_result *result)
{
    const Bulkhead__Internal__V1__VerifierVerifyPeerResponse *response =
        (const Bulkhead__Internal__V1__VerifierVerifyPeerResponse *)(const void *)message;
    ike->lent.peer = (struct peer_certificate){
        .verdict = (enum peer_verdict)response->verdict,
        .reason = response->reason,
        .subject = response->subject,
        .serial = response->serial,
        .issuer = response->issuer,
        .not_after_s = response->not_after > 0 ? (uint64_t)response->not_after : 0,
    };
    result->peer = &ike->lent.peer;
    if (response->verdict == BULKHEAD__INTERNAL__V1__VERIFIER_VERDICT__VERIFIER_VERDICT_UNSPECIFIED ||
        response->verdict > BULKHEAD__INTERNAL__V1__VERIFIER_VERDICT__VERIFIER_VERDICT_NOT_CONFIGURED) {
        result->outcome = IKE_JOB_FAILED;
        result->text = "the verifier gave no verdict";
    } else if (response->verdict != BULKHEAD__INTERNAL__V1__VERIFIER_VERDICT__VERIFIER_VERDICT_ACCEPTED) {
        result->outcome = IKE_JOB_REFUSED;
    }
}

static void verify(void *arg, uint64_t job, const struct peer_proof *proof)
{
    const struct psk_request *octets = &proof->octets;
    Bulkhead__Internal__V1__VerifierVerifyPeerRequest request;
    ProtobufCBinaryData certificates[WIRE_CERTS_MAX];
    identity_message id;
    bulkhead__internal__v1__verifier_verify_peer_request__init(&request);
    edge_message_put_identity(octets->id, &id);
    request.tunnel = (char *)(uintptr_t)octets->tunnel;
    request.prf = octets->prf;
    edge_message_put_bytes(octets->message, &request.peer_message);
    edge_message_put_bytes(octets->nonce, &request.own_nonce);
    edge_message_put_bytes(octets->sk_p, &request.sk_p);
    request.peer_id = &id;
    request.auth_method = proof->method;
    edge_message_put_bytes(octets->auth, &request.auth);
    request.certificates = certificates;
    for (unsigned i = 0; i < proof->certificates_n && i < WIRE_CERTS_MAX; i++) {
        edge_message_put_bytes(proof->certificates[i], &certificates[request.n_certificates++]);
    }
    request.own_hashes = proof->own_hashes;
    job_call_start(arg, METHOD(VERIFIER_VERIFY_PEER), &request.base, job, read_verdict);
}

void verifier_client_fill(struct ike_env *env)
{
    env->peer_verify = verify;
}
