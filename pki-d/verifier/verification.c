#include "pki-d/verifier/verification.h"

#include <stdlib.h>

#include "bulkhead/internal/v1/ipc.pb-c.h"
#include "lib/core/clock.h"
#include "lib/core/log.h"
#include "lib/ipc/allocator.h"
#include "lib/ipc/message_copy.h"
#include "pki-d/verifier/certificate_name.h"
#include "pki-d/verifier/peer.h"
#include "pki-d/verifier/revocation.h"

#define ERROR(code) BULKHEAD__INTERNAL__V1__ERROR_CODE__ERROR_CODE_##code

struct verification {
    struct verification_env env;
    struct ipc_request *request;
    Bulkhead__Internal__V1__VerifierVerifyPeerRequest *question; // our own copy
    Bulkhead__Internal__V1__PkiGetTrustResponse *trust;          // as well
    int64_t now;
    struct peer_answer answer;
    verification_done_fn *on_done;
    void *arg;
};

// The request was answered.
static void finish(struct verification *verification)
{
    verification_done_fn *on_done = verification->on_done;
    void *arg = verification->arg;

    peer_answer_done(&verification->answer);
    message_copy_free(verification->question, &allocator_wiping);
    message_copy_free(verification->trust, &allocator_wiping);
    free(verification);
    on_done(arg);
}

static void fail(struct verification *verification, uint32_t error, const char *text)
{
    ipc_request_fail(verification->request, error, text);
    finish(verification);
}

static void reply(struct verification *verification, const struct verdict *verdict)
{
    Bulkhead__Internal__V1__VerifierVerifyPeerResponse response =
        BULKHEAD__INTERNAL__V1__VERIFIER_VERIFY_PEER_RESPONSE__INIT;
    X509 *certificate = verification->answer.certificate;
    char *subject = NULL, *issuer = NULL, serial[2 * VERIFIER_SERIAL_MAX_BYTES + 2];
    char *reason = certificate_name_escape(bytes_of_str(verdict->reason));

    response.verdict = verdict->code;
    response.not_after = verification->answer.not_after;
    if (reason)
        response.reason = reason;
    if (certificate) {
        subject = certificate_name_short_text(X509_get_subject_name(certificate));
        issuer = certificate_name_short_text(X509_get_issuer_name(certificate));
        response.serial = certificate_name_serial(X509_get0_serialNumber(certificate), serial, sizeof(serial));
    }
    if (subject)
        response.subject = subject;
    if (issuer)
        response.issuer = issuer;
    log_info("peer_verified", LOG_STR("tunnel", verification->question->tunnel), LOG_INT("verdict", verdict->code),
             LOG_STR("subject", response.subject), LOG_STR("reason", response.reason));
    ipc_request_reply(verification->request, &response.base);
    free(subject);
    free(issuer);
    free(reason);
    finish(verification);
}

static void on_revocation(void *arg, const struct verdict *verdict)
{
    reply(arg, verdict);
}

static void check(struct verification *verification)
{
    const struct peer_question question = {.request = verification->question,
                                           .trust = verification->trust,
                                           .trusted = verification->env.trusted,
                                           .now = verification->now};
    struct revocation_question revocation = {
        .node = verification->env.node, .trust = verification->trust, .now = verification->now};

    peer_check(&question, &verification->answer);
    if (verification->answer.verdict.code != VERDICT(ACCEPTED)) {
        reply(verification, &verification->answer.verdict);
        return;
    }
    revocation.path = verification->answer.path;
    revocation_check(&revocation, on_revocation, verification);
}

static void on_trust(void *arg, const struct ipc_result *result)
{
    struct verification *verification = arg;
    struct verdict verdict = {.code = VERDICT(UNSPECIFIED)};

    if (result->error == ERROR(NOT_FOUND)) {
        verdict_refuse(&verdict, VERDICT(NOT_CONFIGURED), "this tunnel does not authenticate by certificates");
        reply(verification, &verdict);
        return;
    }
    if (result->error) {
        fail(verification, ERROR(UNAVAILABLE), result->text);
        return;
    }
    verification->trust = message_copy(result->message, &allocator_wiping);
    if (verification->trust)
        check(verification);
    else
        fail(verification, ERROR(RESOURCE_EXHAUSTED), "no memory for a verification");
}

void verification_start(const struct verification_env *env, struct ipc_request *request,
                        const ProtobufCMessage *message, verification_done_fn *on_done, void *arg)
{
    Bulkhead__Internal__V1__PkiGetTrustRequest ask = BULKHEAD__INTERNAL__V1__PKI_GET_TRUST_REQUEST__INIT;
    struct verification *verification = calloc(1, sizeof(*verification));

    if (!verification) {
        ipc_request_fail(request, ERROR(RESOURCE_EXHAUSTED), "no memory for a verification");
        on_done(arg);
        return;
    }
    verification->env = *env;
    verification->request = request;
    verification->on_done = on_done;
    verification->arg = arg;
    verification->now = (int64_t)clock_wall_s(&clock_system);
    verification->question = message_copy(message, &allocator_wiping);
    if (!verification->question) {
        fail(verification, ERROR(RESOURCE_EXHAUSTED), "no memory for a verification");
        return;
    }
    ask.tunnel = verification->question->tunnel;
    ipc_call(env->node, BULKHEAD__INTERNAL__V1__METHOD__METHOD_PKI_GET_TRUST, &ask.base, 0, on_trust, verification);
}
