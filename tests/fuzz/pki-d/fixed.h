// The same keys and certificates in each run, so that a corpus keeps its meaning: Ed25519 keys of fixed seeds, whose
// signatures don't vary.
#ifndef BULKHEAD_TESTS_FUZZ_PKI_D_FIXED_H
#define BULKHEAD_TESTS_FUZZ_PKI_D_FIXED_H

#include "tests/unit/pki-d/mint.h"

static inline EVP_PKEY *fixed_key(uint8_t seed)
{
    uint8_t bytes[32];
    EVP_PKEY *key;

    memset(bytes, seed, sizeof(bytes));
    key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, bytes, sizeof(bytes));
    mint_require(key, "fixed_key");
    return key;
}

#define FIXED_CA_SEED  1
#define FIXED_OWN_SEED 2

static inline X509 *fixed_ca(EVP_PKEY *key)
{
    const struct mint_order order = {.subject = "CN=root", .serial = 1, .extensions = {MINT_CA}};

    return mint_certificate(&order, key);
}

static inline X509 *fixed_own(X509 *ca, EVP_PKEY *ca_key, EVP_PKEY *key)
{
    const struct mint_order order = {.subject = "O=Example,CN=gw",
                                     .issuer = ca,
                                     .issuer_key = ca_key,
                                     .serial = 2,
                                     .extensions = {"keyUsage=digitalSignature", "extendedKeyUsage=serverAuth",
                                                    "subjectAltName=DNS:gw.example,IP:192.0.2.7,email:gw@example.com",
                                                    "crlDistributionPoints=URI:http://crl.example/a.crl",
                                                    "authorityInfoAccess=OCSP;URI:http://ocsp.example/"}};

    return mint_certificate(&order, key);
}

#endif
