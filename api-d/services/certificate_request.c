// CertificateService.SignCertificateRequest: the verifier reads the stranger's PKCS#10, pki-d signs what it read.
#include <stdlib.h>

#include "api-d/envelope.h"
#include "api-d/services/services.h"
#include "bulkhead/internal/v1/api_pki.pb-c.h"
#include "bulkhead/internal/v1/api_verifier.pb-c.h"
#include "bulkhead/internal/v1/ipc.pb-c.h"

struct task {
    struct api *api;
    struct connect_call *call;
    const Bulkhead__V1__SignCertificateRequestRequest *request; // the call's
};

static void sign(const struct task *task, Bulkhead__Internal__V1__CertificateFacts *facts)
{
    static const struct envelope envelope = {BULKHEAD__INTERNAL__V1__METHOD__METHOD_PKI_SIGN_REQUEST,
                                             &bulkhead__internal__v1__pki_sign_request_request__descriptor, "pki-d"};
    Bulkhead__Internal__V1__PkiSignRequestRequest message = BULKHEAD__INTERNAL__V1__PKI_SIGN_REQUEST_REQUEST__INIT;
    Bulkhead__V1__SignCertificateRequestRequest request = *task->request;
    char actor[ENVELOPE_ACTOR_MAX];

    request.request = (ProtobufCBinaryData){0};
    message.actor = envelope_actor(task->call, actor);
    message.request = &request;
    message.facts = facts;
    envelope_send(task->api, task->call, &envelope, &message.base);
}

static void on_read(void *arg, const struct ipc_result *result)
{
    const Bulkhead__Internal__V1__VerifierReadRequestResponse *answer = (const void *)result->message;
    struct task task = *(struct task *)arg;

    free(arg);
    if (result->error)
        envelope_fail(task.call, "verifier", result);
    else if (!answer->facts)
        connect_call_fail(task.call, CONNECT_INTERNAL, "verifier answers nothing");
    else
        sign(&task, answer->facts);
}

void certificate_service_sign_certificate_request(struct api *api, struct connect_call *call,
                                                  const ProtobufCMessage *request)
{
    const Bulkhead__V1__SignCertificateRequestRequest *r = (const void *)request;
    Bulkhead__Internal__V1__VerifierReadRequestRequest message =
        BULKHEAD__INTERNAL__V1__VERIFIER_READ_REQUEST_REQUEST__INIT;
    struct task *task;

    if (!certificate_service_check(call, request))
        return;
    task = malloc(sizeof(*task));
    if (!task) {
        connect_call_fail(call, CONNECT_RESOURCE_EXHAUSTED, "out of memory");
        return;
    }
    *task = (struct task){.api = api, .call = call, .request = r};
    message.data = r->request;
    ipc_call(api->node, BULKHEAD__INTERNAL__V1__METHOD__METHOD_VERIFIER_READ_REQUEST, &message.base,
             connect_call_left_ms(call), on_read, task);
}
