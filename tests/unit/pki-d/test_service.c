// pki-d's methods over real edges, with callers in the same loop. A caller's role follows from its uid, and all of them
// have one here: so pki-d is served by two nodes, one that takes callers for ike-d and one that takes them for api-d.
#include <check.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bulkhead/internal/v1/api_pki.pb-c.h"
#include "bulkhead/internal/v1/ike_pki.pb-c.h"
#include "bulkhead/internal/v1/ipc.pb-c.h"
#include "lib/core/log.h"
#include "lib/crypto/algorithm.h"
#include "pki-d/credential_service.h"
#include "pki-d/service.h"
#include "tests/unit/lib/run.h"

#define ERROR(code)  BULKHEAD__INTERNAL__V1__ERROR_CODE__ERROR_CODE_##code
#define METHOD(name) BULKHEAD__INTERNAL__V1__METHOD__METHOD_##name
#define VERDICT(v)   BULKHEAD__INTERNAL__V1__PKI_VERDICT__PKI_VERDICT_##v

static char folder[] = "/tmp/bh-service-XXXXXX";
static uv_loop_t loop;
static struct service service;
static struct daemon server = {.self = &service};
static struct ipc_node *serving_ike, *serving_api;
static struct ipc_node *ike, *api; // the callers
static uint8_t message[64] = {1}, nonce[32] = {2}, sk_p[32] = {3};

// What the last call ended with.
static struct {
    bool done;
    uint32_t error;
    int verdict;
    uint8_t auth[64];
    size_t auth_n;
    size_t names;
    bool more;
    char text[128];
} answer;
static char changed[256]; // tunnels that ike-d was told of

static uid_t on_uid(enum role role)
{
    (void)role;
    return getuid();
}

static const char *on_name(enum role role)
{
    return role == ROLE_PKI ? "pki-d" : role == ROLE_IKE ? "ike-d" : "api-d";
}

static void on_changed(void *arg, struct ipc_request *request, const ProtobufCMessage *notification)
{
    const Bulkhead__Internal__V1__IkeSecretChanged *told = (const void *)notification;

    (void)arg, (void)request;
    for (size_t i = 0; i < told->n_tunnels; i++) {
        strcat(changed, told->tunnels[i]);
        strcat(changed, " ");
    }
}

static struct ipc_node *make_node(enum role self, const struct ipc_handler *handlers, void *arg)
{
    const struct ipc_node_config config = {.loop = &loop,
                                           .self = self,
                                           .methods = ipc_methods,
                                           .uid_of_role = on_uid,
                                           .name_of_role = on_name,
                                           .handlers = handlers,
                                           .arg = arg};
    struct ipc_node *node = ipc_node_new(&config);

    ck_assert_ptr_nonnull(node);
    return node;
}

static struct ipc_node *serve(enum role caller, const char *name)
{
    struct ipc_node *node = make_node(ROLE_PKI, service_handlers, &server);
    char path[128];
    int fd;

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    fd = ipc_bind(path);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(ipc_node_listen(node, fd, caller), 0);
    return node;
}

static struct ipc_node *call_from(enum role caller, const struct ipc_handler *handlers, const char *name)
{
    struct ipc_node *node = make_node(caller, handlers, NULL);
    char path[128];

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    ck_assert_int_eq(ipc_node_link(node, ROLE_PKI, path), 0);
    return node;
}

static void set_up(void)
{
    static const struct ipc_handler ike_handlers[] = {{METHOD(IKE_SECRET_CHANGED), on_changed}, {0, NULL}};
    static const struct ipc_handler none[] = {{0, NULL}};
    const struct master_key key = {.b = {42}};
    char error[STORE_ERROR_MAX];

    strcpy(folder, "/tmp/bh-service-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(uv_loop_init(&loop), 0);
    ck_assert_msg(store_open(folder, &key, &service.store, error) == 0, "%s", error);
    service.bindings = bindings_new();
    server.loop = &loop;
    ck_assert_int_eq(credential_service_start(&server), 0);
    changed[0] = '\0';
    serving_ike = serve(ROLE_IKE, "ike.sock");
    serving_api = serve(ROLE_API, "api.sock");
    server.node = serving_ike; // notifications go to ike-d
    ike = call_from(ROLE_IKE, ike_handlers, "ike.sock");
    api = call_from(ROLE_API, none, "api.sock");
    while (!ipc_node_is_up(ike, ROLE_PKI) || !ipc_node_is_up(api, ROLE_PKI) || !ipc_node_is_up(serving_ike, ROLE_IKE))
        uv_run(&loop, UV_RUN_ONCE);
}

static int on_file(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
    (void)st, (void)flag, (void)ftw;
    return remove(path);
}

static void tear_down(void)
{
    ipc_node_free(ike);
    ipc_node_free(api);
    ipc_node_free(serving_ike);
    ipc_node_free(serving_api);
    credential_service_stop(&server);
    uv_run(&loop, UV_RUN_DEFAULT);
    ck_assert_int_eq(uv_loop_close(&loop), 0);
    bindings_free(service.bindings);
    sign_account_free(service.account);
    store_close(service.store);
    nftw(folder, on_file, 8, FTW_DEPTH | FTW_PHYS);
}

static void on_result(void *arg, const struct ipc_result *result)
{
    uint32_t method = *(const uint32_t *)arg;

    answer.done = true;
    answer.error = result->error;
    snprintf(answer.text, sizeof(answer.text), "%s", result->text ? result->text : "");
    if (result->error)
        return;
    if (method == METHOD(PKI_PSK_SIGN)) {
        const Bulkhead__Internal__V1__PkiPskSignResponse *signature = (const void *)result->message;
        answer.auth_n = signature->auth.len;
        memcpy(answer.auth, signature->auth.data, signature->auth.len);
    } else if (method == METHOD(PKI_PSK_VERIFY)) {
        answer.verdict =
            (int)((const Bulkhead__Internal__V1__PkiPskVerifyResponse *)(const void *)result->message)->verdict;
    } else if (method == METHOD(PKI_MISSING_SECRETS)) {
        const Bulkhead__Internal__V1__PkiMissingSecretsResponse *response = (const void *)result->message;
        answer.names = response->n_missing;
        if (response->n_missing > 0)
            snprintf(answer.text, sizeof(answer.text), "%s%s", response->missing[0]->tunnel,
                     response->missing[0]->ppk ? " ppk" : "");
    } else if (method == METHOD(PKI_LIST_SECRETS)) {
        const Bulkhead__Internal__V1__PkiListSecretsResponse *list = (const void *)result->message;
        answer.names = list->n_names;
        answer.more = list->more;
    }
}

// Calls and waits; returns the ErrorCode.
static uint32_t call(struct ipc_node *node, uint32_t method, const ProtobufCMessage *request)
{
    memset(&answer, 0, sizeof(answer));
    ipc_call(node, method, request, 0, on_result, &method);
    while (!answer.done)
        uv_run(&loop, UV_RUN_ONCE);
    return answer.error;
}

static uint32_t set_secret(const char *name, size_t n)
{
    Bulkhead__Internal__V1__PkiSetSecretRequest request = BULKHEAD__INTERNAL__V1__PKI_SET_SECRET_REQUEST__INIT;
    static uint8_t value[2000] = {7};

    request.name = (char *)(uintptr_t)name;
    request.value = (ProtobufCBinaryData){.len = n, .data = value};
    return call(api, METHOD(PKI_SET_SECRET), &request.base);
}

static uint32_t delete_secret(const char *name)
{
    Bulkhead__Internal__V1__PkiDeleteSecretRequest request = BULKHEAD__INTERNAL__V1__PKI_DELETE_SECRET_REQUEST__INIT;

    request.name = (char *)(uintptr_t)name;
    return call(api, METHOD(PKI_DELETE_SECRET), &request.base);
}

static uint32_t bind_tunnel(const char *tunnel, const char *secret, uint32_t id_type)
{
    Bulkhead__Internal__V1__PkiBindTunnelsRequest request = BULKHEAD__INTERNAL__V1__PKI_BIND_TUNNELS_REQUEST__INIT;
    Bulkhead__Internal__V1__PkiTunnelBinding binding = BULKHEAD__INTERNAL__V1__PKI_TUNNEL_BINDING__INIT;
    Bulkhead__Internal__V1__PkiTunnelBinding *list = &binding;
    Bulkhead__Internal__V1__Identity id = BULKHEAD__INTERNAL__V1__IDENTITY__INIT;

    id.type = id_type;
    id.data = (ProtobufCBinaryData){.len = 4, .data = (uint8_t[]){'n', 'a', 'm', 'e'}};
    binding.tunnel = (char *)(uintptr_t)tunnel;
    binding.secret = (char *)(uintptr_t)secret;
    binding.local_id = &id;
    binding.remote_id = &id;
    request.generation = 1;
    request.last = true;
    request.n_bindings = 1;
    request.bindings = &list;
    return call(api, METHOD(PKI_BIND_TUNNELS), &request.base);
}

static uint32_t psk_sign(const char *tunnel, const char *id_text)
{
    Bulkhead__Internal__V1__PkiPskSignRequest request = BULKHEAD__INTERNAL__V1__PKI_PSK_SIGN_REQUEST__INIT;
    Bulkhead__Internal__V1__Identity id = BULKHEAD__INTERNAL__V1__IDENTITY__INIT;

    id.type = IDENTITY_FQDN;
    id.data = (ProtobufCBinaryData){.len = strlen(id_text), .data = (uint8_t *)(uintptr_t)id_text};
    request.tunnel = (char *)(uintptr_t)tunnel;
    request.prf = PRF_HMAC_SHA2_256;
    request.own_message = (ProtobufCBinaryData){.len = sizeof(message), .data = message};
    request.peer_nonce = (ProtobufCBinaryData){.len = sizeof(nonce), .data = nonce};
    request.sk_p = (ProtobufCBinaryData){.len = sizeof(sk_p), .data = sk_p};
    request.own_id = &id;
    return call(ike, METHOD(PKI_PSK_SIGN), &request.base);
}

static uint32_t psk_verify(const char *id_text, const uint8_t *auth, size_t n)
{
    Bulkhead__Internal__V1__PkiPskVerifyRequest request = BULKHEAD__INTERNAL__V1__PKI_PSK_VERIFY_REQUEST__INIT;
    Bulkhead__Internal__V1__Identity id = BULKHEAD__INTERNAL__V1__IDENTITY__INIT;

    id.type = IDENTITY_FQDN;
    id.data = (ProtobufCBinaryData){.len = strlen(id_text), .data = (uint8_t *)(uintptr_t)id_text};
    request.tunnel = (char *)(uintptr_t) "net";
    request.prf = PRF_HMAC_SHA2_256;
    request.peer_message = (ProtobufCBinaryData){.len = sizeof(message), .data = message};
    request.own_nonce = (ProtobufCBinaryData){.len = sizeof(nonce), .data = nonce};
    request.sk_p = (ProtobufCBinaryData){.len = sizeof(sk_p), .data = sk_p};
    request.auth = (ProtobufCBinaryData){.len = n, .data = (uint8_t *)(uintptr_t)auth};
    request.peer_id = &id;
    return call(ike, METHOD(PKI_PSK_VERIFY), &request.base);
}

START_TEST(signs_and_verifies)
{
    uint8_t auth[64];

    ck_assert_uint_eq(psk_sign("net", "name"), ERROR(FAILED_PRECONDITION)); // nothing is bound at all
    ck_assert_str_eq(answer.text, IPC_NOT_NOW);
    ck_assert_uint_eq(bind_tunnel("net", "s1", IDENTITY_FQDN), 0);
    ck_assert_uint_eq(psk_sign("nothing", "name"), ERROR(NOT_FOUND));
    ck_assert_uint_eq(psk_sign("net", "name"), ERROR(FAILED_PRECONDITION)); // no such secret
    ck_assert_str_ne(answer.text, IPC_NOT_NOW);
    ck_assert_uint_eq(set_secret("s1", 20), 0);
    ck_assert_uint_eq(psk_sign("net", "other"), ERROR(PERMISSION_DENIED));
    ck_assert_uint_eq(psk_sign("net", "name"), 0);
    ck_assert_uint_eq(answer.auth_n, 32);
    memcpy(auth, answer.auth, 32);
    ck_assert_uint_eq(psk_verify("name", auth, 32), 0);
    ck_assert_int_eq(answer.verdict, VERDICT(ACCEPTED));
    auth[0] ^= 1;
    ck_assert_uint_eq(psk_verify("name", auth, 32), 0);
    ck_assert_int_eq(answer.verdict, VERDICT(WRONG_MAC));
    ck_assert_uint_eq(psk_verify("other", auth, 32), 0);
    ck_assert_int_eq(answer.verdict, VERDICT(WRONG_IDENTITY));
}
END_TEST

static uint32_t ask_missing(size_t n)
{
    Bulkhead__Internal__V1__PkiMissingSecretsRequest request =
        BULKHEAD__INTERNAL__V1__PKI_MISSING_SECRETS_REQUEST__INIT;
    char *names[PKI_MISSING_PAGE + 1];

    for (size_t i = 0; i < n; i++)
        names[i] = (char *)(uintptr_t)(i % 2 ? "net" : "nobody");
    request.tunnels = names;
    request.n_tunnels = n;
    return call(ike, METHOD(PKI_MISSING_SECRETS), &request.base);
}

START_TEST(names_what_is_missing)
{
    struct binding both = {.tunnel = "net",
                           .secret = "s1",
                           .other_secret = "s2",
                           .ppk_secret = "p",
                           .certificate = "",
                           .remote_id_text = ""};

    ck_assert_uint_eq(ask_missing(2), ERROR(FAILED_PRECONDITION)); // nothing is bound at all
    ck_assert_uint_eq(bind_tunnel("net", "s1", IDENTITY_FQDN), 0);
    ck_assert_uint_eq(ask_missing(0), 0);
    ck_assert_uint_eq(answer.names, 0);
    ck_assert_uint_eq(ask_missing(2), 0);
    ck_assert_uint_eq(answer.names, 1);
    ck_assert_str_eq(answer.text, "net");
    ck_assert_uint_eq(ask_missing(PKI_MISSING_PAGE), 0);
    ck_assert_uint_eq(answer.names, PKI_MISSING_PAGE / 2);
    ck_assert_uint_eq(ask_missing(PKI_MISSING_PAGE + 1), ERROR(INVALID_ARGUMENT));

    both.ppk_id = bytes_of_str("id");
    ck_assert_int_eq(bindings_begin_page(service.bindings, 2), 0);
    ck_assert_int_eq(bindings_add(service.bindings, &both), 0);
    bindings_commit(service.bindings);
    ck_assert_uint_eq(ask_missing(2), 0);
    ck_assert_str_eq(answer.text, "net");
    ck_assert_uint_eq(set_secret("s2", 20), 0); // one of two is enough
    ck_assert_uint_eq(ask_missing(2), 0);
    ck_assert_str_eq(answer.text, "net ppk");
    ck_assert_uint_eq(set_secret("p", 20), 0);
    ck_assert_uint_eq(ask_missing(2), 0);
    ck_assert_uint_eq(answer.names, 0);
}
END_TEST

START_TEST(refuses_half_a_request)
{
    Bulkhead__Internal__V1__PkiPskSignRequest sign = BULKHEAD__INTERNAL__V1__PKI_PSK_SIGN_REQUEST__INIT;
    Bulkhead__Internal__V1__PkiPskVerifyRequest verify = BULKHEAD__INTERNAL__V1__PKI_PSK_VERIFY_REQUEST__INIT;

    ck_assert_uint_eq(bind_tunnel("bound", "s1", IDENTITY_FQDN), 0);
    ck_assert_uint_eq(call(ike, METHOD(PKI_PSK_SIGN), &sign.base), ERROR(INVALID_ARGUMENT));
    ck_assert_uint_eq(call(ike, METHOD(PKI_PSK_VERIFY), &verify.base), ERROR(INVALID_ARGUMENT));
    ck_assert_uint_eq(set_secret("", 5), ERROR(INVALID_ARGUMENT));
    ck_assert_uint_eq(set_secret("a/b", 5), ERROR(INVALID_ARGUMENT));
    ck_assert_uint_eq(set_secret("s1", 0), ERROR(INVALID_ARGUMENT));
    ck_assert_uint_eq(set_secret("s1", PKI_SECRET_MAX_BYTES + 1), ERROR(INVALID_ARGUMENT));
    ck_assert_uint_eq(delete_secret("s1"), ERROR(NOT_FOUND));
    ck_assert_uint_eq(bind_tunnel("net", "s1", 4711), ERROR(INVALID_ARGUMENT));
    ck_assert_uint_eq(bind_tunnel("net", "", IDENTITY_FQDN), ERROR(INVALID_ARGUMENT));
    ck_assert_uint_eq(psk_sign("net", "name"), ERROR(NOT_FOUND));
}
END_TEST

START_TEST(tells_ike_d_of_changes)
{
    // The first bindings end the wait of whoever asked too early.
    ck_assert_uint_eq(bind_tunnel("net", "s1", IDENTITY_FQDN), 0);
    while (!changed[0])
        uv_run(&loop, UV_RUN_ONCE);
    ck_assert_str_eq(changed, "net ");
    changed[0] = '\0';
    ck_assert_uint_eq(bind_tunnel("net", "s1", IDENTITY_FQDN), 0);
    ck_assert_uint_eq(set_secret("other", 5), 0);
    ck_assert_uint_eq(set_secret("s1", 5), 0);
    while (!changed[0])
        uv_run(&loop, UV_RUN_ONCE);
    ck_assert_str_eq(changed, "net ");
    ck_assert_uint_eq(delete_secret("s1"), 0);
    while (strlen(changed) < 8)
        uv_run(&loop, UV_RUN_ONCE);
    ck_assert_str_eq(changed, "net net ");
    ck_assert_uint_eq(psk_sign("net", "name"), ERROR(FAILED_PRECONDITION));
}
END_TEST

START_TEST(lists_in_pages)
{
    Bulkhead__Internal__V1__PkiListSecretsRequest request = BULKHEAD__INTERNAL__V1__PKI_LIST_SECRETS_REQUEST__INIT;
    char name[65];

    for (int i = 0; i < 501; i++) {
        snprintf(name, sizeof(name), "%064d", i);
        ck_assert_int_eq(store_set(service.store, bytes_of_str(name), bytes_of_str("v")), 0);
    }
    ck_assert_uint_eq(call(api, METHOD(PKI_LIST_SECRETS), &request.base), 0);
    ck_assert_uint_eq(answer.names, 500);
    ck_assert(answer.more);
    snprintf(name, sizeof(name), "%064d", 499);
    request.after = name;
    ck_assert_uint_eq(call(api, METHOD(PKI_LIST_SECRETS), &request.base), 0);
    ck_assert_uint_eq(answer.names, 1);
    ck_assert(!answer.more);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("service");

    log_init("unit", LOG_LEVEL_ERROR, LOG_FORMAT_TEXT);
    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, signs_and_verifies);
    tcase_add_test(tcase, names_what_is_missing);
    tcase_add_test(tcase, refuses_half_a_request);
    tcase_add_test(tcase, tells_ike_d_of_changes);
    tcase_add_test(tcase, lists_in_pages);
    return run_case(tcase);
}
