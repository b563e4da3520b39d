// What pki-d is told of a stranger's certificate or request: typed fields that it can use without parsing DER itself
// (internal/v1/certificate_facts.proto).
#ifndef BULKHEAD_PKI_VERIFIER_CERTIFICATE_FACTS_H
#define BULKHEAD_PKI_VERIFIER_CERTIFICATE_FACTS_H

#include "bulkhead/internal/v1/certificate_facts.pb-c.h"
#include "lib/core/bytes.h"

typedef Bulkhead__Internal__V1__CertificateFacts certificate_facts;

// Both make facts to be freed with certificate_facts_free. -EBADMSG with one line in ret_reason (VERIFIER_REASON_MAX
// bytes); -ENOMEM.

// A certificate in DER; `der` is copied along.
int certificate_facts_read(struct bytes der, certificate_facts **ret_facts, char *ret_reason);

// A certification request (RFC 2986), PEM or DER, whose own signature is checked: whoever made it has the key. It has
// no issuer, serial number and times.
int certificate_facts_read_request(struct bytes data, certificate_facts **ret_facts, char *ret_reason);

// NULL is taken.
void certificate_facts_free(certificate_facts *facts);

#endif
