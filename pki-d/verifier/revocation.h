// Has any certificate of a path been revoked? For each below the trusted authority, in this order until one answers:
//
//   1. pki-d, for what this gateway's own authorities issued and where a CRL was imported (under every policy)
//   2. OCSP at the URLs that are configured for the issuer, then at those in the certificate
//   3. CRLs at the same
//
// 2 and 3 not with the policy `off`. An answer counts when it is signed by the issuer (or its OCSP delegate), for this
// certificate, and fresh. The courier fetches none but configured URLs. Where nobody answers, `strict` refuses and
// `if_available` lets the peer in with a warning. Answers of OCSP may come from a cache for 30 s, CRLs for 5 min.
#ifndef BULKHEAD_PKI_VERIFIER_REVOCATION_H
#define BULKHEAD_PKI_VERIFIER_REVOCATION_H

#include <openssl/x509.h>

#include "bulkhead/internal/v1/verifier_pki.pb-c.h"
#include "lib/ipc/node.h"
#include "pki-d/verifier/verdict.h"

struct revocation_question {
    struct ipc_node *node;
    const Bulkhead__Internal__V1__PkiGetTrustResponse *trust; // both lent until the answer
    const STACK_OF(X509) * path;                              // the anchor is last
    int64_t now;
};

// ACCEPTED (with a warning perhaps), REVOKED or REVOCATION_UNKNOWN.
typedef void revocation_result_fn(void *arg, const struct verdict *verdict);

// on_result is called once, perhaps before this returns.
void revocation_check(const struct revocation_question *question, revocation_result_fn *on_result, void *arg);

#endif
