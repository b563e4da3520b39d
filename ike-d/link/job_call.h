// A call over an edge whose answer finishes a job of the core.
#ifndef BULKHEAD_IKE_LINK_JOB_CALL_H
#define BULKHEAD_IKE_LINK_JOB_CALL_H

#include <protobuf-c/protobuf-c.h>

#include "ike-d/sa/ike_job.h"

struct ike;

// Reads what the job wants from a good response; may turn it into a failure.
typedef void job_call_read_fn(struct ike *ike, const ProtobufCMessage *response, struct ike_job_result *result);

// read may be NULL.
void job_call_start(struct ike *ike, uint32_t method, const ProtobufCMessage *request, uint64_t job,
                    job_call_read_fn *read);

#endif
