// Is the identity that a peer claims the one in its certificate (RFC 4945 3.1), and the one that the tunnel expects?
// Addresses, DNS names and e-mail addresses must stand among the alternative names, a distinguished name must be the
// subject. A common name is never taken for a DNS name, and a '*' in a certificate stands for nothing but itself.
#ifndef BULKHEAD_PKI_VERIFIER_PEER_IDENTITY_H
#define BULKHEAD_PKI_VERIFIER_PEER_IDENTITY_H

#include <openssl/x509.h>

#include "lib/net/identity.h"
#include "pki-d/verifier/verdict.h"

// `remote_id` is bulkhead.v1.Endpoint.id of the remote end as written, a pattern perhaps; empty: whoever the
// certificate names.
bool peer_identity_check(X509 *certificate, const struct identity *id, const char *remote_id,
                         struct verdict *ret_verdict);

#endif
