#include "pki-d/validity.h"

#define DAYS_AUTHORITY 3650
#define DAYS_OTHER     397 // what Apple takes of servers, CA/Browser Forum BR 6.3.2

uint32_t validity_default_days(Bulkhead__V1__CertificatePurpose purpose)
{
    return purpose == BULKHEAD__V1__CERTIFICATE_PURPOSE__CERTIFICATE_PURPOSE_CA ? DAYS_AUTHORITY : DAYS_OTHER;
}

// Cuts to the issuer's time.
static int bound(struct operation *op, const struct validity_request *request, int64_t *not_before, int64_t *not_after)
{
    const Bulkhead__V1__Certificate *info = request->issuer->certificate->info;
    int64_t begin = info->not_before->seconds, end = info->not_after->seconds;

    if (request->days && *not_after - end >= VALIDITY_DAY_SECONDS)
        return operation_refuse(
            op, REFUSED(INVALID_ARGUMENT),
            "%s: %u: its issuer \"%s\" expires in %lld days; at most so many, or renew that one first", request->path,
            request->days, info->name, (long long)((end - op->now) / VALIDITY_DAY_SECONDS));
    if (*not_after > end)
        *not_after = end;
    if (*not_before < begin)
        *not_before = begin;
    return 0;
}

int validity_choose(struct operation *op, const struct validity_request *request, int64_t *ret_not_before,
                    int64_t *ret_not_after)
{
    uint32_t days = request->days ? request->days : request->days_default;
    int64_t not_before = op->now - VALIDITY_SKEW_SECONDS;
    int64_t not_after = not_before + (int64_t)days * VALIDITY_DAY_SECONDS;
    int r = 0;

    if (days > VALIDITY_DAYS_MAX)
        return operation_refuse(op, REFUSED(INVALID_ARGUMENT), "%s: %u: 1-36500", request->path, days);
    if (request->issuer)
        r = bound(op, request, &not_before, &not_after);
    if (r == 0) {
        *ret_not_before = not_before;
        *ret_not_after = not_after;
    }
    return r;
}
