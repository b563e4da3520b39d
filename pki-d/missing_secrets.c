#include "pki-d/missing_secrets.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>

#include "bulkhead/internal/v1/ike_pki.pb-c.h"
#include "bulkhead/internal/v1/ipc.pb-c.h"
#include "pki-d/credential.h"
#include "pki-d/trust.h"

#define ERROR(code) BULKHEAD__INTERNAL__V1__ERROR_CODE__ERROR_CODE_##code

enum lack {
    LACK_NONE,
    LACK_PSK,
    LACK_PPK,
    LACK_CERTIFICATE,
    LACK_UNKNOWN, // the store does not say
};

static enum lack lack_of(struct store *store, const char *secret, enum lack lack)
{
    int r = *secret ? store_has(store, bytes_of_str(secret)) : 1;

    return r < 0 ? LACK_UNKNOWN : r > 0 ? LACK_NONE : lack;
}

// Its own certificate with its key, and the authorities that its peer's may come from.
static enum lack find_certificate_fault(struct store *store, const struct binding *binding,
                                        char ret_fault[PKI_MISSING_FAULT_MAX])
{
    struct credential credential;
    struct trust trust = {0};
    char error[TRUST_ERROR_MAX] = "";
    int64_t now = (int64_t)time(NULL);
    int r = credential_load(store, binding, now, &credential, error);

    if (r == 0) {
        credential_done(&credential);
        r = trust_find_anchors(store, binding, now, &trust, error);
        trust_done(&trust);
    }
    snprintf(ret_fault, PKI_MISSING_FAULT_MAX, "%.160s", error);
    return r == 0 ? LACK_NONE : r == -ENOENT ? LACK_CERTIFICATE : LACK_UNKNOWN;
}

// One of two pre-shared keys is enough while they are being changed.
static enum lack find_lack(const struct service *service, const char *tunnel, char ret_fault[PKI_MISSING_FAULT_MAX])
{
    struct binding binding;
    enum lack lack;

    ret_fault[0] = '\0';
    if (!bindings_find(service->bindings, bytes_of_str(tunnel), &binding))
        return LACK_NONE;
    if (*binding.certificate) {
        lack = find_certificate_fault(service->store, &binding, ret_fault);
        return lack ? lack : lack_of(service->store, binding.ppk_secret, LACK_PPK);
    }
    lack = lack_of(service->store, binding.secret, LACK_PSK);
    if (lack == LACK_PSK && *binding.other_secret)
        lack = lack_of(service->store, binding.other_secret, LACK_PSK);
    return lack ? lack : lack_of(service->store, binding.ppk_secret, LACK_PPK);
}

void missing_secrets_answer(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    const Bulkhead__Internal__V1__PkiMissingSecretsRequest *ask = (const void *)message;
    Bulkhead__Internal__V1__PkiMissingSecretsResponse response =
        BULKHEAD__INTERNAL__V1__PKI_MISSING_SECRETS_RESPONSE__INIT;
    const struct service *service = ((struct daemon *)arg)->self;
    Bulkhead__Internal__V1__PkiMissingSecret missing[PKI_MISSING_PAGE], *list[PKI_MISSING_PAGE];
    char faults[PKI_MISSING_PAGE][PKI_MISSING_FAULT_MAX];

    if (ask->n_tunnels > PKI_MISSING_PAGE) {
        ipc_request_fail(request, ERROR(INVALID_ARGUMENT), "tunnels: at most 200");
        return;
    }
    response.missing = list;
    for (size_t i = 0; i < ask->n_tunnels; i++) {
        size_t n = response.n_missing;
        enum lack lack = find_lack(service, ask->tunnels[i], faults[n]);

        if (lack == LACK_UNKNOWN) {
            ipc_request_fail(request, ERROR(INTERNAL), "can't look for the secrets; pki-d's log says why");
            return;
        }
        if (lack == LACK_NONE)
            continue;
        list[n] = &missing[n];
        missing[n] = (Bulkhead__Internal__V1__PkiMissingSecret)BULKHEAD__INTERNAL__V1__PKI_MISSING_SECRET__INIT;
        missing[n].tunnel = ask->tunnels[i];
        missing[n].ppk = lack == LACK_PPK;
        if (lack == LACK_CERTIFICATE)
            missing[n].certificate_fault = faults[n];
        response.n_missing++;
    }
    ipc_request_reply(request, &response.base);
}
