// A certification request from outside (PKCS#10, RFC 2986).
#ifndef BULKHEAD_PKI_VERIFIER_REQUEST_H
#define BULKHEAD_PKI_VERIFIER_REQUEST_H

#include <openssl/x509.h>

#include "lib/core/bytes.h"

// PEM or DER, to be freed with X509_REQ_free. -EBADMSG with one line in ret_reason (VERIFIER_REASON_MAX bytes): not a
// request, its own signature is wrong, its key is too weak, its names hold what they may not.
int request_parse(struct bytes data, X509_REQ **ret_request, char *ret_reason);

#endif
