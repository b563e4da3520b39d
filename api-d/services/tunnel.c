#include "api-d/services/services.h"

#include <stdlib.h>
#include <string.h>

#include "api-d/api.h"
#include "api-d/connect/connect_call.h"
#include "api-d/tunnel_list.h"
#include "bulkhead/internal/v1/api_ike.pb-c.h"
#include "bulkhead/internal/v1/ipc.pb-c.h"

// A call about one tunnel.
struct task {
    struct api *api;
    struct connect_call *call;
    char name[65];
};

// NULL: the call has failed.
static struct task *begin(struct api *api, struct connect_call *call, const char *name)
{
    struct task *task;

    if (!name[0]) {
        connect_call_fail(call, CONNECT_INVALID_ARGUMENT, "name: a tunnel's name is required");
        return NULL;
    }
    if (strlen(name) >= sizeof(task->name) || !desired_state_has(api->apply.current, name)) {
        connect_call_fail_format(call, CONNECT_NOT_FOUND, "there is no tunnel \"%.64s\"", name);
        return NULL;
    }
    task = calloc(1, sizeof(*task));
    if (!task) {
        connect_call_fail(call, CONNECT_RESOURCE_EXHAUSTED, "out of memory");
        return NULL;
    }
    task->api = api;
    task->call = call;
    strcpy(task->name, name);
    return task;
}

static void on_list(void *arg, const struct tunnel_list *list)
{
    Bulkhead__V1__ListTunnelsResponse response = BULKHEAD__V1__LIST_TUNNELS_RESPONSE__INIT;
    struct connect_call *call = arg;

    if (list->ike_code != CONNECT_OK) {
        connect_call_fail(call, list->ike_code, list->ike_text);
        return;
    }
    response.tunnels = list->tunnels;
    response.n_tunnels = list->tunnels_n;
    connect_call_reply(call, &response.base);
}

void tunnel_service_list_tunnels(struct api *api, struct connect_call *call, const ProtobufCMessage *request)
{
    const Bulkhead__V1__ListTunnelsRequest *r = (const void *)request;

    if (r->summary)
        tunnel_list_start_summary(api->node, connect_call_left_ms(call), on_list, call);
    else
        tunnel_list_start(api->node, "", connect_call_left_ms(call), on_list, call);
}

static void on_get(void *arg, const struct tunnel_list *list)
{
    Bulkhead__V1__GetTunnelResponse response = BULKHEAD__V1__GET_TUNNEL_RESPONSE__INIT;
    struct task *task = arg;

    response.config = desired_state_find(task->api->apply.current, task->name);
    if (list->ike_code != CONNECT_OK) {
        connect_call_fail(task->call, list->ike_code, list->ike_text);
    } else if (!list->tunnels_n || !response.config) {
        connect_call_fail_format(task->call, CONNECT_NOT_FOUND, "there is no tunnel \"%s\"", task->name);
    } else {
        response.tunnel = list->tunnels[0];
        connect_call_reply(task->call, &response.base);
    }
    if (response.config)
        bulkhead__v1__tunnel__free_unpacked(response.config, NULL);
    free(task);
}

void tunnel_service_get_tunnel(struct api *api, struct connect_call *call, const ProtobufCMessage *request)
{
    struct task *task = begin(api, call, ((const Bulkhead__V1__GetTunnelRequest *)(const void *)request)->name);

    if (task)
        tunnel_list_start(api->node, task->name, connect_call_left_ms(call), on_get, task);
}

static void fail(struct task *task, const struct ipc_result *result)
{
    connect_call_fail_format(task->call, connect_code_from_ipc(result->error), "ike-d: %s", result->text);
    free(task);
}

// The response has all that ike-d's answer says.
static void pass_on(struct task *task, const struct ipc_result *result, const ProtobufCMessage *response)
{
    if (result->error) {
        fail(task, result);
        return;
    }
    connect_call_reply(task->call, response);
    free(task);
}

static void on_up(void *arg, const struct ipc_result *result)
{
    const Bulkhead__Internal__V1__IkeUpResponse *answer = (const void *)result->message;
    Bulkhead__V1__UpTunnelResponse response = BULKHEAD__V1__UP_TUNNEL_RESPONSE__INIT;
    struct task *task = arg;
    const Bulkhead__V1__TunnelFailure *failure;

    if (result->error) {
        fail(task, result);
        return;
    }
    if (!answer->tunnel) {
        connect_call_fail(task->call, CONNECT_INTERNAL, "ike-d: no state of the tunnel");
    } else if (answer->tunnel->state == BULKHEAD__V1__TUNNEL_STATE__TUNNEL_STATE_UP) {
        response.tunnel = answer->tunnel;
        connect_call_reply(task->call, &response.base);
    } else {
        failure = answer->tunnel->failure;
        connect_call_fail_format(
            task->call, CONNECT_FAILED_PRECONDITION, "tunnel \"%s\" is %s: %s%s%s", task->name,
            answer->tunnel->state == BULKHEAD__V1__TUNNEL_STATE__TUNNEL_STATE_PARTIAL ? "up in part" : "not up",
            failure ? failure->notify : "", failure && failure->notify[0] ? ": " : "",
            failure ? failure->message : "the attempt was given up");
    }
    free(task);
}

void tunnel_service_up_tunnel(struct api *api, struct connect_call *call, const ProtobufCMessage *request)
{
    Bulkhead__Internal__V1__IkeUpRequest message = BULKHEAD__INTERNAL__V1__IKE_UP_REQUEST__INIT;
    struct task *task = begin(api, call, ((const Bulkhead__V1__UpTunnelRequest *)(const void *)request)->name);

    if (!task)
        return;
    message.name = task->name;
    ipc_call(api->node, BULKHEAD__INTERNAL__V1__METHOD__METHOD_IKE_UP, &message.base, connect_call_left_ms(call), on_up,
             task);
}

static void on_down(void *arg, const struct ipc_result *result)
{
    const Bulkhead__Internal__V1__IkeDownResponse *answer = (const void *)result->message;
    Bulkhead__V1__DownTunnelResponse response = BULKHEAD__V1__DOWN_TUNNEL_RESPONSE__INIT;

    response.tunnel = result->error ? NULL : answer->tunnel;
    pass_on(arg, result, &response.base);
}

void tunnel_service_down_tunnel(struct api *api, struct connect_call *call, const ProtobufCMessage *request)
{
    Bulkhead__Internal__V1__IkeDownRequest message = BULKHEAD__INTERNAL__V1__IKE_DOWN_REQUEST__INIT;
    struct task *task = begin(api, call, ((const Bulkhead__V1__DownTunnelRequest *)(const void *)request)->name);

    if (!task)
        return;
    message.name = task->name;
    ipc_call(api->node, BULKHEAD__INTERNAL__V1__METHOD__METHOD_IKE_DOWN, &message.base, connect_call_left_ms(call),
             on_down, task);
}

static void on_rekey(void *arg, const struct ipc_result *result)
{
    const Bulkhead__Internal__V1__IkeRekeyResponse *answer = (const void *)result->message;
    Bulkhead__V1__RekeyTunnelResponse response = BULKHEAD__V1__REKEY_TUNNEL_RESPONSE__INIT;

    response.tunnel = result->error ? NULL : answer->tunnel;
    pass_on(arg, result, &response.base);
}

void tunnel_service_rekey_tunnel(struct api *api, struct connect_call *call, const ProtobufCMessage *request)
{
    const Bulkhead__V1__RekeyTunnelRequest *rekey = (const Bulkhead__V1__RekeyTunnelRequest *)(const void *)request;
    Bulkhead__Internal__V1__IkeRekeyRequest message = BULKHEAD__INTERNAL__V1__IKE_REKEY_REQUEST__INIT;
    struct task *task = begin(api, call, rekey->name);

    if (!task)
        return;
    message.name = task->name;
    message.target = rekey->target;
    ipc_call(api->node, BULKHEAD__INTERNAL__V1__METHOD__METHOD_IKE_REKEY, &message.base, connect_call_left_ms(call),
             on_rekey, task);
}
