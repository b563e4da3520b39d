// A taken ike-d towards pki-d: runs as its uid and speaks on its socket, whatever the method table says.
//
//     pki_client RUN sign TUNNEL ID TIMES [MESSAGE-BYTES]      signatures with the certificate's key
//     pki_client RUN raw TUNNEL ID TIMES [MESSAGE-BYTES]       the same of bytes that are no IKE_SA_INIT
//     pki_client RUN psk TUNNEL ID TIMES [MESSAGE-BYTES]       AUTH values with the pre-shared key
//     pki_client RUN verify TUNNEL ID TIMES                    judgements of AUTH values
//     pki_client RUN ask METHOD                                "PkiListSecrets": an empty request of any method
//
// prints how often each outcome came, "OK 3" or "PERMISSION_DENIED 100", a line each. The real ike-d must sleep
// meanwhile, or the two would take turns.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "bulkhead/internal/v1/ike_pki.pb-c.h"
#include "bulkhead/internal/v1/ipc.pb-c.h"
#include "lib/core/log.h"
#include "lib/ipc/edge_message.h"
#include "lib/ipc/node.h"
#include "lib/priv/roles.h"

#define METHOD(name) BULKHEAD__INTERNAL__V1__METHOD__METHOD_##name

#define WAIT_MAX_MS       30000
#define UNDER_WAY_MAX     500 // of our calls, so that none fails at our own end
#define METHODS_MAX       200
#define OUTCOMES          (BULKHEAD__INTERNAL__V1__ERROR_CODE__ERROR_CODE_INTERNAL + 1)
#define PRF_HMAC_SHA2_256 5
#define MESSAGE_BYTES     200
#define STATUS_MISTAKEN   2
#define STATUS_NO_PKI     3

struct client {
    uv_loop_t loop;
    struct ipc_node *node;
    char **argv; // VERB ...
    int argc;
    long left, under_way;
    long outcomes[OUTCOMES];
};

static struct client client;
static struct ipc_method methods[METHODS_MAX];

// As if ike-d might ask for everything.
static void make_methods(void)
{
    for (size_t i = 0; i + 1 < METHODS_MAX && ipc_methods[i].id; i++) {
        methods[i] = ipc_methods[i];
        methods[i].callers |= ROLE_BIT(ROLE_IKE);
    }
}

static void send_more(void);

static void on_result(void *arg, const struct ipc_result *result)
{
    (void)arg;
    client.under_way--;
    client.outcomes[result->error < OUTCOMES ? result->error : OUTCOMES - 1]++;
    if (client.left == 0 && client.under_way == 0)
        uv_stop(&client.loop);
    else
        send_more();
}

static uint8_t filler[65536];

static Bulkhead__Internal__V1__Identity identity_of(const char *text, struct identity *room)
{
    Bulkhead__Internal__V1__Identity message = BULKHEAD__INTERNAL__V1__IDENTITY__INIT;

    if (identity_parse(text, room) < 0)
        exit(STATUS_MISTAKEN);
    edge_message_put_identity(room, &message);
    return message;
}

// With the head of an IKE_SA_INIT, but for raw bytes.
static struct bytes message_to_sign(void)
{
    size_t n = client.argc > 4 ? strtoul(client.argv[4], NULL, 10) : MESSAGE_BYTES;

    if (strcmp(client.argv[0], "raw") != 0) {
        filler[17] = 0x20;
        filler[18] = 34;
        for (int i = 0; i < 4; i++)
            filler[24 + i] = (uint8_t)(n >> (24 - 8 * i));
    }
    return bytes_of(filler, n);
}

static void send_sign(void)
{
    Bulkhead__Internal__V1__PkiSignRequest request = BULKHEAD__INTERNAL__V1__PKI_SIGN_REQUEST__INIT;
    struct identity id;
    Bulkhead__Internal__V1__Identity own_id = identity_of(client.argv[2], &id);

    request.tunnel = client.argv[1];
    request.prf = PRF_HMAC_SHA2_256;
    edge_message_put_bytes(message_to_sign(), &request.own_message);
    edge_message_put_bytes(bytes_of(filler, 32), &request.peer_nonce);
    edge_message_put_bytes(bytes_of(filler, 32), &request.sk_p);
    request.own_id = &own_id;
    request.peer_hashes = 1u << 2 | 1u << 3 | 1u << 4 | 1u << 5;
    ipc_call(client.node, METHOD(PKI_SIGN), &request.base, 0, on_result, NULL);
}

static void send_psk(void)
{
    Bulkhead__Internal__V1__PkiPskSignRequest request = BULKHEAD__INTERNAL__V1__PKI_PSK_SIGN_REQUEST__INIT;
    struct identity id;
    Bulkhead__Internal__V1__Identity own_id = identity_of(client.argv[2], &id);

    request.tunnel = client.argv[1];
    request.prf = PRF_HMAC_SHA2_256;
    edge_message_put_bytes(message_to_sign(), &request.own_message);
    edge_message_put_bytes(bytes_of(filler, 32), &request.peer_nonce);
    edge_message_put_bytes(bytes_of(filler, 32), &request.sk_p);
    request.own_id = &own_id;
    ipc_call(client.node, METHOD(PKI_PSK_SIGN), &request.base, 0, on_result, NULL);
}

static void send_verify(void)
{
    Bulkhead__Internal__V1__PkiPskVerifyRequest request = BULKHEAD__INTERNAL__V1__PKI_PSK_VERIFY_REQUEST__INIT;
    struct identity id;
    Bulkhead__Internal__V1__Identity peer_id = identity_of(client.argv[2], &id);

    request.tunnel = client.argv[1];
    request.prf = PRF_HMAC_SHA2_256;
    edge_message_put_bytes(bytes_of(filler, MESSAGE_BYTES), &request.peer_message);
    edge_message_put_bytes(bytes_of(filler, 32), &request.own_nonce);
    edge_message_put_bytes(bytes_of(filler, 32), &request.sk_p);
    edge_message_put_bytes(bytes_of(filler, 32), &request.auth);
    request.peer_id = &peer_id;
    ipc_call(client.node, METHOD(PKI_PSK_VERIFY), &request.base, 0, on_result, NULL);
}

static const struct ipc_method *find_method(const char *name)
{
    for (const struct ipc_method *m = methods; m->id; m++)
        if (strcmp(m->name, name) == 0)
            return m;
    return NULL;
}

static void send_any(void)
{
    const struct ipc_method *method = find_method(client.argv[1]);
    ProtobufCMessage *request;

    if (!method)
        exit(STATUS_MISTAKEN);
    // An empty message is the same for all types.
    request = protobuf_c_message_unpack(method->request, NULL, 0, NULL);
    ipc_call(client.node, method->id, request, 0, on_result, NULL);
    protobuf_c_message_free_unpacked(request, NULL);
}

static void send_one(void)
{
    if (strcmp(client.argv[0], "sign") == 0 || strcmp(client.argv[0], "raw") == 0)
        send_sign();
    else if (strcmp(client.argv[0], "psk") == 0)
        send_psk();
    else if (strcmp(client.argv[0], "verify") == 0)
        send_verify();
    else
        send_any();
}

static void send_more(void)
{
    while (client.left > 0 && client.under_way < UNDER_WAY_MAX) {
        client.left--;
        client.under_way++;
        send_one();
    }
}

static void on_peer(void *arg, enum role role, bool up)
{
    (void)arg;
    (void)role;
    if (up)
        send_more();
}

static void on_timeout(uv_timer_t *timer)
{
    uv_stop(timer->loop);
}

static int connect_as_ike(const char *run_dir)
{
    static const struct ipc_handler none[] = {{0}};
    const struct role_edge edge = {.server = ROLE_PKI, .caller = ROLE_IKE};
    struct ipc_node_config config = {.loop = &client.loop,
                                     .self = ROLE_IKE,
                                     .methods = methods,
                                     .uid_of_role = role_uid,
                                     .name_of_role = role_name,
                                     .handlers = none,
                                     .on_peer = on_peer};
    char path[4096];

    if (roles_resolve(ROLE_UID_BASE_DEFAULT) < 0 || setgid(role_gid(ROLE_IKE)) < 0 || setuid(role_uid(ROLE_IKE)) < 0 ||
        role_socket_path(run_dir, &edge, path, sizeof(path)) < 0)
        return -1;
    client.node = ipc_node_new(&config);
    return client.node ? ipc_node_link(client.node, ROLE_PKI, path) : -1;
}

static void print_outcomes(void)
{
    for (int i = 0; i < OUTCOMES; i++) {
        const ProtobufCEnumValue *value =
            protobuf_c_enum_descriptor_get_value(&bulkhead__internal__v1__error_code__descriptor, i);

        if (client.outcomes[i])
            printf("%s %ld\n", i == 0 ? "OK" : value->name + strlen("ERROR_CODE_"), client.outcomes[i]);
    }
}

int main(int argc, char **argv)
{
    uv_timer_t limit;

    log_init("pki_client", LOG_LEVEL_ERROR - 1, LOG_FORMAT_TEXT);
    if (argc < 4 || (strcmp(argv[2], "ask") != 0 && argc < 6) || uv_loop_init(&client.loop) < 0) {
        fprintf(stderr, "usage: pki_client RUN sign|psk|verify TUNNEL ID TIMES [MESSAGE-BYTES] | RUN ask METHOD\n");
        return STATUS_MISTAKEN;
    }
    memset(filler, 0x5a, sizeof(filler));
    make_methods();
    client.argv = argv + 2;
    client.argc = argc - 2;
    client.left = argc > 5 ? strtol(argv[5], NULL, 10) : 1;
    uv_timer_init(&client.loop, &limit);
    uv_timer_start(&limit, on_timeout, WAIT_MAX_MS, 0);
    if (connect_as_ike(argv[1]) < 0)
        return STATUS_NO_PKI;
    uv_run(&client.loop, UV_RUN_DEFAULT);
    print_outcomes();
    return client.left == 0 && client.under_way == 0 ? EXIT_SUCCESS : STATUS_NO_PKI;
}
