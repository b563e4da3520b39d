// The append-only log of what pki-d did with keys and certificates: a record goes into the transaction of what it tells
// of. The database itself refuses to change or delete one.
#ifndef BULKHEAD_PKI_STORE_AUDIT_H
#define BULKHEAD_PKI_STORE_AUDIT_H

#include "bulkhead/v1/certificate.pb-c.h"
#include "pki-d/store.h"

// As bulkhead.v1.AuditRecord says. Texts are cut to 256 bytes.
struct store_audit {
    int64_t time; // seconds since 1970
    const char *actor;
    const char *operation;
    const char *object;
    const char *detail;
};

int store_audit_add(struct store *store, const struct store_audit *record);
// How many bytes of the text to take, at most `most`, so that no character of UTF-8 is cut in two.
int store_audit_cut(const char *text, size_t most);
// At most n of the newest before number `before` (0: from the newest on) into ret_records, each for free_unpacked.
// Returns how many, or -EIO, -ENOMEM.
int store_audit_list(struct store *store, uint64_t before, Bulkhead__V1__AuditRecord **ret_records, size_t n);

#endif
