// What the verifier says about a peer's certificate and signature; ike-d itself reads no certificate.
#ifndef BULKHEAD_IKE_SA_PEER_CERTIFICATE_H
#define BULKHEAD_IKE_SA_PEER_CERTIFICATE_H

#include <stdint.h>

// The numbers of bulkhead.internal.v1.VerifierVerdict, where each is explained.
enum peer_verdict {
    PEER_VERDICT_NONE,
    PEER_VERDICT_ACCEPTED,
    PEER_VERDICT_NO_CERTIFICATE,
    PEER_VERDICT_MALFORMED,
    PEER_VERDICT_UNTRUSTED,
    PEER_VERDICT_EXPIRED,
    PEER_VERDICT_NOT_YET_VALID,
    PEER_VERDICT_WRONG_IDENTITY,
    PEER_VERDICT_WRONG_USAGE,
    PEER_VERDICT_REVOKED,
    PEER_VERDICT_REVOCATION_UNKNOWN,
    PEER_VERDICT_WRONG_SIGNATURE,
    PEER_VERDICT_WEAK,
    PEER_VERDICT_NOT_CONFIGURED,
};

struct peer_certificate {
    enum peer_verdict verdict;
    const char *reason; // one line: what is wrong, or, with one that is accepted, what deserves a look; "": nothing
    const char *subject;
    const char *serial;
    const char *issuer;
    uint64_t not_after_s; // Unix time; 0: not known
};

// A copy with strings of its own; NULL without memory.
struct peer_certificate *peer_certificate_copy(const struct peer_certificate *from);
void peer_certificate_free(struct peer_certificate *certificate); // NULL is taken

#endif
