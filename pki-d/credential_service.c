#include "pki-d/credential_service.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "bulkhead/internal/v1/ike_pki.pb-c.h"
#include "bulkhead/internal/v1/ipc.pb-c.h"
#include "lib/core/log.h"
#include "lib/core/secret.h"
#include "lib/ipc/edge_message.h"
#include "pki-d/credential.h"
#include "pki-d/service.h"
#include "pki-d/sign.h"
#include "pki-d/trust.h"

#define ERROR(code) BULKHEAD__INTERNAL__V1__ERROR_CODE__ERROR_CODE_##code

#define SHA1_BYTES 20
// Certificates of an answer: they must fit a frame.
#define CHAIN_MAX_BYTES 49152
#define AUDIT_AFTER_MS  1000u

typedef Bulkhead__Internal__V1__PkiGetCredentialResponse credential_message;

static struct service *service_of(void *arg)
{
    return ((struct daemon *)arg)->self;
}

// ---- the credential

// What an answer is made of.
struct material {
    struct credential credential;
    struct stored_certificate *issuers[STORE_CHAIN_MAX];
    size_t n_issuers;
    struct trust trust;
    uint8_t hashes[PKI_AUTHORITIES_MAX][SHA1_BYTES];
    char error[TRUST_ERROR_MAX];
};
_Static_assert(TRUST_ERROR_MAX >= CREDENTIAL_ERROR_MAX, "one line of either");

// RFC 7296 3.7: SHA-1 is no protection here, it is a name.
static int hash_keys(struct material *m)
{
    for (size_t i = 0; i < m->trust.n; i++) {
        struct bytes key = m->trust.list[i].certificate->public_key;

        if (EVP_Digest(key.p, key.n, m->hashes[i], NULL, EVP_sha1(), NULL) != 1)
            return -EIO;
    }
    return 0;
}

static int gather(struct store *store, const struct binding *binding, int64_t now, struct material *m)
{
    int r = credential_load(store, binding, now, &m->credential, m->error);

    if (r == 0)
        r = credential_issuers(store, &m->credential, now, m->issuers, &m->n_issuers);
    if (r == 0)
        r = trust_find_anchors(store, binding, now, &m->trust, m->error);
    return r < 0 ? r : hash_keys(m);
}

static void drop(struct material *m)
{
    for (size_t i = 0; i < m->n_issuers; i++)
        store_certificate_free(m->issuers[i]);
    credential_done(&m->credential);
    trust_done(&m->trust);
    free(m);
}

static void answer(struct ipc_request *request, const struct material *m)
{
    Bulkhead__Internal__V1__Identity own_id = BULKHEAD__INTERNAL__V1__IDENTITY__INIT;
    credential_message response = BULKHEAD__INTERNAL__V1__PKI_GET_CREDENTIAL_RESPONSE__INIT;
    ProtobufCBinaryData chain[STORE_CHAIN_MAX + 1], hashes[PKI_AUTHORITIES_MAX];
    const struct stored_certificate *certificate = m->credential.certificate;
    size_t size = certificate->der.n;

    edge_message_put_bytes(certificate->der, &chain[0]);
    response.n_chain = 1;
    for (size_t i = 0; i < m->n_issuers; i++) {
        size += m->issuers[i]->der.n;
        edge_message_put_bytes(m->issuers[i]->der, &chain[response.n_chain++]);
    }
    if (size > CHAIN_MAX_BYTES) {
        ipc_request_fail(request, ERROR(FAILED_PRECONDITION), "the certificate and its issuers are over 48 KiB");
        return;
    }
    for (size_t i = 0; i < m->trust.n; i++)
        edge_message_put_bytes(bytes_of(m->hashes[i], SHA1_BYTES), &hashes[i]);
    edge_message_put_identity(&m->credential.own_id, &own_id);
    response.chain = chain;
    response.authority_key_hashes = hashes;
    response.n_authority_key_hashes = m->trust.n;
    response.own_id = &own_id;
    response.not_after = certificate->info->not_after ? certificate->info->not_after->seconds : 0;
    ipc_request_reply(request, &response.base);
}

void credential_service_get(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    const Bulkhead__Internal__V1__PkiGetCredentialRequest *ask = (const void *)message;
    struct service *service = service_of(arg);
    struct material *m = calloc(1, sizeof(*m));
    struct binding binding;
    int r;

    if (!m) {
        ipc_request_fail(request, ERROR(RESOURCE_EXHAUSTED), "out of memory");
        return;
    }
    if (!bindings_find(service->bindings, bytes_of_str(ask->tunnel), &binding))
        r = -ENOTSUP;
    else
        r = gather(service->store, &binding, time(NULL), m);
    if (r == 0)
        answer(request, m);
    else if (r == -ENOTSUP)
        ipc_request_fail(request, ERROR(NOT_FOUND), "no tunnel of that name is bound to a certificate");
    else if (r == -ENOENT)
        ipc_request_fail(request, ERROR(FAILED_PRECONDITION), m->error);
    else
        ipc_request_fail(request, ERROR(INTERNAL), "the certificate can't be read; pki-d's log says why");
    drop(m);
}

// ---- signatures

static void on_audit(uv_timer_t *timer);

static void write_soon(struct service *service)
{
    if (!uv_is_active((uv_handle_t *)&service->audit))
        uv_timer_start(&service->audit, on_audit, AUDIT_AFTER_MS, 0);
}

static void on_audit(uv_timer_t *timer)
{
    struct service *service = timer->data;

    if (sign_account_write(service->account, service->store, time(NULL), false) != 0)
        write_soon(service); // the minute is not over yet, or the disk refused
}

static void refuse(struct daemon *daemon, struct ipc_request *request, const char *tunnel, uint32_t error,
                   const char *text)
{
    struct service *service = daemon->self;

    if (sign_account_may_log(service->account, uv_now(daemon->loop)))
        log_warning("sign_refused", LOG_STR("tunnel", tunnel), LOG_STR("reason", text));
    ipc_request_fail(request, error, text);
}

static void fail(struct daemon *daemon, struct ipc_request *request, const char *tunnel, enum sign_result result,
                 const struct sign_answer *answer)
{
    switch (result) {
    case SIGN_BAD_REQUEST:
        refuse(daemon, request, tunnel, ERROR(INVALID_ARGUMENT),
               "PRF unknown, a field's size out of bounds, or own_message no IKE_SA_INIT");
        break;
    case SIGN_NOT_BOUND:
        refuse(daemon, request, tunnel, ERROR(NOT_FOUND), "no tunnel of that name is bound to a certificate");
        break;
    case SIGN_NO_CREDENTIAL:
        refuse(daemon, request, tunnel, ERROR(FAILED_PRECONDITION), answer->error);
        break;
    case SIGN_WRONG_IDENTITY:
        refuse(daemon, request, tunnel, ERROR(PERMISSION_DENIED), "not the identity that this tunnel goes by");
        break;
    case SIGN_NO_SCHEME:
        refuse(daemon, request, tunnel, ERROR(FAILED_PRECONDITION),
               "the certificate's key can make no signature that this peer says it can check");
        break;
    default:
        ipc_request_fail(request, ERROR(INTERNAL), "the signature could not be made; pki-d's log says why");
    }
}

static enum sign_result sign(const struct service *service, const Bulkhead__Internal__V1__PkiSignRequest *ask,
                             struct sign_answer *ret_answer)
{
    struct sign_request request = {
        .tunnel = bytes_of_str(ask->tunnel), .prf = ask->prf, .peer_hashes = ask->peer_hashes};

    if (!ask->own_id || ask->own_id->type > UINT8_MAX)
        return SIGN_BAD_REQUEST;
    request.octets = (struct auth_octets){.message = edge_message_bytes(&ask->own_message),
                                          .nonce = edge_message_bytes(&ask->peer_nonce),
                                          .sk_p = edge_message_bytes(&ask->sk_p),
                                          .id_type = (uint8_t)ask->own_id->type,
                                          .id_data = edge_message_bytes(&ask->own_id->data)};
    return sign_auth(service->bindings, service->store, &request, time(NULL), ret_answer);
}

void credential_service_sign(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    const Bulkhead__Internal__V1__PkiSignRequest *ask = (const void *)message;
    Bulkhead__Internal__V1__PkiSignResponse response = BULKHEAD__INTERNAL__V1__PKI_SIGN_RESPONSE__INIT;
    struct sign_answer answer = {.n = 0};
    struct daemon *daemon = arg;
    struct service *service = daemon->self;
    struct binding binding;
    enum sign_result result;

    // What is bound has a bounded number of names to count by.
    if (bindings_find(service->bindings, bytes_of_str(ask->tunnel), &binding) && *binding.certificate &&
        !sign_account_take(service->account, binding.tunnel, uv_now(daemon->loop))) {
        ipc_request_fail(request, ERROR(RESOURCE_EXHAUSTED), "too many signatures in too short time");
        return;
    }
    result = sign(service, ask, &answer);
    if (result != SIGN_OK) {
        fail(daemon, request, ask->tunnel, result, &answer);
        return;
    }
    response.method = answer.method;
    edge_message_put_bytes(bytes_of(answer.auth, answer.n), &response.auth);
    ipc_request_reply(request, &response.base);
    if (sign_account_count(service->account, binding.tunnel, binding.certificate))
        write_soon(service);
}

int credential_service_start(struct daemon *daemon)
{
    struct service *service = daemon->self;

    service->account = sign_account_new();
    if (!service->account)
        return -ENOMEM;
    service->audit.data = service;
    return uv_timer_init(daemon->loop, &service->audit);
}

void credential_service_stop(struct daemon *daemon)
{
    struct service *service = daemon->self;

    uv_close((uv_handle_t *)&service->audit, NULL);
    sign_account_write(service->account, service->store, time(NULL), true);
}
