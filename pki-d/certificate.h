// Certificates as X.509 v3 (RFC 5280 4): made of what they are to say, signed by their issuer.
#ifndef BULKHEAD_PKI_CERTIFICATE_H
#define BULKHEAD_PKI_CERTIFICATE_H

#include <openssl/x509.h>

#include "pki-d/content.h"

#define CERTIFICATE_SERIAL_BYTES 16

struct certificate_order {
    const struct content *content;
    EVP_PKEY *public_key;
    const X509_NAME *issuer;            // its subject
    EVP_PKEY *issuer_key;               // signs
    struct bytes issuer_key_identifier; // may be empty
};

// 128 random bits, positive, without leading zeros. Into ret_serial; its size, or -EIO.
int certificate_draw_serial(uint8_t ret_serial[CERTIFICATE_SERIAL_BYTES]);
bool certificate_set_serial(X509 *x509, struct bytes serial);
bool certificate_set_times(X509 *x509, int64_t not_before, int64_t not_after);
bool certificate_sign(X509 *x509, EVP_PKEY *issuer_key);

// Signed, for X509_free. NULL when the library fails.
X509 *certificate_make(const struct certificate_order *order, struct bytes serial);

#endif
