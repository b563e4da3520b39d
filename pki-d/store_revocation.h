// What authorities issued and revoked, by serial: a record stays when its certificate is deleted. Beside it the CRLs of
// authorities from outside that an administrator imported.
#ifndef BULKHEAD_PKI_STORE_REVOCATION_H
#define BULKHEAD_PKI_STORE_REVOCATION_H

#include "pki-d/store_authority.h"

#define STORE_SERIAL_MAX_BYTES 20 // RFC 5280 4.1.2.2

struct store_revoked {
    int64_t authority;
    struct bytes serial; // without leading zeros
    int64_t at;          // seconds since 1970
    uint32_t reason;     // RFC 5280 5.3.1
};

enum store_status { STORE_STATUS_UNKNOWN, STORE_STATUS_GOOD, STORE_STATUS_REVOKED };

// A serial is given away once: -EEXIST.
int store_revocation_add_issued(struct store *store, int64_t authority, struct bytes serial, int64_t not_after);
// 0, also when it is revoked already (which stays as it is); -ENOENT: never issued.
int store_revocation_put(struct store *store, const struct store_revoked *revoked);
// UNKNOWN: never issued here, or the imported CRL is out of date. ret_revoked: set where REVOKED; `serial` in it lends
// the caller's.
int store_revocation_status(struct store *store, const struct stored_authority *authority, struct bytes serial,
                            int64_t now, enum store_status *ret_status, struct store_revoked *ret_revoked);
// Those that an authority's CRL lists: revoked, and not expired before `since` (RFC 5280 3.3); and what an imported CRL
// lists, whose ends are not known. Stops as others.
int store_revocation_each(struct store *store, int64_t authority, int64_t since,
                          int (*on_revoked)(void *arg, const struct store_revoked *revoked), void *arg);

// Forgets the imported CRL of that authority, begins the next.
int store_revocation_begin_foreign(struct store *store, int64_t authority, int64_t next_update);
int store_revocation_add_foreign(struct store *store, const struct store_revoked *revoked);

#endif
