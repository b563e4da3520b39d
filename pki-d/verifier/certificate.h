// A stranger's certificate (RFC 5280 4.1), taken in: what is out of bounds or not what the RFC says is refused here,
// before anything looks at its meaning.
#ifndef BULKHEAD_PKI_VERIFIER_CERTIFICATE_H
#define BULKHEAD_PKI_VERIFIER_CERTIFICATE_H

#include <openssl/x509v3.h>

#include "lib/core/bytes.h"

// DER, to be freed with X509_free. -EBADMSG with one line in ret_reason (VERIFIER_REASON_MAX bytes): not DER of a
// certificate or bytes behind it, not version 3, a serial number that is not positive or too long, an extension that is
// there twice or can't be read, times that are no times, names or a key that can't be read.
int certificate_parse(struct bytes der, X509 **ret_certificate, char *ret_reason);

// Seconds since 1970. -EBADMSG.
int certificate_time(const ASN1_TIME *time, int64_t *ret_s);

// Whether a name has at most as many attributes as we read.
bool certificate_name_fits(const X509_NAME *name);
// At most VERIFIER_ALT_NAMES_MAX names, each readable; NULL is. -EBADMSG with a reason.
int certificate_check_alternatives(const GENERAL_NAMES *names, char *ret_reason);
// At most VERIFIER_EXTENSIONS_MAX, none twice; NULL is. -EBADMSG with a reason.
int certificate_check_extensions(const STACK_OF(X509_EXTENSION) * extensions, char *ret_reason);

#endif
