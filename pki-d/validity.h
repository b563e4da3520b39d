// From when until when a certificate is valid: never outside its issuer's time. A default is cut to that; a wish for
// more is refused, but for less than a day, so that an authority of ten years and a certificate of ten years go
// together.
#ifndef BULKHEAD_PKI_VALIDITY_H
#define BULKHEAD_PKI_VALIDITY_H

#include "pki-d/issuer.h"

#define VALIDITY_DAY_SECONDS 86400
#define VALIDITY_DAYS_MAX    36500
// Begins so much before now, for peers whose clocks are behind.
#define VALIDITY_SKEW_SECONDS 300

struct validity_request {
    uint32_t days; // 0: the default
    uint32_t days_default;
    const char *path;            // for refusals
    const struct issuer *issuer; // NULL: self-signed
};

uint32_t validity_default_days(Bulkhead__V1__CertificatePurpose purpose);
// Seconds since 1970, both inclusive (RFC 5280 4.1.2.5).
int validity_choose(struct operation *op, const struct validity_request *request, int64_t *ret_not_before,
                    int64_t *ret_not_after);

#endif
