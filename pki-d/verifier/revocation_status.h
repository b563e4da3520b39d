// What a CRL or an OCSP answer says about one certificate.
#ifndef BULKHEAD_PKI_VERIFIER_REVOCATION_STATUS_H
#define BULKHEAD_PKI_VERIFIER_REVOCATION_STATUS_H

#include <openssl/x509.h>

#include "lib/core/bytes.h"

enum revocation_state {
    REVOCATION_UNKNOWN = 0, // `why` says why
    REVOCATION_GOOD,
    REVOCATION_REVOKED,
};

struct revocation_status {
    enum revocation_state state;
    int reason; // RFC 5280 5.3.1; 0: unspecified
    int64_t revoked_at;
    char why[200];
};

// Whose status, and when.
struct revocation_subject {
    X509 *certificate;
    X509 *issuer;
    int64_t now;
};

// Into why, with state UNKNOWN; false.
bool revocation_status_unknown(struct revocation_status *status, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

// A signature with a hash that nobody may use any more (MD5, SHA-1).
bool revocation_status_is_weak(const X509_ALGOR *signature);

// " because its key is compromised"; "": no reason was given.
const char *revocation_status_reason(int reason);

#endif
