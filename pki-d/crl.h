// Certificate revocation lists (RFC 5280 5): each replaces the one before, with the next number.
#ifndef BULKHEAD_PKI_CRL_H
#define BULKHEAD_PKI_CRL_H

#include "pki-d/issuer.h"

#define CRL_VALID_SECONDS (7 * 86400)
// Made anew when less is left.
#define CRL_RENEW_SECONDS (CRL_VALID_SECONDS / 2)

// Makes the authority's next CRL and stores it, within the transaction.
int crl_make(struct operation *op, const struct issuer *issuer);
// Makes anew, each in a transaction of its own, what has less than CRL_RENEW_SECONDS to go. The last error, or 0.
int crl_renew_all(struct operation *op);

#endif
