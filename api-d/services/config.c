#include "api-d/services/services.h"

#include <string.h>

#include "api-d/api.h"
#include "api-d/connect/connect_call.h"

static void on_applied(void *arg, const struct apply_outcome *outcome)
{
    Bulkhead__V1__ApplyConfigResponse response = BULKHEAD__V1__APPLY_CONFIG_RESPONSE__INIT;
    struct connect_call *call = arg;

    if (outcome->code != CONNECT_OK) {
        connect_call_fail(call, outcome->code, outcome->text);
        return;
    }
    response.added = outcome->difference.added;
    response.n_added = outcome->difference.added_n;
    response.changed = outcome->difference.changed;
    response.n_changed = outcome->difference.changed_n;
    response.removed = outcome->difference.removed;
    response.n_removed = outcome->difference.removed_n;
    response.warnings = outcome->warnings;
    response.n_warnings = outcome->warnings_n;
    connect_call_reply(call, &response.base);
}

void config_service_apply_config(struct api *api, struct connect_call *call, const ProtobufCMessage *request)
{
    const Bulkhead__V1__ApplyConfigRequest *r = (const void *)request;

    apply_start(&api->apply, bytes_of(r->yaml, strlen(r->yaml)), r->file[0] ? r->file : "config", on_applied, call);
}

void config_service_get_config(struct api *api, struct connect_call *call, const ProtobufCMessage *request)
{
    Bulkhead__V1__GetConfigResponse response = BULKHEAD__V1__GET_CONFIG_RESPONSE__INIT;

    (void)request;
    if (!desired_state_open(api->apply.current)) {
        connect_call_fail(call, CONNECT_RESOURCE_EXHAUSTED, "out of memory");
        return;
    }
    response.config = api->apply.current->config;
    connect_call_reply(call, &response.base);
    desired_state_close(api->apply.current);
}
