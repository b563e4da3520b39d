// Is this peer who it says it is? All that can be said without asking anybody: certificates, path, usage, identity and
// the signature of the AUTH payload, in this order, so that nobody without the key of a good certificate makes the
// gateway ask around for its revocation. Pure: what is trusted and the time are handed in.
#ifndef BULKHEAD_PKI_VERIFIER_PEER_H
#define BULKHEAD_PKI_VERIFIER_PEER_H

#include <openssl/x509.h>

#include "bulkhead/internal/v1/verifier_pki.pb-c.h"
#include "pki-d/verifier/trusted_certificate.h"
#include "pki-d/verifier/verdict.h"

struct peer_question {
    const Bulkhead__Internal__V1__VerifierVerifyPeerRequest *request;
    const Bulkhead__Internal__V1__PkiGetTrustResponse *trust;
    struct trusted_certificates *trusted; // where those of `trust` are kept parsed; may be NULL
    int64_t now;                          // seconds since 1970
};

struct peer_answer {
    struct verdict verdict;
    X509 *certificate;     // the peer's own, as far as it can be read; NULL
    STACK_OF(X509) * path; // when accepted: from it to the authority that the tunnel trusts
    int64_t not_after;     // of the path: its earliest end; else of the certificate
};

// ret_answer is to be emptied with peer_answer_done.
void peer_check(const struct peer_question *question, struct peer_answer *ret_answer);
void peer_answer_done(struct peer_answer *answer);

#endif
