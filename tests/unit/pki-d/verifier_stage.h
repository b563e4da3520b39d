// The verifier as it is served, with ike-d, courier and pki-d played in the same loop, and one peer that calls.
#ifndef BULKHEAD_TESTS_UNIT_PKI_D_VERIFIER_STAGE_H
#define BULKHEAD_TESTS_UNIT_PKI_D_VERIFIER_STAGE_H

#include <check.h>
#include <ftw.h>
#include <time.h>
#include <unistd.h>

#include "bulkhead/internal/v1/courier.pb-c.h"
#include "bulkhead/internal/v1/ipc.pb-c.h"
#include "lib/core/log.h"
#include "pki-d/verifier/verifier_service.h"
#include "tests/unit/pki-d/mint_status.h"
#include "tests/unit/pki-d/peer_call.h"

#define ERROR(code)  BULKHEAD__INTERNAL__V1__ERROR_CODE__ERROR_CODE_##code
#define METHOD(name) BULKHEAD__INTERNAL__V1__METHOD__METHOD_##name
#define POLICY(name) BULKHEAD__V1__REVOCATION_POLICY__REVOCATION_POLICY_##name
#define STATUS(name) BULKHEAD__INTERNAL__V1__CERTIFICATE_STATUS__STATUS__STATUS_##name

#define OCSP_URL "http://ocsp.example/"
#define CRL_URL  "http://crl.example/a.crl"
#define PAGE     700 // bytes that the played courier gives at once

static char folder[64];
static uv_loop_t loop;
static struct verifier_service service;
static struct daemon verifier = {.self = &service};
static struct ipc_node *ike, *courier, *pki;

// What the others answer.
static struct {
    int policy;
    bool has_status, has_urls, has_no_tunnel;
    struct bytes issuer; // of an authority "middle" whose status pki-d knows; empty: there is none
    int status;          // of pki-d; -1: it fails
    struct bytes ocsp, crl, fresh_crl;
    unsigned fetches, statuses;
    enum { HONEST, TOO_LARGE, EMPTY_PAGE, LONG_PAGE, OTHER_TOTAL, OTHER_VERSION, LIES } lie; // of the courier
} world;

// What came out.
static struct {
    unsigned answers;
    uint32_t error;
    int verdict;
    char reason[VERIFIER_REASON_MAX];
    uint8_t bytes[64];
    size_t n;
} out;

static EVP_PKEY *ca_key, *middle_key, *key;
static X509 *ca, *middle, *own;
static struct bytes ca_der;
static struct peer_call call;
static int64_t now;

// ---- pki-d

static void on_get_trust(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    Bulkhead__Internal__V1__PkiGetTrustResponse response = BULKHEAD__INTERNAL__V1__PKI_GET_TRUST_RESPONSE__INIT;
    Bulkhead__Internal__V1__TrustedAuthority authority = BULKHEAD__INTERNAL__V1__TRUSTED_AUTHORITY__INIT;
    Bulkhead__Internal__V1__TrustedAuthority between = BULKHEAD__INTERNAL__V1__TRUSTED_AUTHORITY__INIT;
    Bulkhead__Internal__V1__TrustedAuthority *list[] = {&authority, &between};
    static char name[] = "ca", ocsp[] = OCSP_URL, crl[] = CRL_URL, *ocsp_urls[] = {ocsp}, *crl_urls[] = {crl};

    (void)arg, (void)message;
    if (world.has_no_tunnel) {
        ipc_request_fail(request, ERROR(NOT_FOUND), "no such tunnel");
        return;
    }
    authority.name = name;
    authority.is_anchor = true;
    authority.has_status = world.has_status;
    edge_message_put_bytes(ca_der, &authority.der);
    if (world.has_urls) {
        authority.ocsp_urls = ocsp_urls;
        authority.crl_urls = crl_urls;
        authority.n_ocsp_urls = authority.n_crl_urls = 1;
    }
    response.authorities = list;
    between.name = (char[]){"middle"};
    between.has_status = true;
    edge_message_put_bytes(world.issuer, &between.der);
    response.n_authorities = world.issuer.n ? 2 : 1;
    response.revocation = (Bulkhead__V1__RevocationPolicy)world.policy;
    ipc_request_reply(request, &response.base);
}

static void on_get_status(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    const Bulkhead__Internal__V1__PkiGetStatusRequest *ask = (const void *)message;
    Bulkhead__Internal__V1__PkiGetStatusResponse response = BULKHEAD__INTERNAL__V1__PKI_GET_STATUS_RESPONSE__INIT;
    Bulkhead__Internal__V1__CertificateStatus status = BULKHEAD__INTERNAL__V1__CERTIFICATE_STATUS__INIT;
    Bulkhead__Internal__V1__CertificateStatus *list[] = {&status};

    (void)arg;
    world.statuses++;
    ck_assert_uint_eq(ask->n_certificates, 1);
    ck_assert_str_eq(ask->certificates[0]->authority, world.issuer.n ? "middle" : "ca");
    if (world.status < 0) {
        ipc_request_fail(request, ERROR(INTERNAL), "no store");
        return;
    }
    status.status = (Bulkhead__Internal__V1__CertificateStatus__Status)world.status;
    status.reason = BULKHEAD__V1__REVOCATION_REASON__REVOCATION_REASON_KEY_COMPROMISE;
    status.revoked_at = MINT_NOW;
    response.statuses = list;
    response.n_statuses = 1;
    ipc_request_reply(request, &response.base);
}

static void on_sign_ocsp(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    const Bulkhead__Internal__V1__PkiSignOcspRequest *ask = (const void *)message;
    Bulkhead__Internal__V1__PkiSignOcspResponse response = BULKHEAD__INTERNAL__V1__PKI_SIGN_OCSP_RESPONSE__INIT;

    (void)arg;
    if (world.status < 0) {
        ipc_request_fail(request, ERROR(NOT_FOUND), "no such authority");
        return;
    }
    ck_assert_uint_eq(ask->n_questions, 1);
    edge_message_put_bytes(bytes_of_str("signed"), &response.der);
    response.next_update = now + 3600;
    ipc_request_reply(request, &response.base);
}

static void on_get_crl(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    const Bulkhead__Internal__V1__PkiGetCrlRequest *ask = (const void *)message;
    Bulkhead__Internal__V1__PkiGetCrlResponse response = BULKHEAD__INTERNAL__V1__PKI_GET_CRL_RESPONSE__INIT;

    (void)arg;
    ck_assert_str_eq(ask->authority, "ca");
    edge_message_put_bytes(bytes_of_str("the list"), &response.data);
    ipc_request_reply(request, &response.base);
}

// ---- courier

static void tell_lie(uint32_t offset, struct bytes document, Bulkhead__Internal__V1__CourierFetchResponse *response)
{
    if (world.lie == TOO_LARGE)
        response->total_bytes = (4u << 20) + 1;
    else if (world.lie == EMPTY_PAGE && offset > 0)
        response->data.len = 0;
    else if (world.lie == LONG_PAGE)
        edge_message_put_bytes(document, &response->data);
    else if (world.lie == OTHER_TOTAL && offset > 0)
        response->total_bytes--;
    else if (world.lie == OTHER_VERSION && offset > 0)
        response->version = 77;
    if (world.lie == LONG_PAGE)
        response->total_bytes = (uint32_t)document.n - 1;
}

static void on_fetch(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    const Bulkhead__Internal__V1__CourierFetchRequest *ask = (const void *)message;
    Bulkhead__Internal__V1__CourierFetchResponse response = BULKHEAD__INTERNAL__V1__COURIER_FETCH_RESPONSE__INIT;
    bool is_ocsp = strcmp(ask->url, OCSP_URL) == 0;
    struct bytes document = is_ocsp ? world.ocsp : world.crl;
    size_t left;

    (void)arg;
    world.fetches++;
    ck_assert(is_ocsp || strcmp(ask->url, CRL_URL) == 0);
    ck_assert(is_ocsp == (ask->body.len > 0));
    if (!is_ocsp && world.fresh_crl.n > 0 && (ask->max_age_s == 0 || ask->version == 2)) {
        document = world.fresh_crl;
        response.version = 2;
    }
    if (document.n == 0) {
        ipc_request_fail(request, ERROR(UNAVAILABLE), "no such host");
        return;
    }
    ck_assert_uint_le(ask->offset, document.n);
    left = document.n - ask->offset;
    edge_message_put_bytes(bytes_of(document.p + ask->offset, left < PAGE ? left : PAGE), &response.data);
    response.total_bytes = (uint32_t)document.n;
    tell_lie(ask->offset, document, &response);
    ipc_request_reply(request, &response.base);
}

// ---- the stage

static uid_t on_uid(enum role role)
{
    (void)role;
    return getuid();
}

static const char *on_name(enum role role)
{
    static const char *const names[ROLE_COUNT] = {
        [ROLE_IKE] = "ike-d", [ROLE_PKI] = "pki-d", [ROLE_VERIFIER] = "verifier", [ROLE_COURIER] = "courier"};

    return names[role] ? names[role] : "?";
}

static struct ipc_node *make_node(enum role self, const struct ipc_handler *handlers)
{
    const struct ipc_node_config config = {.loop = &loop,
                                           .self = self,
                                           .methods = ipc_methods,
                                           .uid_of_role = on_uid,
                                           .name_of_role = on_name,
                                           .handlers = handlers,
                                           .arg = &verifier};
    struct ipc_node *node = ipc_node_new(&config);

    ck_assert_ptr_nonnull(node);
    return node;
}

static void join(struct ipc_node *caller, enum role caller_role, struct ipc_node *server, enum role server_role)
{
    char path[128];
    int fd;

    snprintf(path, sizeof(path), "%s/%d-%d", folder, (int)server_role, (int)caller_role);
    fd = ipc_bind(path);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(ipc_node_listen(server, fd, caller_role), 0);
    ck_assert_int_eq(ipc_node_link(caller, server_role, path), 0);
    while (!ipc_node_is_up(caller, server_role) || !ipc_node_is_up(server, caller_role))
        uv_run(&loop, UV_RUN_ONCE);
}

static void make_certificates(void)
{
    struct mint_order root = {.subject = "CN=root", .extensions = {MINT_CA}};
    struct mint_order order = {.subject = "CN=gw", .serial = 7, .extensions = {"subjectAltName=DNS:gw.example"}};

    now = (int64_t)time(NULL);
    root.from = order.from = now - MINT_DAY;
    root.until = order.until = now + MINT_DAY;
    ca_key = mint_key("EC");
    middle_key = mint_key("EC");
    key = mint_key("EC");
    ca = mint_certificate(&root, ca_key);
    root.subject = "CN=middle";
    root.serial = 8;
    order.issuer = root.issuer = ca;
    order.issuer_key = root.issuer_key = ca_key;
    own = mint_certificate(&order, key);
    middle = mint_certificate(&root, middle_key);
    ca_der = mint_der(ca);
    call = (struct peer_call){.id = "fqdn:gw.example", .sent = {mint_der(own)}, .sent_n = 1};
    peer_call_sign(&call, key);
}

static void set_up(void)
{
    static const struct ipc_handler none[] = {{0}};
    static const struct ipc_handler pki_handlers[] = {{METHOD(PKI_GET_TRUST), on_get_trust},
                                                      {METHOD(PKI_GET_STATUS), on_get_status},
                                                      {METHOD(PKI_SIGN_OCSP), on_sign_ocsp},
                                                      {METHOD(PKI_GET_CRL), on_get_crl},
                                                      {0}};
    static const struct ipc_handler courier_handlers[] = {{METHOD(COURIER_FETCH), on_fetch}, {0}};

    log_init("test", LOG_LEVEL_ERROR, LOG_FORMAT_TEXT);
    make_certificates();
    memset(&world, 0, sizeof(world));
    memset(&out, 0, sizeof(out));
    strcpy(folder, "/tmp/bh-verifier-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(uv_loop_init(&loop), 0);
    verifier.loop = &loop;
    verifier.node = make_node(ROLE_VERIFIER, verifier_handlers);
    pki = make_node(ROLE_PKI, pki_handlers);
    ike = make_node(ROLE_IKE, none);
    courier = make_node(ROLE_COURIER, courier_handlers);
    ipc_node_reach_state(pki, IPC_STATE_CONFIGURED);
    ipc_node_reach_state(courier, IPC_STATE_CONFIGURED);
    ck_assert_int_eq(verifier_service_start(&verifier), 0);
    join(verifier.node, ROLE_VERIFIER, pki, ROLE_PKI);
    join(ike, ROLE_IKE, verifier.node, ROLE_VERIFIER);
    join(courier, ROLE_COURIER, verifier.node, ROLE_VERIFIER);
}

static int on_file(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
    (void)st, (void)flag, (void)ftw;
    return remove(path);
}

static void tear_down(void)
{
    ck_assert_uint_eq(service.under_way, 0);
    ipc_node_free(ike);
    ipc_node_free(courier);
    ipc_node_free(verifier.node);
    ipc_node_free(pki);
    verifier_service_stop(&verifier);
    uv_run(&loop, UV_RUN_DEFAULT);
    ck_assert_int_eq(uv_loop_close(&loop), 0);
    nftw(folder, on_file, 8, FTW_DEPTH | FTW_PHYS);
    for (size_t i = 0; i < call.sent_n; i++)
        mint_free_der(call.sent[i]);
    mint_free_der(ca_der);
    mint_free_der(world.ocsp);
    mint_free_der(world.crl);
    mint_free_der(world.fresh_crl);
    mint_free_der(world.issuer);
    X509_free(ca);
    X509_free(middle);
    X509_free(own);
    EVP_PKEY_free(ca_key);
    EVP_PKEY_free(middle_key);
    EVP_PKEY_free(key);
}

static void on_verdict(void *arg, const struct ipc_result *result)
{
    const Bulkhead__Internal__V1__VerifierVerifyPeerResponse *response = (const void *)result->message;

    (void)arg;
    out.answers++;
    out.error = result->error;
    if (result->error)
        return;
    out.verdict = (int)response->verdict;
    snprintf(out.reason, sizeof(out.reason), "%s", response->reason);
    ck_assert_str_eq(response->subject, "CN=gw");
    ck_assert_str_eq(response->serial, "07");
    ck_assert_int_eq(response->not_after, now + MINT_DAY);
}

static void ask(unsigned times)
{
    struct identity id = peer_call_id(&call);
    Bulkhead__Internal__V1__VerifierVerifyPeerRequest request =
        BULKHEAD__INTERNAL__V1__VERIFIER_VERIFY_PEER_REQUEST__INIT;
    Bulkhead__Internal__V1__Identity peer_id;
    ProtobufCBinaryData sent[PEER_CALL_SENT];

    for (size_t i = 0; i < call.sent_n; i++)
        edge_message_put_bytes(call.sent[i], &sent[i]);
    request.tunnel = (char[]){"net"};
    request.certificates = sent;
    request.n_certificates = call.sent_n;
    request.prf = PEER_CALL_PRF;
    edge_message_put_bytes(bytes_of_str("message"), &request.peer_message);
    edge_message_put_bytes(bytes_of_str("nonce"), &request.own_nonce);
    edge_message_put_bytes(bytes_of_str("SK_p"), &request.sk_p);
    edge_message_put_identity(&id, &peer_id);
    request.peer_id = &peer_id;
    request.auth_method = 14;
    edge_message_put_bytes(bytes_of(call.auth, call.auth_n), &request.auth);
    request.own_hashes = 1u << SIGNATURE_HASH_SHA2_256;
    out.answers = 0;
    for (unsigned i = 0; i < times; i++)
        ipc_call(ike, METHOD(VERIFIER_VERIFY_PEER), &request.base, 0, on_verdict, NULL);
    while (out.answers < times)
        uv_run(&loop, UV_RUN_ONCE);
    ck_assert_uint_eq(out.error, 0);
}

static void expect(int verdict, const char *reason)
{
    ask(1);
    ck_assert_msg(out.verdict == verdict, "%d: %s", out.verdict, out.reason);
    if (*reason)
        ck_assert_msg(strstr(out.reason, reason), "%s", out.reason);
    else
        ck_assert_str_eq(out.reason, "");
}

#endif
