// The path from a peer's certificate to an authority that its tunnel trusts (RFC 5280 6): built from what the peer sent
// and what pki-d knows, and checked for signatures, validity, issuers that may issue, path length, name constraints,
// certificate policies, critical extensions, and keys and hashes that are too weak.
#ifndef BULKHEAD_PKI_VERIFIER_PATH_H
#define BULKHEAD_PKI_VERIFIER_PATH_H

#include <openssl/x509.h>

#include "pki-d/verifier/verdict.h"

struct path_question {
    X509 *certificate;        // the peer's own
    STACK_OF(X509) * anchors; // a path may end at any of these, self-signed or not
    STACK_OF(X509) * issuers; // to build with: what the peer sent, and what pki-d knows
    int64_t now;              // seconds since 1970
};

// The path, the peer's certificate first and the anchor last, to be freed with sk_X509_pop_free. False: refused.
bool path_build(const struct path_question *question, STACK_OF(X509) * *ret_path, struct verdict *ret_verdict);

#endif
