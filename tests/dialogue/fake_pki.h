// Certificates in a dialogue, with real keys and signatures (RFC 7427): a gateway's "certificate" is its public key in
// DER, and whoever signs with the key belonging to it is accepted, unless the test has another verdict.
#ifndef BULKHEAD_TESTS_DIALOGUE_FAKE_PKI_H
#define BULKHEAD_TESTS_DIALOGUE_FAKE_PKI_H

#include <openssl/types.h>

#include "ike-d/sa/credential.h"
#include "ike-d/sa/ike_env.h"
#include "ike-d/sa/peer_certificate.h"

struct fake_pki {
    EVP_PKEY *key;
    struct credential credential; // chain_n 0: nothing is shown
    uint8_t der[1024];
    uint8_t issuer[4096];
    uint8_t authority[CREDENTIAL_HASH_BYTES];
    bool pss;
    bool missing; // pki-d has not got it yet
    // About the peer:
    enum peer_verdict verdict; // PEER_VERDICT_NONE: as the signature says
    struct peer_certificate peer;
    const char *peer_reason; // NULL: none
    uint64_t not_after_s;
    // What was asked for:
    unsigned credentials;
    unsigned asked_for_missing;
    unsigned signatures;
    unsigned verifications;
    unsigned peer_certificates; // that came with the last one
    uint8_t peer_method;
};

// `algorithm`: "RSA", "P-256", "P-384", "ED25519"; id as in the configuration.
void fake_pki_init(struct fake_pki *pki, const char *algorithm, const char *id);
void fake_pki_done(struct fake_pki *pki);
// So many issuers between the certificate and its authority, of so many bytes.
void fake_pki_add_issuers(struct fake_pki *pki, unsigned n, size_t bytes);

void fake_pki_fill(struct ike_env *env);

#endif
