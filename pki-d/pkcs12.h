// PKCS#12 files (RFC 7292): certificate, key and chain under a passphrase. Certificates go in as the bytes that they
// are stored as.
#ifndef BULKHEAD_PKI_PKCS12_H
#define BULKHEAD_PKI_PKCS12_H

#include <openssl/evp.h>

#include "lib/core/bytes.h"

#define PKCS12_PASSPHRASE_MIN_BYTES 8
#define PKCS12_PASSPHRASE_MAX_BYTES 256

enum pkcs12_encryption {
    PKCS12_LEGACY, // PBE-SHA1-3DES, SHA-1 MAC: what Apple's devices and old Windows read
    PKCS12_MODERN, // PBES2 with AES-256-CBC and PBKDF2 (HMAC-SHA-256), SHA-256 MAC
};

struct pkcs12_order {
    enum pkcs12_encryption encryption;
    const char *passphrase; // UTF-8
    const char *friendly_name;
    EVP_PKEY *key;
    const struct bytes *certificates; // DER; the first is the key's
    size_t certificates_n;
};

// DER into *ret_der, for OPENSSL_free; its size, or -EIO. Takes tens of milliseconds: not for the loop's thread.
int pkcs12_make(const struct pkcs12_order *order, uint8_t **ret_der);

#endif
