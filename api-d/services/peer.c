#include "api-d/services/services.h"

#include "api-d/api.h"
#include "api-d/connect/connect_call.h"
#include "bulkhead/internal/v1/api_ike.pb-c.h"
#include "bulkhead/internal/v1/ipc.pb-c.h"

static void on_unknown(void *arg, const struct ipc_result *result)
{
    const Bulkhead__Internal__V1__IkeListUnknownPeersResponse *answer = (const void *)result->message;
    const Bulkhead__V1__ListUnknownPeersResponse none = BULKHEAD__V1__LIST_UNKNOWN_PEERS_RESPONSE__INIT;

    if (result->error)
        connect_call_fail_format(arg, connect_code_from_ipc(result->error), "ike-d: %s", result->text);
    else
        connect_call_reply(arg, answer->unknown ? &answer->unknown->base : &none.base);
}

void peer_service_list_unknown_peers(struct api *api, struct connect_call *call, const ProtobufCMessage *request)
{
    Bulkhead__Internal__V1__IkeListUnknownPeersRequest message =
        BULKHEAD__INTERNAL__V1__IKE_LIST_UNKNOWN_PEERS_REQUEST__INIT;

    (void)request;
    ipc_call(api->node, BULKHEAD__INTERNAL__V1__METHOD__METHOD_IKE_LIST_UNKNOWN_PEERS, &message.base,
             connect_call_left_ms(call), on_unknown, call);
}
