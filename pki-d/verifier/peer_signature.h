// The signature in a peer's AUTH payload, checked with the key of its certificate (RFC 7296 2.15, RFC 7427, RFC 4754).
#ifndef BULKHEAD_PKI_VERIFIER_PEER_SIGNATURE_H
#define BULKHEAD_PKI_VERIFIER_PEER_SIGNATURE_H

#include <openssl/x509.h>

#include "lib/crypto/auth_octets.h"
#include "pki-d/verifier/verdict.h"

struct peer_signature {
    uint32_t method;     // of the AUTH payload
    struct bytes auth;   // its data
    uint32_t own_hashes; // what we announced, a bit for each (1 << enum signature_hash)
    uint32_t prf;        // IANA transform id
    struct auth_octets octets;
};

bool peer_signature_check(X509 *certificate, const struct peer_signature *signature, struct verdict *ret_verdict);

#endif
