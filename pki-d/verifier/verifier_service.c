#include "pki-d/verifier/verifier_service.h"

#include <errno.h>
#include <stdlib.h>

#include "bulkhead/internal/v1/api_verifier.pb-c.h"
#include "bulkhead/internal/v1/courier.pb-c.h"
#include "bulkhead/internal/v1/ipc.pb-c.h"
#include "lib/core/clock.h"
#include "lib/ipc/edge_message.h"
#include "pki-d/verifier/certificate_facts.h"
#include "pki-d/verifier/lint_request.h"
#include "pki-d/verifier/ocsp_request.h"
#include "pki-d/verifier/verification.h"
#include "pki-d/verifier/verifier_limits.h"

#define ERROR(code)  BULKHEAD__INTERNAL__V1__ERROR_CODE__ERROR_CODE_##code
#define METHOD(name) BULKHEAD__INTERNAL__V1__METHOD__METHOD_##name

// 1,000 verifications or 10,000 questions of the public, a quarter of an hour.
#define WORK_MAX          10000u
#define WORK_VERIFICATION 10u
#define AGE_MAX_MS        900000u

// A revocation is to be seen within seconds, whatever the answer says of its next update.
#define OCSP_CACHED_S 2

static struct verifier_service *service_of(struct daemon *daemon)
{
    return daemon->self;
}

static void begin(struct daemon *daemon, uint32_t work)
{
    service_of(daemon)->under_way++;
    service_of(daemon)->work += work;
    if (service_of(daemon)->work >= WORK_MAX)
        daemon_retire(daemon);
}

static void end(void *arg)
{
    struct daemon *daemon = arg;
    struct verifier_service *service = service_of(daemon);

    service->under_way--;
    if (service->under_way == 0 && (service->is_old || service->work >= WORK_MAX))
        daemon_recycle(daemon);
}

static void on_verify_peer(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    struct daemon *daemon = arg;
    const struct verification_env env = {.node = daemon->node, .trusted = &service_of(daemon)->trusted};

    begin(daemon, WORK_VERIFICATION);
    verification_start(&env, request, message, end, daemon);
}

static void on_read_request(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    const Bulkhead__Internal__V1__VerifierReadRequestRequest *ask = (const void *)message;
    Bulkhead__Internal__V1__VerifierReadRequestResponse response =
        BULKHEAD__INTERNAL__V1__VERIFIER_READ_REQUEST_RESPONSE__INIT;
    char reason[VERIFIER_REASON_MAX];
    int r;

    begin(arg, WORK_VERIFICATION);
    r = certificate_facts_read_request(edge_message_bytes(&ask->data), &response.facts, reason);
    if (r == 0)
        ipc_request_reply(request, &response.base);
    else
        ipc_request_fail(request, r == -ENOMEM ? ERROR(RESOURCE_EXHAUSTED) : ERROR(INVALID_ARGUMENT), reason);
    certificate_facts_free(response.facts);
    end(arg);
}

static void on_lint(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    const Bulkhead__Internal__V1__VerifierLintRequest *ask = (const void *)message;
    Bulkhead__Internal__V1__VerifierLintResponse response = BULKHEAD__INTERNAL__V1__VERIFIER_LINT_RESPONSE__INIT;
    Bulkhead__V1__LintCertificateResponse findings = BULKHEAD__V1__LINT_CERTIFICATE_RESPONSE__INIT;
    struct lint_message_list list = {.n = 0};
    char reason[VERIFIER_REASON_MAX];
    int r;

    begin(arg, WORK_VERIFICATION);
    r = lint_request_answer(ask->request, (int64_t)clock_wall_s(&clock_system), &list, reason);
    findings.findings = list.findings;
    findings.n_findings = list.n;
    response.response = &findings;
    if (r == 0)
        ipc_request_reply(request, &response.base);
    else
        ipc_request_fail(request, r == -ENOMEM ? ERROR(RESOURCE_EXHAUSTED) : ERROR(INVALID_ARGUMENT), reason);
    lint_message_list_done(&list);
    end(arg);
}

// ---- the public's questions

struct passing {
    struct daemon *daemon;
    struct ipc_request *request;
    bool has_nonce;
};

static struct passing *passing_new(struct daemon *daemon, struct ipc_request *request)
{
    struct passing *passing = malloc(sizeof(*passing));

    if (!passing) {
        ipc_request_fail(request, ERROR(RESOURCE_EXHAUSTED), "no memory for a question");
        return NULL;
    }
    *passing = (struct passing){.daemon = daemon, .request = request};
    begin(daemon, 1);
    return passing;
}

static void passing_end(struct passing *passing)
{
    struct daemon *daemon = passing->daemon;

    free(passing);
    end(daemon);
}

static void refuse_ocsp(struct passing *passing, enum ocsp_refusal refusal)
{
    Bulkhead__Internal__V1__VerifierAnswerOcspResponse response =
        BULKHEAD__INTERNAL__V1__VERIFIER_ANSWER_OCSP_RESPONSE__INIT;
    uint8_t der[OCSP_REFUSAL_MAX_BYTES];

    edge_message_put_bytes(bytes_of(der, ocsp_request_refuse(refusal, der)), &response.response);
    ipc_request_reply(passing->request, &response.base);
    passing_end(passing);
}

static void on_ocsp_signed(void *arg, const struct ipc_result *result)
{
    struct passing *passing = arg;
    const Bulkhead__Internal__V1__PkiSignOcspResponse *made = (const void *)result->message;
    Bulkhead__Internal__V1__VerifierAnswerOcspResponse response =
        BULKHEAD__INTERNAL__V1__VERIFIER_ANSWER_OCSP_RESPONSE__INIT;
    int64_t left = result->error ? 0 : made->next_update - (int64_t)clock_wall_s(&clock_system);

    if (result->error) {
        refuse_ocsp(passing, result->error == ERROR(NOT_FOUND)          ? OCSP_REFUSAL_UNAUTHORIZED
                             : result->error == ERROR(INVALID_ARGUMENT) ? OCSP_REFUSAL_MALFORMED
                             : result->error == ERROR(INTERNAL)         ? OCSP_REFUSAL_INTERNAL
                                                                        : OCSP_REFUSAL_TRY_LATER);
        return;
    }
    response.response = made->der;
    if (!passing->has_nonce && left > OCSP_CACHED_S)
        response.max_age_s = OCSP_CACHED_S;
    ipc_request_reply(passing->request, &response.base);
    passing_end(passing);
}

static void on_answer_ocsp(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    const Bulkhead__Internal__V1__VerifierAnswerOcspRequest *ask = (const void *)message;
    struct daemon *daemon = arg;
    struct passing *passing = passing_new(daemon, request);
    Bulkhead__Internal__V1__PkiSignOcspRequest *typed;
    int r;

    if (!passing)
        return;
    r = ocsp_request_read(edge_message_bytes(&ask->request), &typed);
    if (r < 0) {
        refuse_ocsp(passing, r == -ENOMEM ? OCSP_REFUSAL_TRY_LATER : OCSP_REFUSAL_MALFORMED);
        return;
    }
    passing->has_nonce = typed->nonce.len > 0;
    ipc_call(daemon->node, METHOD(PKI_SIGN_OCSP), &typed->base, 0, on_ocsp_signed, passing);
    bulkhead__internal__v1__pki_sign_ocsp_request__free_unpacked(typed, NULL);
}

static void on_crl(void *arg, const struct ipc_result *result)
{
    struct passing *passing = arg;
    Bulkhead__Internal__V1__VerifierGetCrlResponse response = BULKHEAD__INTERNAL__V1__VERIFIER_GET_CRL_RESPONSE__INIT;

    if (result->error) {
        ipc_request_fail(passing->request, result->error, result->text);
    } else {
        response.response = (void *)(uintptr_t)result->message; // protobuf-c knows no const
        ipc_request_reply(passing->request, &response.base);
    }
    passing_end(passing);
}

static void on_get_crl(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    const Bulkhead__Internal__V1__VerifierGetCrlRequest *ask = (const void *)message;
    struct daemon *daemon = arg;
    struct passing *passing;

    if (!ask->request) {
        ipc_request_fail(request, ERROR(INVALID_ARGUMENT), "request: missing");
        return;
    }
    passing = passing_new(daemon, request);
    if (passing)
        ipc_call(daemon->node, METHOD(PKI_GET_CRL), &ask->request->base, 0, on_crl, passing);
}

const struct ipc_handler verifier_handlers[] = {
    {METHOD(VERIFIER_VERIFY_PEER), on_verify_peer},
    {METHOD(VERIFIER_READ_REQUEST), on_read_request},
    {METHOD(VERIFIER_LINT), on_lint},
    {METHOD(VERIFIER_ANSWER_OCSP), on_answer_ocsp},
    {METHOD(VERIFIER_GET_CRL), on_get_crl},
    {0},
};

// ---- its life

static void on_age(uv_timer_t *timer)
{
    struct daemon *daemon = timer->data;

    service_of(daemon)->is_old = true;
    if (service_of(daemon)->under_way == 0)
        daemon_recycle(daemon);
    else
        daemon_retire(daemon);
}

int verifier_service_start(struct daemon *daemon)
{
    struct verifier_service *service = service_of(daemon);
    int r = uv_timer_init(daemon->loop, &service->age);

    if (r < 0)
        return r;
    service->age.data = daemon;
    return uv_timer_start(&service->age, on_age, AGE_MAX_MS, 0);
}

void verifier_service_stop(struct daemon *daemon)
{
    uv_close((uv_handle_t *)&service_of(daemon)->age, NULL);
    trusted_certificates_done(&service_of(daemon)->trusted);
}
