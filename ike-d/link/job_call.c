#include "ike-d/link/job_call.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bulkhead/internal/v1/ipc.pb-c.h"
#include "ike-d/link/ike.h"
#include "lib/core/log.h"

#define ERROR(name)  BULKHEAD__INTERNAL__V1__ERROR_CODE__ERROR_CODE_##name
#define METHOD(name) BULKHEAD__INTERNAL__V1__METHOD__METHOD_##name

struct job_call {
    struct ike *ike;
    uint64_t job;
    uint32_t method;
    job_call_read_fn *read;
};

// What FAILED_PRECONDITION and NOT_FOUND mean there.
struct meaning {
    enum ike_job_outcome failed_precondition;
    enum ike_job_outcome not_found;
};

static struct meaning meaning_of(uint32_t method)
{
    switch (method) {
    case METHOD(PKI_PSK_SIGN):
    case METHOD(PKI_PSK_VERIFY):
    case METHOD(PKI_MIX_PPK):
    case METHOD(PKI_GET_CREDENTIAL):
        return (struct meaning){IKE_JOB_NO_SECRET, IKE_JOB_NOT_BOUND};
    case METHOD(PKI_SIGN): // whether there is a key PKI_GET_CREDENTIAL has said just before
        return (struct meaning){IKE_JOB_NO_SIGNATURE, IKE_JOB_NOT_BOUND};
    default:
        return (struct meaning){IKE_JOB_FAILED, IKE_JOB_FAILED};
    }
}

static enum ike_job_outcome outcome_of(const struct ipc_result *result, uint32_t method)
{
    switch (result->error) {
    case ERROR(UNSPECIFIED):
        return IKE_JOB_OK;
    case ERROR(FAILED_PRECONDITION):
        if (strcmp(result->text, IPC_NOT_NOW) == 0) {
            return IKE_JOB_UNAVAILABLE; // it has just come up
        }
        return meaning_of(method).failed_precondition;
    case ERROR(NOT_FOUND):
        return meaning_of(method).not_found;
    case ERROR(UNAVAILABLE):
    case ERROR(DEADLINE_EXCEEDED):
    case ERROR(RESOURCE_EXHAUSTED):
        return IKE_JOB_UNAVAILABLE;
    default:
        return IKE_JOB_FAILED;
    }
}

static void on_result(void *arg, const struct ipc_result *result)
{
    struct job_call *call = arg;
    struct ike_job_result outcome = {.outcome = outcome_of(result, call->method), .text = result->text};
    if (outcome.outcome == IKE_JOB_OK && call->read) {
        call->read(call->ike, result->message, &outcome);
    }
    if (call->ike->core_ready) {
        ike_job_finish(&call->ike->core.jobs, call->job, &outcome);
    }
    free(call);
}

void job_call_start(struct ike *ike, uint32_t method, const ProtobufCMessage *request, uint64_t job,
                    job_call_read_fn *read)
{
    struct job_call *call = calloc(1, sizeof(*call));
    if (!call) {
        log_error("call", LOG_ERRNO(ENOMEM));
        return; // the IKE SA's own time limit ends it
    }
    *call = (struct job_call){.ike = ike, .job = job, .method = method, .read = read};
    (void)ipc_call(ike->daemon->node, method, request, 0, on_result, call);
}
