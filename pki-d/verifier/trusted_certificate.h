// Certificates of authorities, kept parsed between verifications: they are the same each time, and OpenSSL takes longer
// to read one than to check a signature. They come from pki-d alone, and are known by all of their bytes; nothing of a
// peer's is kept.
#ifndef BULKHEAD_PKI_VERIFIER_TRUSTED_CERTIFICATE_H
#define BULKHEAD_PKI_VERIFIER_TRUSTED_CERTIFICATE_H

#include <openssl/x509.h>

#include "lib/core/bytes.h"

#define TRUSTED_CERTIFICATES_MAX 64

// Starts zeroed.
struct trusted_certificates {
    struct {
        uint8_t *der;
        size_t n;
        X509 *certificate;
    } kept[TRUSTED_CERTIFICATES_MAX];
    size_t next; // the place that is used next, whatever it holds
};

// As certificate_parse; a reference of the caller's own. `trusted` may be NULL: nothing is kept.
int trusted_certificate_parse(struct trusted_certificates *trusted, struct bytes der, X509 **ret_certificate,
                              char *ret_reason);
void trusted_certificates_done(struct trusted_certificates *trusted);

#endif
