// Names of subjects (RFC 5280 4.1.2.4), from the six fields that certificates here have.
#ifndef BULKHEAD_PKI_SUBJECT_H
#define BULKHEAD_PKI_SUBJECT_H

#include <openssl/x509.h>

#include "bulkhead/v1/certificate.pb-c.h"
#include "pki-d/operation.h"

// For X509_NAME_free. A refusal names the field under `path`.
int subject_make(struct operation *op, const Bulkhead__V1__Subject *subject, const char *path, X509_NAME **ret_name);
// RFC 4514: "CN=vpn.example,O=Interface31,C=DE", UTF-8 left as it is. For free(); NULL without memory.
char *subject_format(const X509_NAME *name);

#endif
