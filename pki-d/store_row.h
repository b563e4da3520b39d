// A certificate's row as the API shows it: what never changes lies packed beside it, the rest (state, days left, its
// authority's figures) is of the moment.
#ifndef BULKHEAD_PKI_STORE_ROW_H
#define BULKHEAD_PKI_STORE_ROW_H

#include "bulkhead/v1/certificate.pb-c.h"
#include "pki-d/store_query.h"

#define STORE_ROW_COLUMNS                                                                                              \
    "c.id, c.authority, c.key, c.is_current, c.serial, c.not_before, c.not_after, c.revoked_at, c.reason, d.info, "    \
    "(SELECT name FROM authority WHERE id = c.authority AND is_deleted = 0), a.crl_number, a.crl_next_update, "        \
    "a.issued"
#define STORE_ROW_TABLES                                                                                               \
    "certificate c JOIN document d ON d.id = c.id LEFT JOIN authority a ON c.is_authority = 1 AND a.name = c.name "    \
    "AND a.is_deleted = 0"

enum store_row_column {
    STORE_ROW_ID,
    STORE_ROW_AUTHORITY,
    STORE_ROW_KEY,
    STORE_ROW_IS_CURRENT,
    STORE_ROW_SERIAL,
    STORE_ROW_NOT_BEFORE,
    STORE_ROW_NOT_AFTER,
    STORE_ROW_REVOKED_AT,
    STORE_ROW_REASON,
    STORE_ROW_INFO,
    STORE_ROW_ISSUER,
    STORE_ROW_CRL_NUMBER,
    STORE_ROW_CRL_NEXT_UPDATE,
    STORE_ROW_ISSUED,
    STORE_ROW_COLUMN_COUNT,
};

// For free_unpacked. -ENOMEM, or -EBADMSG: damaged.
int store_row_read(const struct query *query, int64_t now, Bulkhead__V1__Certificate **ret_info);

#endif
