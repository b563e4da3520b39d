// The CRL of an authority from outside, read from a file, as the typed fields that pki-d stores.
#ifndef BULKHEAD_PKI_IMPORTER_IMPORT_CRL_H
#define BULKHEAD_PKI_IMPORTER_IMPORT_CRL_H

#include "bulkhead/internal/v1/verifier_pki.pb-c.h"
#include "lib/core/bytes.h"

typedef Bulkhead__Internal__V1__PkiStoreCrlRequest store_crl_message;

// ret_message is filled with its own memory, to be given back with import_crl_done. `authority` is the certificate that
// must have signed it. -EBADMSG with one line in ret_reason (VERIFIER_REASON_MAX bytes): damaged, not signed by this
// authority, out of date, only for some of its certificates. -ENOMEM.
int import_crl_read(struct bytes data, struct bytes authority, int64_t now, store_crl_message *ret_message,
                    char *ret_reason);
void import_crl_done(store_crl_message *message);

#endif
