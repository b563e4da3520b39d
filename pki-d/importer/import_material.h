// What the files of an import held: certificates and at most one private key.
#ifndef BULKHEAD_PKI_IMPORTER_IMPORT_MATERIAL_H
#define BULKHEAD_PKI_IMPORTER_IMPORT_MATERIAL_H

#include <openssl/x509.h>

#include "pki-d/verifier/verifier_limits.h"

#define IMPORT_REASON_MAX VERIFIER_REASON_MAX

struct import_material {
    X509 *certificate[VERIFIER_CERTIFICATES_MAX];
    size_t n;
    EVP_PKEY *key;
    char reason[IMPORT_REASON_MAX]; // what is wrong, after a failure
};

void import_material_done(struct import_material *material);

// -EBADMSG with the reason. Made to be returned.
int import_material_refuse(struct import_material *material, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

// Both take what they are given. A certificate that is there already is dropped. -EBADMSG: too many certificates, or a
// second key.
int import_material_add(struct import_material *material, X509 *certificate);
int import_material_set_key(struct import_material *material, EVP_PKEY *key);

// Puts the certificate that the key belongs to first. -EBADMSG: no certificates, or none of this key.
int import_material_sort(struct import_material *material);

#endif
