// Revocation, and what goes with it: the next CRL at once. And deletion.
#ifndef BULKHEAD_PKI_REVOKE_H
#define BULKHEAD_PKI_REVOKE_H

#include "pki-d/operation.h"
#include "pki-d/store_certificate.h"

// By name or "serial:HEX". The certificate as it is then, for store_certificate_free. One that is revoked already is
// refused.
int revoke_run(struct operation *op, const char *name, Bulkhead__V1__RevocationReason reason,
               struct stored_certificate **ret_certificate);
// Within a transaction, with the next CRL.
int revoke_put(struct operation *op, const struct stored_certificate *certificate,
               Bulkhead__V1__RevocationReason reason);

// Refused: what a tunnel uses, and authorities with certificates that are valid.
int revoke_delete(struct operation *op, const char *name);

#endif
