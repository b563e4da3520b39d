#include "pki-d/service.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bulkhead/internal/v1/api_pki.pb-c.h"
#include "bulkhead/internal/v1/ike_pki.pb-c.h"
#include "bulkhead/internal/v1/ipc.pb-c.h"
#include "lib/core/log.h"
#include "lib/core/secret.h"
#include "lib/ipc/edge_message.h"
#include "pki-d/authenticate.h"
#include "pki-d/credential_service.h"
#include "pki-d/certificate_service.h"
#include "pki-d/missing_secrets.h"
#include "pki-d/trust_service.h"

#define ERROR(code)  BULKHEAD__INTERNAL__V1__ERROR_CODE__ERROR_CODE_##code
#define METHOD(name) BULKHEAD__INTERNAL__V1__METHOD__METHOD_##name

static struct service *service_of(void *arg)
{
    return ((struct daemon *)arg)->self;
}

// ---- secrets

static void notify_changed_page(struct daemon *daemon, char **tunnels, size_t n)
{
    Bulkhead__Internal__V1__IkeSecretChanged changed = BULKHEAD__INTERNAL__V1__IKE_SECRET_CHANGED__INIT;
    int r;

    if (!daemon->node) // the last work of the pool, while pki-d ends
        return;
    changed.tunnels = tunnels;
    changed.n_tunnels = n;
    r = ipc_notify(daemon->node, METHOD(IKE_SECRET_CHANGED), &changed.base);
    if (r < 0 && r != -ENOTCONN) // an ike-d that comes later asks again by itself
        log_warning("secret_change_not_told", LOG_ERRNO(r));
}

// A tunnel that names no authority trusts its certificate's issuer, and only the store knows which that is: being told
// too often costs ike-d nothing.
static bool concerns(const struct binding *binding, const char *name)
{
    return bindings_uses(binding, name) || bindings_uses_certificate(binding, name) ||
           (*binding->certificate && binding->n_authorities == 0);
}

void service_notify_changed(struct daemon *daemon, const char *name)
{
    struct service *service = daemon->self;
    char *tunnels[PKI_CHANGED_PAGE];
    struct binding binding;
    size_t n = 0, cursor = 0;

    while (bindings_next(service->bindings, &cursor, &binding)) {
        if (name && !concerns(&binding, name))
            continue;
        tunnels[n++] = (char *)(uintptr_t)binding.tunnel; // protobuf-c knows no const
        if (n == PKI_CHANGED_PAGE) {
            notify_changed_page(daemon, tunnels, n);
            n = 0;
        }
    }
    if (n > 0)
        notify_changed_page(daemon, tunnels, n);
}

static void on_set_secret(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    const Bulkhead__Internal__V1__PkiSetSecretRequest *set = (const void *)message;
    struct bytes name = bytes_of_str(set->name);
    int r;

    if (!store_name_is_valid(name)) {
        ipc_request_fail(request, ERROR(INVALID_ARGUMENT), "name: 1-64 letters, digits, '-', '_' or '.'");
        return;
    }
    if (set->value.len == 0 || set->value.len > PKI_SECRET_MAX_BYTES) {
        ipc_request_fail(request, ERROR(INVALID_ARGUMENT), "value: 1-1024 bytes");
        return;
    }
    r = store_set(service_of(arg)->store, name, edge_message_bytes(&set->value));
    if (r < 0) {
        ipc_request_fail(request, ERROR(INTERNAL), "the secret could not be stored; pki-d's log says why");
        return;
    }
    log_notice("secret_set", LOG_STR("name", set->name));
    ipc_request_reply_empty(request);
    service_notify_changed(arg, set->name);
}

static void on_delete_secret(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    const Bulkhead__Internal__V1__PkiDeleteSecretRequest *deletion = (const void *)message;
    int r = store_delete(service_of(arg)->store, bytes_of_str(deletion->name));

    if (r < 0) {
        ipc_request_fail(request, r == -ENOENT ? ERROR(NOT_FOUND) : ERROR(INTERNAL),
                         r == -ENOENT ? "no secret of that name"
                                      : "the secret could not be deleted; pki-d's log says why");
        return;
    }
    log_notice("secret_deleted", LOG_STR("name", deletion->name));
    ipc_request_reply_empty(request);
    service_notify_changed(arg, deletion->name);
}

// Names in one answer, so that it fits a frame.
#define LIST_PAGE 500

struct name_list {
    char *names[LIST_PAGE];
    size_t n;
};

// 1 ends the page.
static int on_name(void *arg, const char *name)
{
    struct name_list *list = arg;

    if (list->n == LIST_PAGE)
        return 1;
    list->names[list->n] = strdup(name);
    return list->names[list->n++] ? 0 : -ENOMEM;
}

static void on_list_secrets(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    const Bulkhead__Internal__V1__PkiListSecretsRequest *ask = (const void *)message;
    Bulkhead__Internal__V1__PkiListSecretsResponse response = BULKHEAD__INTERNAL__V1__PKI_LIST_SECRETS_RESPONSE__INIT;
    struct name_list list = {.n = 0};
    int r = store_list(service_of(arg)->store, bytes_of_str(ask->after), on_name, &list);

    if (r < 0) {
        ipc_request_fail(request, ERROR(INTERNAL), "can't list the secrets; pki-d's log says why");
    } else {
        response.names = list.names;
        response.n_names = list.n;
        response.more = r == 1;
        ipc_request_reply(request, &response.base);
    }
    for (size_t i = 0; i < list.n; i++)
        free(list.names[i]);
}

// ---- bindings

// An identity that is not set stays IDENTITY_NONE.
static int read_identity(const Bulkhead__Internal__V1__Identity *from, struct identity *ret_identity)
{
    *ret_identity = (struct identity){.type = IDENTITY_NONE};
    if (!from || (from->type == 0 && from->data.len == 0))
        return 0;
    if (from->type > UINT8_MAX)
        return -EINVAL;
    return identity_from_wire((uint8_t)from->type, edge_message_bytes(&from->data), ret_identity);
}

static int add_binding(struct bindings *bindings, const Bulkhead__Internal__V1__PkiTunnelBinding *from)
{
    struct binding binding = {.tunnel = from->tunnel,
                              .secret = from->secret,
                              .other_secret = from->other_secret,
                              .ppk_secret = from->ppk_secret,
                              .ppk_id = edge_message_bytes(&from->ppk_id),
                              .certificate = from->certificate,
                              .n_authorities = from->n_authorities,
                              .remote_id_text = from->remote_id_text,
                              .revocation = (uint32_t)from->revocation,
                              .rsa_padding = (uint32_t)from->rsa_padding};
    int r;

    if (from->n_authorities > PKI_AUTHORITIES_MAX)
        return -EINVAL;
    for (size_t i = 0; i < from->n_authorities; i++)
        binding.authorities[i] = from->authorities[i];
    r = read_identity(from->local_id, &binding.local_id);
    if (r == 0 && *from->remote_id_pattern)
        r = identity_pattern_parse(from->remote_id_pattern, &binding.remote_id);
    else if (r == 0)
        r = read_identity(from->remote_id, &binding.remote_id.identity);
    return r < 0 ? r : bindings_add(bindings, &binding);
}

// The first bindings of this life: what ike-d asked before them was refused, and need not wait any longer.
static void commit(struct daemon *daemon)
{
    struct service *service = daemon->self;

    bindings_commit(service->bindings);
    if (service->is_bound)
        return;
    service->is_bound = true;
    ipc_node_reach_state(daemon->node, IPC_STATE_CONFIGURED);
    service_notify_changed(daemon, NULL);
}

static void on_bind_tunnels(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    const Bulkhead__Internal__V1__PkiBindTunnelsRequest *page = (const void *)message;
    struct bindings *bindings = service_of(arg)->bindings;
    int r;

    r = bindings_begin_page(bindings, page->generation);
    for (size_t i = 0; i < page->n_bindings && r == 0; i++)
        r = add_binding(bindings, page->bindings[i]);
    if (r < 0) {
        bindings_abort(bindings);
        ipc_request_fail(request, r == -ENOMEM ? ERROR(RESOURCE_EXHAUSTED) : ERROR(INVALID_ARGUMENT),
                         r == -EEXIST ? "a tunnel is bound twice"
                         : r == -E2BIG
                             ? "more than 10,000 bindings"
                             : "a binding has a bad name, identity or PPK_ID, or not one of secret and certificate");
        return;
    }
    if (page->last)
        commit(arg);
    ipc_request_reply_empty(request);
}

// ---- ike-d's questions

// A gateway in order never asks for another identity than its own; a taken ike-d might.
static void log_refusal(struct daemon *daemon, const char *tunnel, enum authenticate_result result)
{
    struct service *service = daemon->self;

    if ((result == AUTHENTICATE_WRONG_IDENTITY || result == AUTHENTICATE_BAD_REQUEST) &&
        sign_account_may_log(service->account, uv_now(daemon->loop)))
        log_warning("sign_refused", LOG_STR("tunnel", tunnel),
                    LOG_STR("reason", result == AUTHENTICATE_BAD_REQUEST ? "sizes out of bounds" : "identity"));
}

// False: answered already, since there were too many.
static bool may_ask(struct daemon *daemon, struct ipc_request *request, const char *tunnel)
{
    struct service *service = daemon->self;

    if (sign_account_take_question(service->account, tunnel, uv_now(daemon->loop)))
        return true;
    ipc_request_fail(request, ERROR(RESOURCE_EXHAUSTED), "too many questions in too short time");
    return false;
}

static void fail(struct ipc_request *request, enum authenticate_result result)
{
    switch (result) {
    case AUTHENTICATE_BAD_REQUEST:
        ipc_request_fail(request, ERROR(INVALID_ARGUMENT), "PRF unknown, or a field's size is out of bounds");
        break;
    case AUTHENTICATE_NOT_BOUND:
        ipc_request_fail(request, ERROR(NOT_FOUND), "no tunnel of that name is bound");
        break;
    case AUTHENTICATE_NO_SECRET:
        ipc_request_fail(request, ERROR(FAILED_PRECONDITION), "the tunnel's secret does not exist");
        break;
    case AUTHENTICATE_WRONG_IDENTITY:
        ipc_request_fail(request, ERROR(PERMISSION_DENIED), "not the identity that is configured for this tunnel");
        break;
    default:
        ipc_request_fail(request, ERROR(INTERNAL), "the AUTH value could not be computed; pki-d's log says why");
    }
}

struct made_auth {
    uint8_t data[PSK_AUTH_MAX_BYTES];
    size_t n;
};

static enum authenticate_result sign(const struct service *service,
                                     const Bulkhead__Internal__V1__PkiPskSignRequest *ask, bool with_other,
                                     struct made_auth *ret_auth)
{
    struct authenticate_request request = {
        .tunnel = bytes_of_str(ask->tunnel), .prf = ask->prf, .other_secret = with_other};

    if (!ask->own_id || ask->own_id->type > UINT8_MAX)
        return AUTHENTICATE_BAD_REQUEST;
    request.octets = (struct psk_octets){.message = edge_message_bytes(&ask->own_message),
                                         .nonce = edge_message_bytes(&ask->peer_nonce),
                                         .sk_p = edge_message_bytes(&ask->sk_p),
                                         .id_type = (uint8_t)ask->own_id->type,
                                         .id_data = edge_message_bytes(&ask->own_id->data)};
    return authenticate_sign(service->bindings, service->store, &request, ret_auth->data, &ret_auth->n);
}

static void on_psk_sign(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    const Bulkhead__Internal__V1__PkiPskSignRequest *ask = (const void *)message;
    Bulkhead__Internal__V1__PkiPskSignResponse response = BULKHEAD__INTERNAL__V1__PKI_PSK_SIGN_RESPONSE__INIT;
    struct made_auth auth = {.n = 0};
    enum authenticate_result result;

    if (!may_ask(arg, request, ask->tunnel))
        return;
    result = sign(service_of(arg), ask, ask->other_secret, &auth);
    log_refusal(arg, ask->tunnel, result);
    edge_message_put_bytes(bytes_of(auth.data, auth.n), &response.auth);
    if (result == AUTHENTICATE_OK)
        ipc_request_reply(request, &response.base);
    else
        fail(request, result);
    secret_wipe(&auth, sizeof(auth));
}

static enum authenticate_result verify(const struct service *service,
                                       const Bulkhead__Internal__V1__PkiPskVerifyRequest *ask, bool *ret_other)
{
    struct authenticate_request request = {.tunnel = bytes_of_str(ask->tunnel), .prf = ask->prf};

    if (!ask->peer_id || ask->peer_id->type > UINT8_MAX)
        return AUTHENTICATE_BAD_REQUEST;
    request.octets = (struct psk_octets){.message = edge_message_bytes(&ask->peer_message),
                                         .nonce = edge_message_bytes(&ask->own_nonce),
                                         .sk_p = edge_message_bytes(&ask->sk_p),
                                         .id_type = (uint8_t)ask->peer_id->type,
                                         .id_data = edge_message_bytes(&ask->peer_id->data)};
    return authenticate_verify(service->bindings, service->store, &request, edge_message_bytes(&ask->auth), ret_other);
}

static bool verdict_of(enum authenticate_result result, Bulkhead__Internal__V1__PkiVerdict *ret_verdict)
{
    switch (result) {
    case AUTHENTICATE_OK:
        *ret_verdict = BULKHEAD__INTERNAL__V1__PKI_VERDICT__PKI_VERDICT_ACCEPTED;
        return true;
    case AUTHENTICATE_WRONG_MAC:
        *ret_verdict = BULKHEAD__INTERNAL__V1__PKI_VERDICT__PKI_VERDICT_WRONG_MAC;
        return true;
    case AUTHENTICATE_WRONG_IDENTITY:
        *ret_verdict = BULKHEAD__INTERNAL__V1__PKI_VERDICT__PKI_VERDICT_WRONG_IDENTITY;
        return true;
    default:
        return false;
    }
}

// The peer must have proven itself before anything is signed for it.
static void on_psk_verify(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    const Bulkhead__Internal__V1__PkiPskVerifyRequest *ask = (const void *)message;
    Bulkhead__Internal__V1__PkiPskVerifyResponse response = BULKHEAD__INTERNAL__V1__PKI_PSK_VERIFY_RESPONSE__INIT;
    struct service *service = service_of(arg);
    struct made_auth auth = {.n = 0};
    bool other = false;
    enum authenticate_result result, signing = AUTHENTICATE_OK;

    if (!may_ask(arg, request, ask->tunnel))
        return;
    result = verify(service, ask, &other);
    if (result == AUTHENTICATE_OK && ask->answer)
        signing = sign(service, ask->answer, other, &auth);
    log_refusal(arg, ask->tunnel, signing);
    response.other_secret = other;
    edge_message_put_bytes(bytes_of(auth.data, auth.n), &response.auth);
    if (signing != AUTHENTICATE_OK)
        fail(request, signing);
    else if (verdict_of(result, &response.verdict))
        ipc_request_reply(request, &response.base);
    else
        fail(request, result);
    secret_wipe(&auth, sizeof(auth));
}

static void on_mix_ppk(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    const Bulkhead__Internal__V1__PkiMixPpkRequest *ask = (const void *)message;
    Bulkhead__Internal__V1__PkiMixPpkResponse response = BULKHEAD__INTERNAL__V1__PKI_MIX_PPK_RESPONSE__INIT;
    struct authenticate_ppk mix = {
        .tunnel = bytes_of_str(ask->tunnel),
        .prf = ask->prf,
        .ppk_id = edge_message_bytes(&ask->ppk_id),
        .keys = {edge_message_bytes(&ask->sk_d), edge_message_bytes(&ask->sk_pi), edge_message_bytes(&ask->sk_pr)}};
    struct service *service = service_of(arg);
    uint8_t keys[AUTHENTICATE_PPK_KEYS][PSK_AUTH_MAX_BYTES];
    enum authenticate_result result;

    if (!may_ask(arg, request, ask->tunnel))
        return;
    result = authenticate_mix_ppk(service->bindings, service->store, &mix, keys);
    if (result == AUTHENTICATE_OK) {
        edge_message_put_bytes(bytes_of(keys[0], ask->sk_d.len), &response.sk_d);
        edge_message_put_bytes(bytes_of(keys[1], ask->sk_pi.len), &response.sk_pi);
        edge_message_put_bytes(bytes_of(keys[2], ask->sk_pr.len), &response.sk_pr);
        ipc_request_reply(request, &response.base);
    } else if (result == AUTHENTICATE_NOT_BOUND) {
        ipc_request_fail(request, ERROR(NOT_FOUND), "the tunnel has no post-quantum key of that id");
    } else {
        fail(request, result);
    }
    secret_wipe(keys, sizeof(keys));
}

const struct ipc_handler service_handlers[] = {
    {METHOD(PKI_SET_SECRET), on_set_secret},
    {METHOD(PKI_DELETE_SECRET), on_delete_secret},
    {METHOD(PKI_LIST_SECRETS), on_list_secrets},
    {METHOD(PKI_BIND_TUNNELS), on_bind_tunnels},
    {METHOD(PKI_PSK_SIGN), on_psk_sign},
    {METHOD(PKI_PSK_VERIFY), on_psk_verify},
    {METHOD(PKI_MIX_PPK), on_mix_ppk},
    {METHOD(PKI_MISSING_SECRETS), missing_secrets_answer},
    {METHOD(PKI_GET_CREDENTIAL), credential_service_get},
    {METHOD(PKI_SIGN), credential_service_sign},
    {METHOD(PKI_GET_TRUST), trust_service_get},
    {METHOD(PKI_GET_STATUS), trust_service_status},
    {METHOD(PKI_CREATE_AUTHORITY), certificate_service_create_authority},
    {METHOD(PKI_ISSUE_CERTIFICATE), certificate_service_issue},
    {METHOD(PKI_SIGN_REQUEST), certificate_service_sign_request},
    {METHOD(PKI_LIST_CERTIFICATES), certificate_service_list},
    {METHOD(PKI_GET_CERTIFICATE), certificate_service_get},
    {METHOD(PKI_RENEW_CERTIFICATE), certificate_service_renew},
    {METHOD(PKI_REVOKE_CERTIFICATE), certificate_service_revoke},
    {METHOD(PKI_DELETE_CERTIFICATE), certificate_service_delete},
    {METHOD(PKI_EXPORT_CERTIFICATE), certificate_service_export},
    {METHOD(PKI_LINT_CERTIFICATE), certificate_service_lint},
    {METHOD(PKI_LIST_AUDIT_RECORDS), certificate_service_audit},
    {METHOD(PKI_GET_CRL), certificate_service_get_crl},
    {METHOD(PKI_SIGN_OCSP), certificate_service_sign_ocsp},
    {METHOD(PKI_GET_AUTHORITY), certificate_service_get_authority},
    {METHOD(PKI_STORE_IMPORT), certificate_service_store_import},
    {METHOD(PKI_STORE_CRL), certificate_service_store_crl},
    {METHOD(PKI_BACKUP), backup_on_backup},
    {METHOD(PKI_RESTORE), backup_on_restore},
    {0, NULL},
};
