// The extensions of a certificate (RFC 5280 4.2).
#ifndef BULKHEAD_PKI_EXTENSION_H
#define BULKHEAD_PKI_EXTENSION_H

#include "pki-d/certificate.h"

// basicConstraints and keyUsage (critical), extendedKeyUsage, subjectAltName, subjectKeyIdentifier,
// authorityKeyIdentifier, cRLDistributionPoints and authorityInfoAccess, as far as there is something to say.
bool extension_add_all(X509 *x509, const struct certificate_order *order);
// subjectKeyIdentifier of that key, in place of one that is there.
bool extension_set_key_identifier(X509 *x509, EVP_PKEY *key);

#endif
