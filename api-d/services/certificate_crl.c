// CertificateService.GetCrl: pki-d gives it in pages.
#include <errno.h>
#include <stdlib.h>

#include "api-d/document.h"
#include "api-d/envelope.h"
#include "api-d/services/services.h"
#include "bulkhead/internal/v1/ipc.pb-c.h"
#include "bulkhead/internal/v1/verifier_pki.pb-c.h"

struct task {
    struct api *api;
    struct connect_call *call;
    const Bulkhead__V1__GetCrlRequest *request; // the call's
    struct document document;
    uint64_t number; // of the first page
};

static void end(struct task *task)
{
    document_done(&task->document);
    free(task);
}

static void reply(struct task *task, uint32_t revoked)
{
    Bulkhead__V1__GetCrlResponse response = BULKHEAD__V1__GET_CRL_RESPONSE__INIT;
    struct buffer pem = {0};
    const struct buffer *data = task->request->pem ? &pem : &task->document.data;
    int err = 0;

    if (task->request->pem)
        err = document_to_pem(buffer_view(&task->document.data), "X509 CRL", &pem);
    response.data = (ProtobufCBinaryData){.data = data->p, .len = data->n};
    response.number = task->number;
    response.revoked = revoked;
    if (err < 0)
        connect_call_fail(task->call, CONNECT_RESOURCE_EXHAUSTED, "out of memory");
    else
        connect_call_reply(task->call, &response.base);
    buffer_done(&pem);
}

static void ask(struct task *task);

static void on_page(void *arg, const struct ipc_result *result)
{
    const Bulkhead__Internal__V1__PkiGetCrlResponse *page = (const void *)result->message;
    struct task *task = arg;
    int r;

    if (result->error) {
        envelope_fail(task->call, "pki-d", result);
        end(task);
        return;
    }
    r = task->document.data.n && page->number != task->number
            ? -EBADMSG
            : document_add(&task->document, &page->data, page->total_bytes);
    task->number = page->number;
    if (r == 0) {
        ask(task);
        return;
    }
    if (r < 0)
        connect_call_fail_format(task->call, CONNECT_INTERNAL, "pki-d: %s", document_error(r));
    else
        reply(task, page->revoked);
    end(task);
}

static void ask(struct task *task)
{
    Bulkhead__Internal__V1__PkiGetCrlRequest message = BULKHEAD__INTERNAL__V1__PKI_GET_CRL_REQUEST__INIT;

    message.authority = task->request->authority;
    message.offset = (uint32_t)task->document.data.n;
    message.number = task->number;
    ipc_call(task->api->node, BULKHEAD__INTERNAL__V1__METHOD__METHOD_PKI_GET_CRL, &message.base,
             connect_call_left_ms(task->call), on_page, task);
}

void certificate_service_get_crl(struct api *api, struct connect_call *call, const ProtobufCMessage *request)
{
    struct task *task;

    if (!certificate_service_check(call, request))
        return;
    task = calloc(1, sizeof(*task));
    if (!task) {
        connect_call_fail(call, CONNECT_RESOURCE_EXHAUSTED, "out of memory");
        return;
    }
    task->api = api;
    task->call = call;
    task->request = (const void *)request;
    ask(task);
}
