#include "pki-d/store_row.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define STATE(name) BULKHEAD__V1__CERTIFICATE_STATE__CERTIFICATE_STATE_##name
#define DAY_SECONDS 86400

static Bulkhead__V1__CertificateState state_of(const struct query *query, int64_t now)
{
    if (!query_is_null(query, STORE_ROW_REVOKED_AT))
        return STATE(REVOKED);
    if (now > query_int(query, STORE_ROW_NOT_AFTER))
        return STATE(EXPIRED);
    return now < query_int(query, STORE_ROW_NOT_BEFORE) ? STATE(NOT_YET_VALID) : STATE(VALID);
}

// Rounded down, also below zero.
static int32_t days_until(int64_t end, int64_t now)
{
    int64_t left = end - now;

    return (int32_t)(left >= 0 ? left / DAY_SECONDS : -((DAY_SECONDS - 1 - left) / DAY_SECONDS));
}

static int set_time(Google__Protobuf__Timestamp **ret, int64_t seconds)
{
    Google__Protobuf__Timestamp *time = malloc(sizeof(*time));

    if (!time)
        return -ENOMEM;
    google__protobuf__timestamp__init(time);
    time->seconds = seconds;
    google__protobuf__timestamp__free_unpacked(*ret, NULL);
    *ret = time;
    return 0;
}

static int set_issuer(const struct query *query, Bulkhead__V1__Certificate *info)
{
    char *issuer = strdup(query_text(query, STORE_ROW_ISSUER));

    if (!issuer)
        return -ENOMEM;
    if (info->issuer != protobuf_c_empty_string)
        free(info->issuer);
    info->issuer = issuer;
    return 0;
}

static int set_authority(const struct query *query, Bulkhead__V1__Certificate *info)
{
    int64_t next_update = query_int(query, STORE_ROW_CRL_NEXT_UPDATE);

    info->crl_number = (uint64_t)query_int(query, STORE_ROW_CRL_NUMBER);
    info->issued = (uint32_t)query_int(query, STORE_ROW_ISSUED);
    return next_update ? set_time(&info->crl_next_update, next_update) : 0;
}

int store_row_read(const struct query *query, int64_t now, Bulkhead__V1__Certificate **ret_info)
{
    struct bytes packed = query_bytes(query, STORE_ROW_INFO);
    Bulkhead__V1__Certificate *info = bulkhead__v1__certificate__unpack(NULL, packed.n, packed.p);
    int r;

    if (!info)
        return -EBADMSG;
    info->has_key = !query_is_null(query, STORE_ROW_KEY);
    info->state = state_of(query, now);
    info->days_left = days_until(query_int(query, STORE_ROW_NOT_AFTER), now);
    r = set_issuer(query, info);
    if (r == 0 && info->state == STATE(REVOKED)) {
        info->revocation_reason = (Bulkhead__V1__RevocationReason)query_int(query, STORE_ROW_REASON);
        r = set_time(&info->revoked_at, query_int(query, STORE_ROW_REVOKED_AT));
    }
    if (r == 0 && info->is_authority && !query_is_null(query, STORE_ROW_CRL_NUMBER))
        r = set_authority(query, info);
    if (r == 0)
        *ret_info = info;
    else
        bulkhead__v1__certificate__free_unpacked(info, NULL);
    return r;
}
