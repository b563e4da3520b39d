// Renewal in place: the name goes over to a new certificate that says the same, with a new serial and new times.
#ifndef BULKHEAD_PKI_RENEW_H
#define BULKHEAD_PKI_RENEW_H

#include "pki-d/issue.h"

// Refuses what can be refused beforehand. ret_type: of the key to make; UNSPECIFIED: none, the old one stays.
int renew_check(struct operation *op, const Bulkhead__V1__RenewCertificateRequest *request,
                Bulkhead__V1__KeyType *ret_type);
// `key` NULL: the old one stays. To be done with when 0.
int renew_run(struct operation *op, const Bulkhead__V1__RenewCertificateRequest *request, EVP_PKEY *key,
              struct issue_result *ret_result);

#endif
