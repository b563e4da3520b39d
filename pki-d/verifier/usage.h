// May a certificate's key sign for an IKE peer? keyUsage must allow digitalSignature or nonRepudiation, if it is there
// (RFC 4945 5.1.3.2). Of extendedKeyUsage that RFC accepts none at all, ipsecIKE and anyExtendedKeyUsage (5.1.3.12);
// serverAuth and clientAuth are what Windows, Apple and RouterOS put there instead, and iKEIntermediate
// (1.3.6.1.5.5.8.2.2) is what older ones do. Whatever else (code signing, e-mail, OCSP) says that the key is for
// something else.
#ifndef BULKHEAD_PKI_VERIFIER_USAGE_H
#define BULKHEAD_PKI_VERIFIER_USAGE_H

#include <openssl/x509.h>

#include "pki-d/verifier/verdict.h"

bool usage_check_peer(X509 *certificate, struct verdict *ret_verdict);

#endif
