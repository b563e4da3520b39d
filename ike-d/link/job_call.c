#include "ike-d/link/job_call.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bulkhead/internal/v1/ipc.pb-c.h"
#include "ike-d/link/ike.h"
#include "lib/core/log.h"

#define ERROR(name) BULKHEAD__INTERNAL__V1__ERROR_CODE__ERROR_CODE_##name

struct job_call {
    struct ike *ike;
    uint64_t job;
    job_call_read_fn *read;
};

static enum ike_job_outcome outcome_of(const struct ipc_result *result, bool of_pki)
{
    switch (result->error) {
    case ERROR(UNSPECIFIED):
        return IKE_JOB_OK;
    case ERROR(FAILED_PRECONDITION):
        if (strcmp(result->text, IPC_NOT_NOW) == 0) {
            return IKE_JOB_UNAVAILABLE; // it has just come up
        }
        return of_pki ? IKE_JOB_NO_SECRET : IKE_JOB_FAILED;
    case ERROR(NOT_FOUND):
        return of_pki ? IKE_JOB_NOT_BOUND : IKE_JOB_FAILED;
    case ERROR(UNAVAILABLE):
    case ERROR(DEADLINE_EXCEEDED):
    case ERROR(RESOURCE_EXHAUSTED):
        return IKE_JOB_UNAVAILABLE;
    default:
        return IKE_JOB_FAILED;
    }
}

static void finish(struct job_call *call, const struct ipc_result *result, bool of_pki)
{
    struct ike_job_result outcome = {.outcome = outcome_of(result, of_pki), .text = result->text};
    if (outcome.outcome == IKE_JOB_OK && call->read) {
        call->read(call->ike, result->message, &outcome);
    }
    if (call->ike->core_ready) {
        ike_job_finish(&call->ike->core.jobs, call->job, &outcome);
    }
    free(call);
}

static void on_pki_result(void *arg, const struct ipc_result *result)
{
    finish(arg, result, true);
}

static void on_result(void *arg, const struct ipc_result *result)
{
    finish(arg, result, false);
}

void job_call_start(struct ike *ike, uint32_t method, const ProtobufCMessage *request, uint64_t job,
                    job_call_read_fn *read)
{
    bool of_pki = method == BULKHEAD__INTERNAL__V1__METHOD__METHOD_PKI_PSK_SIGN ||
                  method == BULKHEAD__INTERNAL__V1__METHOD__METHOD_PKI_PSK_VERIFY ||
                  method == BULKHEAD__INTERNAL__V1__METHOD__METHOD_PKI_GET_CREDENTIAL ||
                  method == BULKHEAD__INTERNAL__V1__METHOD__METHOD_PKI_SIGN ||
                  method == BULKHEAD__INTERNAL__V1__METHOD__METHOD_PKI_MIX_PPK;
    struct job_call *call = calloc(1, sizeof(*call));
    if (!call) {
        log_error("call", LOG_ERRNO(ENOMEM));
        return; // the IKE SA's own time limit ends it
    }
    *call = (struct job_call){.ike = ike, .job = job, .read = read};
    (void)ipc_call(ike->daemon->node, method, request, 0, of_pki ? on_pki_result : on_result, call);
}
