// What a new certificate is to say, checked: the form in which templates and requests from outside meet.
#ifndef BULKHEAD_PKI_CONTENT_H
#define BULKHEAD_PKI_CONTENT_H

#include <openssl/x509.h>

#include "bulkhead/v1/certificate_service.pb-c.h"
#include "pki-d/issuer.h"

#define CONTENT_NO_PATH_LENGTH (-1)

struct content {
    char name[PKI_NAME_MAX_BYTES + 1];
    Bulkhead__V1__CertificatePurpose purpose;
    X509_NAME *subject;
    char *common_name;
    char **alt_names; // normalized
    size_t alt_names_n;
    int64_t not_before, not_after;
    int path_length;
    struct store_urls crl_urls, ocsp_urls;
};

void content_done(struct content *content);

// From a template; `subject` and `alt_names` of a request from outside stand in where it has none (NULL: no request).
// issuer NULL: self-signed. Refusals name the field. To be done with when 0.
struct content_request {
    const Bulkhead__V1__CertificateTemplate *template;
    Bulkhead__V1__CertificatePurpose purpose;
    const Bulkhead__V1__Subject *subject;
    char *const *alt_names;
    size_t alt_names_n;
    const struct issuer *issuer;
};
int content_read(struct operation *op, const struct content_request *request, struct content *ret_content);

// A list of http URLs as stored. The refusal names `path`.
int content_read_urls(struct operation *op, char *const *urls, size_t n, const char *path, struct store_urls *ret_urls);

#endif
