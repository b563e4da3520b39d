// Extensions of a certificate or request (RFC 5280 4.2) as fields of its facts.
#ifndef BULKHEAD_PKI_VERIFIER_CERTIFICATE_EXTENSIONS_H
#define BULKHEAD_PKI_VERIFIER_CERTIFICATE_EXTENSIONS_H

#include <openssl/x509.h>

#include "bulkhead/internal/v1/certificate_facts.pb-c.h"

// Alternative names, basic constraints, usages, key identifiers, http URLs of CRLs and OCSP responders. NULL: there are
// none. -EBADMSG: one can't be read, or has more than we take. -ENOMEM.
int certificate_extensions_read(const STACK_OF(X509_EXTENSION) * extensions,
                                Bulkhead__Internal__V1__CertificateFacts *facts);

// http URLs of CRLs (RFC 5280 4.2.1.13) or of OCSP responders (4.2.2.1), at most VERIFIER_URLS_MAX; other URLs are left
// out. Each is to be freed with free(). -ENOMEM.
int certificate_extensions_crl_urls(const STACK_OF(X509_EXTENSION) * extensions, char **ret_urls, size_t *ret_n);
int certificate_extensions_ocsp_urls(const STACK_OF(X509_EXTENSION) * extensions, char **ret_urls, size_t *ret_n);

#endif
