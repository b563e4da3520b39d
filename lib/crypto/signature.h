// Signatures of IKE's AUTH payloads, made and checked: RSASSA-PKCS1-v1_5 and RSASSA-PSS (RFC 8017), ECDSA (FIPS 186-5)
// and EdDSA (RFC 8032), with the hash that the scheme names. Keys are OpenSSL's.
#ifndef BULKHEAD_CRYPTO_SIGNATURE_H
#define BULKHEAD_CRYPTO_SIGNATURE_H

#include <openssl/types.h>

#include "lib/crypto/signature_algorithm.h"

// RSA of 16384 bits, as far as OpenSSL goes.
#define SIGNATURE_MAX_BYTES 2048

// 0: right. -EBADMSG: wrong. -EINVAL: not a key for this scheme. -EIO: OpenSSL fails. PSS with a salt as long as the
// hash.
int signature_verify(EVP_PKEY *key, const struct signature_scheme *scheme, struct bytes data, struct bytes signature);

// Into ret_signature, of *ret_n bytes (SIGNATURE_MAX_BYTES at most). -EINVAL: not a key for this scheme. -EIO.
int signature_sign(EVP_PKEY *key, const struct signature_scheme *scheme, struct bytes data, uint8_t *ret_signature,
                   size_t *ret_n);

#endif
