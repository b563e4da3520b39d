// What a new certificate is to hold, from the command's options.
#ifndef BULKHEAD_CTL_PKI_TEMPLATE_H
#define BULKHEAD_CTL_PKI_TEMPLATE_H

#include "bulkhead/v1/certificate_service.pb-c.h"
#include "ctl/invocation.h"
#include "ctl/option.h"

struct pki_template {
    Bulkhead__V1__CertificateTemplate message;
    Bulkhead__V1__Subject subject;
    struct option_list alt_names, crl_urls, ocsp_urls, clients, dialled;
};

// Points into itself: not to be copied. `from_request`: the common name is the request's unless it is given. False when
// an option is wrong, which is said.
bool pki_template_init(struct pki_template *template, const struct invocation *inv, bool from_request);
void pki_template_done(struct pki_template *template);
// --purpose. False, said, when it is missing or none.
bool pki_template_purpose(const struct invocation *inv, Bulkhead__V1__CertificatePurpose *ret_purpose);

#endif
