#include "pki-d/missing_secrets.h"

#include "bulkhead/internal/v1/ike_pki.pb-c.h"
#include "bulkhead/internal/v1/ipc.pb-c.h"

#define ERROR(code) BULKHEAD__INTERNAL__V1__ERROR_CODE__ERROR_CODE_##code

enum lack {
    LACK_NONE,
    LACK_PSK,
    LACK_PPK,
    LACK_UNKNOWN, // the store does not say
};

static enum lack lack_of(struct store *store, const char *secret, enum lack lack)
{
    int r = *secret ? store_has(store, bytes_of_str(secret)) : 1;

    return r < 0 ? LACK_UNKNOWN : r > 0 ? LACK_NONE : lack;
}

// One of two pre-shared keys is enough while they are being changed.
static enum lack find_lack(const struct service *service, const char *tunnel)
{
    struct binding binding;
    enum lack lack;

    if (!bindings_find(service->bindings, bytes_of_str(tunnel), &binding))
        return LACK_NONE;
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

    if (ask->n_tunnels > PKI_MISSING_PAGE) {
        ipc_request_fail(request, ERROR(INVALID_ARGUMENT), "tunnels: at most 200");
        return;
    }
    response.missing = list;
    for (size_t i = 0; i < ask->n_tunnels; i++) {
        enum lack lack = find_lack(service, ask->tunnels[i]);
        size_t n = response.n_missing;

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
        response.n_missing++;
    }
    ipc_request_reply(request, &response.base);
}
