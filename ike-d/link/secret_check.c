#include "ike-d/link/secret_check.h"

#include "bulkhead/internal/v1/ike_pki.pb-c.h"
#include "bulkhead/internal/v1/ipc.pb-c.h"
#include "ike-d/exch/missing_secret.h"
#include "ike-d/link/ike.h"

// Tunnels in one request.
#define PAGE 200u

static void take(struct ike *ike, const struct ipc_result *result)
{
    const Bulkhead__Internal__V1__PkiMissingSecretsResponse *response =
        (const Bulkhead__Internal__V1__PkiMissingSecretsResponse *)(const void *)result->message;
    for (size_t i = 0; i < response->n_missing; i++) {
        const Bulkhead__Internal__V1__PkiMissingSecret *missing = response->missing[i];
        if (missing->certificate_fault[0]) {
            missing_secret_found_certificate(&ike->core, missing->tunnel, missing->certificate_fault);
        } else {
            missing_secret_found(&ike->core, missing->tunnel, missing->ppk);
        }
    }
}

static void ask(struct ike *ike, char *const *tunnels, size_t n, ipc_result_fn *on_result)
{
    Bulkhead__Internal__V1__PkiMissingSecretsRequest request;
    bulkhead__internal__v1__pki_missing_secrets_request__init(&request);
    request.tunnels = (char **)(uintptr_t)tunnels; // protobuf-c knows no const
    request.n_tunnels = n;
    ipc_call(ike->daemon->node, BULKHEAD__INTERNAL__V1__METHOD__METHOD_PKI_MISSING_SECRETS, &request.base, 0, on_result,
             ike);
}

// No answer: pki-d is away, or not bound yet, and tells of itself when that is over.
static void on_some(void *arg, const struct ipc_result *result)
{
    struct ike *ike = arg;
    if (!result->error && ike->core_ready) {
        take(ike, result);
    }
}

void secret_check_some(struct ike *ike, char *const *tunnels, size_t n)
{
    for (size_t done = 0; done < n; done += PAGE) {
        ask(ike, tunnels + done, n - done < PAGE ? n - done : PAGE, on_some);
    }
}

static void ask_next(struct ike *ike);

static void on_page(void *arg, const struct ipc_result *result)
{
    struct ike *ike = arg;
    struct secret_check *check = &ike->secrets;
    check->under_way = false;
    if (!ike->core_ready) {
        return;
    }
    if (!result->error) {
        take(ike, result);
    }
    if (check->again) {
        secret_check_all(ike);
    } else if (!result->error) {
        ask_next(ike);
    }
}

// The page from secrets.next on.
static void ask_next(struct ike *ike)
{
    struct secret_check *check = &ike->secrets;
    char *names[PAGE];
    size_t n = 0;
    size_t at = 0;
    for (struct tunnel *tunnel = ike->core.tunnels; tunnel && n < PAGE; tunnel = tunnel->next) {
        if (at++ >= check->next) {
            names[n++] = tunnel->config->name;
        }
    }
    check->next = at;
    if (n > 0) {
        check->under_way = true;
        ask(ike, names, n, on_page);
    }
}

void secret_check_all(struct ike *ike)
{
    ike->secrets.again = ike->secrets.under_way;
    if (!ike->secrets.under_way) {
        ike->secrets.next = 0;
        ask_next(ike);
    }
}
