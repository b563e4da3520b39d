#include "api-d/services/services.h"

#include "api-d/api.h"
#include "api-d/connect/connect_call.h"
#include "bulkhead/internal/v1/api_fw.pb-c.h"
#include "bulkhead/internal/v1/ipc.pb-c.h"

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
