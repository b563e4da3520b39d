// StartKeyLog, ReadKeyLog, StopKeyLog: keys of IKE SAs for Wireshark. What passes through here is in memory that is
// wiped, as all that the API answers.
#include "api-d/services/services.h"

#include "api-d/api.h"
#include "api-d/connect/connect_call.h"
#include "bulkhead/internal/v1/api_ike.pb-c.h"
#include "bulkhead/internal/v1/ipc.pb-c.h"

#define DURATION_DEFAULT_S 600
#define DURATION_MAX_S     3600

static bool has_failed(struct connect_call *call, const struct ipc_result *result)
{
    if (result->error)
        connect_call_fail_format(call, connect_code_from_ipc(result->error), "ike-d: %s", result->text);
    return result->error;
}

static void ask(struct api *api, struct connect_call *call, Bulkhead__Internal__V1__IkeKeyLogRequest *message,
                void (*on_done)(void *arg, const struct ipc_result *result))
{
    if (!desired_state_has(api->apply.current, message->name)) {
        connect_call_fail_format(call, CONNECT_NOT_FOUND, "there is no tunnel \"%.64s\"", message->name);
        return;
    }
    ipc_call(api->node, BULKHEAD__INTERNAL__V1__METHOD__METHOD_IKE_KEY_LOG, &message->base, connect_call_left_ms(call),
             on_done, call);
}

static void on_started(void *arg, const struct ipc_result *result)
{
    const Bulkhead__Internal__V1__IkeKeyLogResponse *answer = (const void *)result->message;
    Bulkhead__V1__StartKeyLogResponse response = BULKHEAD__V1__START_KEY_LOG_RESPONSE__INIT;
    Google__Protobuf__Timestamp ends = GOOGLE__PROTOBUF__TIMESTAMP__INIT;

    if (has_failed(arg, result))
        return;
    ends.seconds = (int64_t)answer->ends_s;
    response.ends = &ends;
    connect_call_reply(arg, &response.base);
}

void tunnel_service_start_key_log(struct api *api, struct connect_call *call, const ProtobufCMessage *request)
{
    const Bulkhead__V1__StartKeyLogRequest *r = (const void *)request;
    Bulkhead__Internal__V1__IkeKeyLogRequest message = BULKHEAD__INTERNAL__V1__IKE_KEY_LOG_REQUEST__INIT;
    int64_t seconds = r->duration ? r->duration->seconds : DURATION_DEFAULT_S;

    if (seconds < 1 || seconds > DURATION_MAX_S) {
        connect_call_fail(call, CONNECT_INVALID_ARGUMENT, "duration: a key log is on for 1s to 1h");
        return;
    }
    message.name = r->tunnel;
    message.seconds = (uint32_t)seconds;
    ask(api, call, &message, on_started);
}

static void on_read(void *arg, const struct ipc_result *result)
{
    const Bulkhead__Internal__V1__IkeKeyLogResponse *answer = (const void *)result->message;
    Bulkhead__V1__ReadKeyLogResponse response = BULKHEAD__V1__READ_KEY_LOG_RESPONSE__INIT;
    Google__Protobuf__Timestamp ends = GOOGLE__PROTOBUF__TIMESTAMP__INIT;

    if (has_failed(arg, result))
        return;
    ends.seconds = (int64_t)answer->ends_s;
    response.ends = answer->ends_s ? &ends : NULL;
    response.lines = answer->lines;
    response.n_lines = answer->n_lines;
    response.last = answer->last;
    connect_call_reply(arg, &response.base);
}

void tunnel_service_read_key_log(struct api *api, struct connect_call *call, const ProtobufCMessage *request)
{
    const Bulkhead__V1__ReadKeyLogRequest *r = (const void *)request;
    Bulkhead__Internal__V1__IkeKeyLogRequest message = BULKHEAD__INTERNAL__V1__IKE_KEY_LOG_REQUEST__INIT;

    message.name = r->tunnel;
    message.after = r->after;
    ask(api, call, &message, on_read);
}

static void on_stopped(void *arg, const struct ipc_result *result)
{
    const Bulkhead__V1__StopKeyLogResponse response = BULKHEAD__V1__STOP_KEY_LOG_RESPONSE__INIT;

    if (!has_failed(arg, result))
        connect_call_reply(arg, &response.base);
}

void tunnel_service_stop_key_log(struct api *api, struct connect_call *call, const ProtobufCMessage *request)
{
    Bulkhead__Internal__V1__IkeKeyLogRequest message = BULKHEAD__INTERNAL__V1__IKE_KEY_LOG_REQUEST__INIT;

    message.name = ((const Bulkhead__V1__StopKeyLogRequest *)(const void *)request)->tunnel;
    message.stop = true;
    ask(api, call, &message, on_stopped);
}
