// What a check of a peer's certificate ends with: one verdict and one clear reason that names the certificate.
#ifndef BULKHEAD_PKI_VERIFIER_VERDICT_H
#define BULKHEAD_PKI_VERIFIER_VERDICT_H

#include <stdbool.h>

#include "bulkhead/internal/v1/ike_verifier.pb-c.h"
#include "pki-d/verifier/verifier_limits.h"

#define VERDICT(name) BULKHEAD__INTERNAL__V1__VERIFIER_VERDICT__VERIFIER_VERDICT_##name

struct verdict {
    Bulkhead__Internal__V1__VerifierVerdict code;
    char reason[VERIFIER_REASON_MAX]; // with ACCEPTED: a warning, or empty
};

// False, so that a check can return what this returns.
bool verdict_refuse(struct verdict *verdict, Bulkhead__Internal__V1__VerifierVerdict code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
