// Where the status of a certificate from outside can be asked: OCSP responders first, then CRLs.
#ifndef BULKHEAD_PKI_VERIFIER_REVOCATION_SOURCE_H
#define BULKHEAD_PKI_VERIFIER_REVOCATION_SOURCE_H

#include "bulkhead/internal/v1/verifier_pki.pb-c.h"
#include "pki-d/verifier/revocation_status.h"
#include "pki-d/verifier/verifier_limits.h"

#define REVOCATION_SOURCES_MAX (4 * VERIFIER_URLS_MAX)

struct revocation_source {
    bool is_ocsp;
    char *url;
};

struct revocation_source_list {
    struct revocation_source source[REVOCATION_SOURCES_MAX];
    size_t n;
};

// The authority of the store that this certificate belongs to: the very one, or another of its name and key, as
// renewals leave behind. NULL: there is none.
const Bulkhead__Internal__V1__TrustedAuthority *
revocation_source_authority(const Bulkhead__Internal__V1__PkiGetTrustResponse *trust, const X509 *issuer);

// The URLs that are configured for its issuer, and those of the certificate itself, each once. Frees what was in the
// list.
void revocation_source_list_make(const Bulkhead__Internal__V1__PkiGetTrustResponse *trust,
                                 const struct revocation_subject *subject, struct revocation_source_list *list);
void revocation_source_list_done(struct revocation_source_list *list);

// What is to be POSTed, to be freed with OPENSSL_free; empty: nothing.
struct bytes revocation_source_body(const struct revocation_source *source, const struct revocation_subject *subject);
uint32_t revocation_source_max_age_s(const struct revocation_source *source);
// False: it says nothing, and why.
bool revocation_source_read(const struct revocation_source *source, struct bytes document,
                            const struct revocation_subject *subject, struct revocation_status *ret_status);

#endif
