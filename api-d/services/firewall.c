#include "api-d/services/services.h"

#include <stdlib.h>

#include "api-d/api.h"
#include "api-d/connect/connect_call.h"
#include "bulkhead/internal/v1/api_fw.pb-c.h"
#include "bulkhead/internal/v1/ipc.pb-c.h"
#include "lib/ipc/message_copy.h"

static void on_overview(void *arg, const struct ipc_result *result)
{
    const Bulkhead__Internal__V1__FwOverviewResponse *answer = (const void *)result->message;
    const Bulkhead__V1__GetFirewallResponse none = BULKHEAD__V1__GET_FIREWALL_RESPONSE__INIT;

    if (result->error)
        connect_call_fail_format(arg, connect_code_from_ipc(result->error), "fw-d: %s", result->text);
    else
        connect_call_reply(arg, answer->firewall ? &answer->firewall->base : &none.base);
}

void firewall_service_get_firewall(struct api *api, struct connect_call *call, const ProtobufCMessage *request)
{
    Bulkhead__Internal__V1__FwOverviewRequest message = BULKHEAD__INTERNAL__V1__FW_OVERVIEW_REQUEST__INIT;

    (void)request;
    ipc_call(api->node, BULKHEAD__INTERNAL__V1__METHOD__METHOD_FW_OVERVIEW, &message.base, connect_call_left_ms(call),
             on_overview, call);
}

// The pages so far.
struct list {
    struct api *api;
    struct connect_call *call;
    Bulkhead__V1__ListTunnelCountersResponse response;
};

static void list_free(struct list *list)
{
    for (size_t i = 0; i < list->response.n_counters; i++)
        bulkhead__v1__tunnel_counter__free_unpacked(list->response.counters[i], NULL);
    free(list->response.counters);
    free(list);
}

static bool list_add(struct list *list, const Bulkhead__V1__ListTunnelCountersResponse *page)
{
    size_t n = list->response.n_counters;
    Bulkhead__V1__TunnelCounter **longer =
        reallocarray(list->response.counters, n + page->n_counters + 1, sizeof(*longer));

    if (!longer)
        return false;
    list->response.counters = longer;
    for (size_t i = 0; i < page->n_counters; i++) {
        longer[n + i] = message_copy(&page->counters[i]->base, NULL);
        if (!longer[n + i])
            return false;
        list->response.n_counters++;
    }
    return true;
}

static void ask_page(struct list *list);

static void on_page(void *arg, const struct ipc_result *result)
{
    const Bulkhead__Internal__V1__FwTunnelCountersResponse *answer = (const void *)result->message;
    struct list *list = arg;

    if (result->error) {
        connect_call_fail_format(list->call, connect_code_from_ipc(result->error), "fw-d: %s", result->text);
    } else if (answer->page && !list_add(list, answer->page)) {
        connect_call_fail(list->call, CONNECT_RESOURCE_EXHAUSTED, "out of memory");
    } else if (!answer->last && answer->page && answer->page->n_counters) {
        ask_page(list);
        return;
    } else {
        connect_call_reply(list->call, &list->response.base);
    }
    list_free(list);
}

static void ask_page(struct list *list)
{
    Bulkhead__Internal__V1__FwTunnelCountersRequest message = BULKHEAD__INTERNAL__V1__FW_TUNNEL_COUNTERS_REQUEST__INIT;

    message.start = (uint32_t)list->response.n_counters;
    ipc_call(list->api->node, BULKHEAD__INTERNAL__V1__METHOD__METHOD_FW_TUNNEL_COUNTERS, &message.base,
             connect_call_left_ms(list->call), on_page, list);
}

void firewall_service_list_tunnel_counters(struct api *api, struct connect_call *call, const ProtobufCMessage *request)
{
    struct list *list = calloc(1, sizeof(*list));

    (void)request;
    if (!list) {
        connect_call_fail(call, CONNECT_RESOURCE_EXHAUSTED, "out of memory");
        return;
    }
    list->api = api;
    list->call = call;
    bulkhead__v1__list_tunnel_counters_response__init(&list->response);
    ask_page(list);
}
