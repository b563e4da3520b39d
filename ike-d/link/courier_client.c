#include "ike-d/link/courier_client.h"

#include "bulkhead/internal/v1/courier.pb-c.h"
#include "bulkhead/internal/v1/ipc.pb-c.h"
#include "ike-d/link/ike.h"
#include "ike-d/link/job_call.h"
#include "lib/ipc/edge_message.h"

static void read_addresses(struct ike *ike, const ProtobufCMessage *message, struct ike_job_result *result)
{
    const Bulkhead__Internal__V1__CourierResolveResponse *response =
        (const Bulkhead__Internal__V1__CourierResolveResponse *)(const void *)message;
    unsigned n = 0;
    for (size_t i = 0; i < response->n_addresses && n < PEER_NAME_ADDRESSES_MAX; i++) {
        struct address *address = &ike->resolved[n];
        if (address_from_bytes(edge_message_bytes(&response->addresses[i]), address) == 0 && !address_is_any(address) &&
            !address_is_multicast(address)) {
            n++;
        }
    }
    result->addresses = ike->resolved;
    result->addresses_n = n;
    result->ttl_s = response->ttl_s;
    if (n == 0) {
        result->outcome = IKE_JOB_FAILED;
        result->text = "the name has no address of a host";
    }
}

static void resolve(void *arg, uint64_t job, const char *name, bool anew)
{
    Bulkhead__Internal__V1__CourierResolveRequest request = BULKHEAD__INTERNAL__V1__COURIER_RESOLVE_REQUEST__INIT;
    request.name = (char *)(uintptr_t)name; // protobuf-c knows no const
    request.anew = anew;
    job_call_start(arg, BULKHEAD__INTERNAL__V1__METHOD__METHOD_COURIER_RESOLVE, &request.base, job, read_addresses);
}

void courier_client_fill(struct ike_env *env)
{
    env->resolve = resolve;
}
