// Asking an OCSP responder about a certificate, and reading its answer (RFC 6960). Without a nonce, so that answers can
// be cached: an answer is fresh by its own times.
#ifndef BULKHEAD_PKI_VERIFIER_OCSP_QUERY_H
#define BULKHEAD_PKI_VERIFIER_OCSP_QUERY_H

#include "pki-d/verifier/revocation_status.h"

// OCSPRequest in DER, to be freed with OPENSSL_free; empty without memory.
struct bytes ocsp_query_encode(const struct revocation_subject *subject);

// OCSPResponse in DER. It must be signed by the issuer, or by somebody to whom the issuer gave a certificate with
// extendedKeyUsage OCSPSigning (RFC 6960 4.2.2.2). False: it says nothing, and why.
bool ocsp_query_check(struct bytes der, const struct revocation_subject *subject, struct revocation_status *ret_status);

#endif
