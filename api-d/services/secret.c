#include "api-d/services/services.h"

#include "api-d/api.h"
#include "api-d/connect/connect_call.h"
#include "api-d/secret_list.h"
#include "bulkhead/internal/v1/api_pki.pb-c.h"
#include "bulkhead/internal/v1/ipc.pb-c.h"

#define SECRET_MAX_BYTES 1024u

static bool check_name(struct connect_call *call, const char *name)
{
    if (config_is_name(name))
        return true;
    connect_call_fail(call, CONNECT_INVALID_ARGUMENT,
                      "name: a secret's name is 1 to 64 letters, digits, '-', '_' and '.'");
    return false;
}

static void fail(struct connect_call *call, const struct ipc_result *result)
{
    connect_call_fail_format(call, connect_code_from_ipc(result->error), "pki-d: %s", result->text);
}

static void on_set(void *arg, const struct ipc_result *result)
{
    const Bulkhead__V1__SetSecretResponse response = BULKHEAD__V1__SET_SECRET_RESPONSE__INIT;

    if (result->error)
        fail(arg, result);
    else
        connect_call_reply(arg, &response.base);
}

void secret_service_set_secret(struct api *api, struct connect_call *call, const ProtobufCMessage *request)
{
    const Bulkhead__V1__SetSecretRequest *r = (const void *)request;
    Bulkhead__Internal__V1__PkiSetSecretRequest message = BULKHEAD__INTERNAL__V1__PKI_SET_SECRET_REQUEST__INIT;

    if (!check_name(call, r->name))
        return;
    if (r->value.len < 1 || r->value.len > SECRET_MAX_BYTES) {
        connect_call_fail(call, CONNECT_INVALID_ARGUMENT, "value: a secret is 1 to 1,024 bytes");
        return;
    }
    message.name = r->name;
    message.value = r->value;
    ipc_call(api->node, BULKHEAD__INTERNAL__V1__METHOD__METHOD_PKI_SET_SECRET, &message.base,
             connect_call_left_ms(call), on_set, call);
}

static void on_deleted(void *arg, const struct ipc_result *result)
{
    const Bulkhead__V1__DeleteSecretResponse response = BULKHEAD__V1__DELETE_SECRET_RESPONSE__INIT;

    if (result->error)
        fail(arg, result);
    else
        connect_call_reply(arg, &response.base);
}

void secret_service_delete_secret(struct api *api, struct connect_call *call, const ProtobufCMessage *request)
{
    const Bulkhead__V1__DeleteSecretRequest *r = (const void *)request;
    Bulkhead__Internal__V1__PkiDeleteSecretRequest message = BULKHEAD__INTERNAL__V1__PKI_DELETE_SECRET_REQUEST__INIT;

    if (!check_name(call, r->name))
        return;
    message.name = r->name;
    ipc_call(api->node, BULKHEAD__INTERNAL__V1__METHOD__METHOD_PKI_DELETE_SECRET, &message.base,
             connect_call_left_ms(call), on_deleted, call);
}

static void on_list(void *arg, const struct secret_list *list)
{
    Bulkhead__V1__ListSecretsResponse response = BULKHEAD__V1__LIST_SECRETS_RESPONSE__INIT;

    if (list->code != CONNECT_OK) {
        connect_call_fail_format(arg, list->code, "pki-d: %s", list->text);
        return;
    }
    response.names = list->names;
    response.n_names = list->n;
    connect_call_reply(arg, &response.base);
}

void secret_service_list_secrets(struct api *api, struct connect_call *call, const ProtobufCMessage *request)
{
    (void)request;
    secret_list_start(api->node, connect_call_left_ms(call), on_list, call);
}
