// An authority of the store with its key open, to sign certificates, CRLs and OCSP answers with.
#ifndef BULKHEAD_PKI_ISSUER_H
#define BULKHEAD_PKI_ISSUER_H

#include <openssl/x509.h>

#include "pki-d/operation.h"
#include "pki-d/store_authority.h"
#include "pki-d/store_certificate.h"

struct issuer {
    struct stored_authority authority;
    struct stored_certificate *certificate;
    X509_NAME *subject;
    EVP_PKEY *key;
};

// Refused, with `path` in front: no such authority, no key of it here. To be closed when 0.
int issuer_open(struct operation *op, const char *name, const char *path, struct issuer *ret_issuer);
// Refuses one that may not issue now: expired or revoked.
int issuer_check(struct operation *op, const struct issuer *issuer, const char *path);
void issuer_close(struct issuer *issuer);

#endif
