// Keys of certificates: made, read from typed fields, named, and what is derived from them.
#ifndef BULKHEAD_PKI_KEY_H
#define BULKHEAD_PKI_KEY_H

#include <openssl/evp.h>

#include "bulkhead/internal/v1/certificate_facts.pb-c.h"
#include "lib/core/bytes.h"

#define KEY_IDENTIFIER_BYTES 20
#define KEY_NAME_MAX         24

// Takes from microseconds (EC) to seconds (RSA 4096): not for the loop's thread. NULL when the library fails or the
// type is unspecified.
EVP_PKEY *key_new(Bulkhead__V1__KeyType type);
// UNSPECIFIED: none of ours.
Bulkhead__V1__KeyType key_type(const EVP_PKEY *key);
// "rsa-2048", "ec-p256", "ed25519" ...
char *key_name(const EVP_PKEY *key, char ret_name[KEY_NAME_MAX]);
bool key_is_rsa(const EVP_PKEY *key);
// What it signs certificates with: a hash of the key's strength; NULL for Ed25519, which brings its own (RFC 8410).
const EVP_MD *key_digest(const EVP_PKEY *key);

// NULL: no such key.
EVP_PKEY *key_from_public(const Bulkhead__Internal__V1__PublicKey *message);
// Also checked to be a pair.
EVP_PKEY *key_from_private(const Bulkhead__Internal__V1__PrivateKey *message);

// SubjectPublicKeyInfo into *ret_der, for OPENSSL_free. Its size, or -EIO.
int key_public_encode(EVP_PKEY *key, uint8_t **ret_der);
// The reverse, of what was encoded here. NULL.
EVP_PKEY *key_public_decode(struct bytes der);
// Hash of the subjectPublicKey bits: with SHA-1 the key identifier of RFC 5280 4.2.1.2 (1), and issuerKeyHash of
// RFC 6960 4.1.1. Its size, or -EIO.
int key_hash_bits(EVP_PKEY *key, const EVP_MD *hash, uint8_t ret_hash[EVP_MAX_MD_SIZE]);

#endif
