// An administrator's import, read and checked, as the typed fields that pki-d stores.
#ifndef BULKHEAD_PKI_IMPORTER_IMPORT_H
#define BULKHEAD_PKI_IMPORTER_IMPORT_H

#include "bulkhead/internal/v1/verifier_pki.pb-c.h"

typedef Bulkhead__Internal__V1__PkiStoreImportRequest store_import_message;

// ret_message is filled with its own memory, to be given back with import_done; `name` and URLs are lent from
// `request`. -EBADMSG with one line in ret_reason (VERIFIER_REASON_MAX bytes); -ENOMEM.
int import_read(const Bulkhead__V1__ImportCertificateRequest *request, store_import_message *ret_message,
                char *ret_reason);
void import_done(store_import_message *message);

#endif
