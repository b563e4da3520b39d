// Certificates and findings as people read them.
#ifndef BULKHEAD_CTL_PKI_PRINT_H
#define BULKHEAD_CTL_PKI_PRINT_H

#include "bulkhead/v1/certificate.pb-c.h"
#include "ctl/invocation.h"

void pki_print_certificate(const struct invocation *inv, const Bulkhead__V1__Certificate *certificate);
void pki_print_certificates(const struct invocation *inv, Bulkhead__V1__Certificate *const *certificates, size_t n);
// Those who sign, with their CRLs.
void pki_print_authorities(const struct invocation *inv, Bulkhead__V1__Certificate *const *certificates, size_t n);
// One line each, on stdout or, beside a document, on stderr. True when a client would refuse it.
bool pki_print_findings(FILE *out, Bulkhead__V1__LintFinding *const *findings, size_t n);
// "ca: issued 0a1b..., valid until 2036-11-20T00:00:00Z (3650 days)", then the findings; or JSON.
enum exit_code pki_print_made(const struct invocation *inv, const ProtobufCMessage *answer,
                              const Bulkhead__V1__Certificate *certificate, Bulkhead__V1__LintFinding *const *findings,
                              size_t n);

#endif
