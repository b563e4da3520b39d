// Signatures of AUTH payloads (RFC 7296 2.15, RFC 7427, RFC 4754): over octets that are assembled here, with the key of
// the tunnel's certificate, and only under the identity that the tunnel goes by.
#ifndef BULKHEAD_PKI_SIGN_H
#define BULKHEAD_PKI_SIGN_H

#include <openssl/evp.h>

#include "lib/crypto/auth_octets.h"
#include "lib/crypto/signature.h"
#include "pki-d/bindings.h"
#include "pki-d/credential.h"

// With the AlgorithmIdentifier and its length in front.
#define SIGN_AUTH_MAX_BYTES (SIGNATURE_MAX_BYTES + 72)

enum sign_result {
    SIGN_OK,
    SIGN_BAD_REQUEST,   // unknown PRF, sizes out of bounds, own message no IKE_SA_INIT
    SIGN_NOT_BOUND,     // no such tunnel, or not with a certificate
    SIGN_NO_CREDENTIAL, // the error says what is missing
    SIGN_WRONG_IDENTITY,
    SIGN_NO_SCHEME, // nothing that the peer could check
    SIGN_FAILED,    // store or library; logged
};

struct sign_request {
    struct bytes tunnel;
    uint32_t prf; // IANA transform id
    struct auth_octets octets;
    uint32_t peer_hashes; // a bit for each (1 << IANA number); 0: the peer does not do RFC 7427
};

struct sign_answer {
    uint8_t method;
    uint8_t auth[SIGN_AUTH_MAX_BYTES];
    size_t n;
    char error[CREDENTIAL_ERROR_MAX]; // with SIGN_NO_CREDENTIAL
};

enum sign_result sign_auth(const struct bindings *bindings, struct store *store, const struct sign_request *request,
                           int64_t now, struct sign_answer *ret_answer);

// What a key signs for a peer that announced these hashes. RFC 7427 where both can: the curve's own hash, or the
// longest; else method 1 (RSA with SHA-1) or 9, 10, 11 (by curve). `wants_pss`: RSA under RFC 7427 by RSASSA-PSS.
// False: nothing.
bool sign_choose(EVP_PKEY *key, uint32_t peer_hashes, bool wants_pss, uint8_t *ret_method,
                 struct signature_scheme *ret_scheme);

#endif
