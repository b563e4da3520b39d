#include "pki-d/trust_service.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bulkhead/internal/v1/ipc.pb-c.h"
#include "bulkhead/internal/v1/verifier_pki.pb-c.h"
#include "lib/ipc/edge_message.h"
#include "pki-d/service.h"
#include "pki-d/store_revocation.h"
#include "pki-d/trust.h"

#define ERROR(code) BULKHEAD__INTERNAL__V1__ERROR_CODE__ERROR_CODE_##code

#define STATUS_MAX 16 // PkiGetStatusRequest

typedef Bulkhead__Internal__V1__TrustedAuthority authority_message;

static struct service *service_of(void *arg)
{
    return ((struct daemon *)arg)->self;
}

// One authority's message with what it points into.
struct entry {
    authority_message message;
    struct store_urls crl_urls, ocsp_urls; // cut into lines
    char *crl_list[STORE_URLS_MAX], *ocsp_list[STORE_URLS_MAX];
};

struct answer {
    struct trust trust;
    struct entry entries[TRUST_AUTHORITIES_MAX];
    authority_message *list[TRUST_AUTHORITIES_MAX];
    char error[TRUST_ERROR_MAX];
};

// Cuts the text where it lies.
static size_t split(struct store_urls *urls, char *ret_list[STORE_URLS_MAX])
{
    char *rest = urls->text, *line;
    size_t n = 0;

    while (n < STORE_URLS_MAX && (line = strsep(&rest, "\n")))
        if (*line)
            ret_list[n++] = line;
    return n;
}

// Of our own authorities the status is asked here, never of a responder somewhere.
static void fill(struct entry *entry, struct trusted_authority *trusted)
{
    authority_message *message = &entry->message;

    bulkhead__internal__v1__trusted_authority__init(message);
    message->name = trusted->authority.name;
    edge_message_put_bytes(trusted->certificate->der, &message->der);
    message->is_anchor = trusted->is_anchor;
    message->has_status =
        trusted->authority.has_key || trusted->authority.crl_number > 0 || trusted->authority.foreign_next_update != 0;
    if (trusted->authority.has_key)
        return;
    entry->crl_urls = trusted->authority.crl_urls;
    entry->ocsp_urls = trusted->authority.ocsp_urls;
    message->crl_urls = entry->crl_list;
    message->n_crl_urls = split(&entry->crl_urls, entry->crl_list);
    message->ocsp_urls = entry->ocsp_list;
    message->n_ocsp_urls = split(&entry->ocsp_urls, entry->ocsp_list);
}

static void reply(struct ipc_request *request, const struct binding *binding, struct answer *answer)
{
    Bulkhead__Internal__V1__PkiGetTrustResponse response = BULKHEAD__INTERNAL__V1__PKI_GET_TRUST_RESPONSE__INIT;

    for (size_t i = 0; i < answer->trust.n; i++) {
        fill(&answer->entries[i], &answer->trust.list[i]);
        answer->list[i] = &answer->entries[i].message;
    }
    response.authorities = answer->list;
    response.n_authorities = answer->trust.n;
    response.revocation = (Bulkhead__V1__RevocationPolicy)binding->revocation;
    response.remote_id = (char *)(uintptr_t)binding->remote_id_text; // protobuf-c knows no const
    ipc_request_reply(request, &response.base);
}

static int find(const struct service *service, struct bytes tunnel, struct binding *ret_binding, struct answer *answer)
{
    int64_t now = time(NULL);
    int r;

    if (!bindings_find(service->bindings, tunnel, ret_binding))
        return -ENOTSUP;
    r = trust_find_anchors(service->store, ret_binding, now, &answer->trust, answer->error);
    return r < 0 ? r : trust_add_issuers(service->store, now, &answer->trust);
}

void trust_service_get(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    const Bulkhead__Internal__V1__PkiGetTrustRequest *ask = (const void *)message;
    struct answer *answer = calloc(1, sizeof(*answer));
    struct binding binding;
    int r = answer ? find(service_of(arg), bytes_of_str(ask->tunnel), &binding, answer) : -ENOMEM;

    if (r == 0)
        reply(request, &binding, answer);
    else if (r == -ENOTSUP)
        ipc_request_fail(request, ERROR(NOT_FOUND), "no tunnel of that name is bound to a certificate");
    else if (r == -ENOENT)
        ipc_request_fail(request, ERROR(FAILED_PRECONDITION), answer->error);
    else
        ipc_request_fail(request, ERROR(INTERNAL), "the authorities can't be read; pki-d's log says why");
    if (answer)
        trust_done(&answer->trust);
    free(answer);
}

// ---- status

typedef Bulkhead__Internal__V1__CertificateStatus status_message;

static int find_status(struct store *store, const Bulkhead__Internal__V1__CertificateId *id, int64_t now,
                       status_message *ret_status)
{
    struct store_revoked revoked = {.at = 0};
    enum store_status status = STORE_STATUS_UNKNOWN;
    struct bytes serial = edge_message_bytes(&id->serial);
    struct stored_authority authority;
    int r = store_authority_find(store, bytes_of_str(id->authority), &authority);

    while (serial.n > 1 && serial.p[0] == 0)
        serial = bytes_of(serial.p + 1, serial.n - 1);
    if (r == 0)
        r = store_revocation_status(store, &authority, serial, now, &status, &revoked);
    if (r < 0 && r != -ENOENT)
        return r;
    switch (status) {
    case STORE_STATUS_GOOD:
        ret_status->status = BULKHEAD__INTERNAL__V1__CERTIFICATE_STATUS__STATUS__STATUS_GOOD;
        break;
    case STORE_STATUS_REVOKED:
        ret_status->status = BULKHEAD__INTERNAL__V1__CERTIFICATE_STATUS__STATUS__STATUS_REVOKED;
        ret_status->reason = (Bulkhead__V1__RevocationReason)revoked.reason;
        ret_status->revoked_at = revoked.at;
        break;
    default:
        ret_status->status = BULKHEAD__INTERNAL__V1__CERTIFICATE_STATUS__STATUS__STATUS_UNKNOWN;
    }
    return 0;
}

void trust_service_status(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    const Bulkhead__Internal__V1__PkiGetStatusRequest *ask = (const void *)message;
    Bulkhead__Internal__V1__PkiGetStatusResponse response = BULKHEAD__INTERNAL__V1__PKI_GET_STATUS_RESPONSE__INIT;
    status_message statuses[STATUS_MAX], *list[STATUS_MAX];
    int r = 0;

    if (ask->n_certificates > STATUS_MAX) {
        ipc_request_fail(request, ERROR(INVALID_ARGUMENT), "more than 16 certificates");
        return;
    }
    for (size_t i = 0; i < ask->n_certificates && r == 0; i++) {
        bulkhead__internal__v1__certificate_status__init(&statuses[i]);
        list[i] = &statuses[i];
        r = find_status(service_of(arg)->store, ask->certificates[i], time(NULL), &statuses[i]);
    }
    if (r < 0) {
        ipc_request_fail(request, ERROR(INTERNAL), "the status can't be read; pki-d's log says why");
        return;
    }
    response.statuses = list;
    response.n_statuses = ask->n_certificates;
    ipc_request_reply(request, &response.base);
}
