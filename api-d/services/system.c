#include "api-d/services/services.h"

#include <stdint.h>
#include <stdlib.h>

#include "api-d/api.h"
#include "api-d/connect/connect_call.h"
#include "bulkhead/internal/v1/api_esp.pb-c.h"
#include "bulkhead/internal/v1/ipc.pb-c.h"

// Longest time that GetStatus waits for esp-d.
#define STATUS_MS 1000u

void system_service_get_version(struct api *api, struct connect_call *call, const ProtobufCMessage *request)
{
    Bulkhead__V1__GetVersionResponse response = BULKHEAD__V1__GET_VERSION_RESPONSE__INIT;

    (void)request;
    response.version = (char *)(uintptr_t)api->version;
    connect_call_reply(call, &response.base);
}

struct status {
    struct api *api;
    struct connect_call *call;
};

static void fill_processes(const struct api *api, Bulkhead__V1__Process *processes, Bulkhead__V1__Process **pointers)
{
    static const enum role roles[] = {ROLE_IKE, ROLE_ESP, ROLE_PKI, ROLE_FW, ROLE_API};

    for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
        bulkhead__v1__process__init(&processes[i]);
        processes[i].role = (char *)(uintptr_t)role_name(roles[i]);
        processes[i].connected = roles[i] == ROLE_API || ipc_node_is_up(api->node, roles[i]);
        pointers[i] = &processes[i];
    }
}

static bool fill_drops(Bulkhead__V1__GetStatusResponse *response,
                       const Bulkhead__Internal__V1__EspCountersResponse *counters, Bulkhead__V1__DropCounter **storage)
{
    size_t n = counters->n_drops;
    Bulkhead__V1__DropCounter *drops = calloc(n + 1, sizeof(*drops));

    response->drops = calloc(n + 1, sizeof(*response->drops));
    *storage = drops;
    if (!drops || !response->drops)
        return false;
    for (size_t i = 0; i < n; i++) {
        bulkhead__v1__drop_counter__init(&drops[i]);
        drops[i].reason = counters->drops[i]->reason;
        drops[i].packets = counters->drops[i]->packets;
        response->drops[i] = &drops[i];
    }
    response->n_drops = n;
    response->cipher_backend = counters->cipher_backend;
    return true;
}

static void on_counters(void *arg, const struct ipc_result *result)
{
    Bulkhead__V1__GetStatusResponse response = BULKHEAD__V1__GET_STATUS_RESPONSE__INIT;
    Bulkhead__V1__Process processes[5], *pointers[5];
    Bulkhead__V1__DropCounter *storage = NULL;
    struct status *status = arg;

    fill_processes(status->api, processes, pointers);
    response.processes = pointers;
    response.n_processes = sizeof(pointers) / sizeof(pointers[0]);
    // Without esp-d its part stays empty; "connected" says why.
    if (!result->error && !fill_drops(&response, (const void *)result->message, &storage))
        connect_call_fail(status->call, CONNECT_RESOURCE_EXHAUSTED, "out of memory");
    else
        connect_call_reply(status->call, &response.base);
    free(storage);
    free(response.drops);
    free(status);
}

void system_service_get_status(struct api *api, struct connect_call *call, const ProtobufCMessage *request)
{
    Bulkhead__Internal__V1__EspCountersRequest message = BULKHEAD__INTERNAL__V1__ESP_COUNTERS_REQUEST__INIT;
    uint32_t left_ms = connect_call_left_ms(call);
    struct status *status = malloc(sizeof(*status));

    (void)request;
    if (!status) {
        connect_call_fail(call, CONNECT_RESOURCE_EXHAUSTED, "out of memory");
        return;
    }
    *status = (struct status){.api = api, .call = call};
    ipc_call(api->node, BULKHEAD__INTERNAL__V1__METHOD__METHOD_ESP_COUNTERS, &message.base,
             left_ms < STATUS_MS ? left_ms : STATUS_MS, on_counters, status);
}
