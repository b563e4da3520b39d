// What an administrator's file held, read by the importer into typed fields: certificates from outside, one's key, the
// CRL of an authority from outside.
#ifndef BULKHEAD_PKI_IMPORT_H
#define BULKHEAD_PKI_IMPORT_H

#include "bulkhead/internal/v1/verifier_pki.pb-c.h"
#include "pki-d/operation.h"
#include "pki-d/store_certificate.h"

#define IMPORT_CERTIFICATES_MAX 16

// All of them or none. The stored ones, the named one first, each for store_certificate_free.
int import_run(struct operation *op, const Bulkhead__Internal__V1__PkiStoreImportRequest *request,
               struct stored_certificate *ret_certificates[IMPORT_CERTIFICATES_MAX], size_t *ret_n);
// In place of the one before.
int import_crl(struct operation *op, const Bulkhead__Internal__V1__PkiStoreCrlRequest *request);

#endif
