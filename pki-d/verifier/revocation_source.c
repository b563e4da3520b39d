#include "pki-d/verifier/revocation_source.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

#include "lib/ipc/edge_message.h"
#include "pki-d/verifier/certificate_extensions.h"
#include "pki-d/verifier/crl.h"
#include "pki-d/verifier/ocsp_query.h"

// How old an answer of the courier's cache may be.
#define OCSP_MAX_AGE_S 30
#define CRL_MAX_AGE_S  300

typedef Bulkhead__Internal__V1__PkiGetTrustResponse trust_response;
typedef Bulkhead__Internal__V1__TrustedAuthority trusted_authority;

// An authority's certificate can be renewed, and there can be several of it at a time: it is its name and its key that
// it issues with, and its lists are about.
static bool is_of_same_authority(const trusted_authority *authority, const X509 *issuer)
{
    const uint8_t *p = authority->der.data;
    X509 *certificate = d2i_X509(NULL, &p, (long)authority->der.len);
    EVP_PKEY *key = certificate ? X509_get0_pubkey(certificate) : NULL;
    bool is_same = key && X509_NAME_cmp(X509_get_subject_name(certificate), X509_get_subject_name(issuer)) == 0 &&
                   EVP_PKEY_eq(key, X509_get0_pubkey(issuer)) == 1;

    X509_free(certificate);
    ERR_clear_error();
    return is_same;
}

static const trusted_authority *find_exact(const trust_response *trust, struct bytes der)
{
    for (size_t i = 0; i < trust->n_authorities; i++)
        if (bytes_equal(der, edge_message_bytes(&trust->authorities[i]->der)))
            return trust->authorities[i];
    return NULL;
}

const trusted_authority *revocation_source_authority(const trust_response *trust, const X509 *issuer)
{
    uint8_t *der = NULL;
    int n = i2d_X509(issuer, &der);
    const trusted_authority *found = n > 0 ? find_exact(trust, bytes_of(der, (size_t)n)) : NULL;

    for (size_t i = 0; i < trust->n_authorities && !found; i++)
        if (is_of_same_authority(trust->authorities[i], issuer))
            found = trust->authorities[i];
    OPENSSL_free(der);
    return found;
}

static void add(struct revocation_source_list *list, bool is_ocsp, const char *url)
{
    if (list->n == REVOCATION_SOURCES_MAX || strlen(url) > VERIFIER_URL_MAX_BYTES)
        return;
    for (size_t i = 0; i < list->n; i++)
        if (list->source[i].is_ocsp == is_ocsp && strcmp(list->source[i].url, url) == 0)
            return;
    list->source[list->n].url = strdup(url);
    list->source[list->n].is_ocsp = is_ocsp;
    if (list->source[list->n].url)
        list->n++;
}

static void add_all(struct revocation_source_list *list, bool is_ocsp, char *const *urls, size_t n)
{
    for (size_t i = 0; i < n && i < VERIFIER_URLS_MAX; i++)
        add(list, is_ocsp, urls[i]);
}

static void add_own(struct revocation_source_list *list, bool is_ocsp, X509 *certificate)
{
    const STACK_OF(X509_EXTENSION) *extensions = X509_get0_extensions(certificate);
    char *urls[VERIFIER_URLS_MAX] = {NULL};
    size_t n = 0;
    int r = is_ocsp ? certificate_extensions_ocsp_urls(extensions, urls, &n)
                    : certificate_extensions_crl_urls(extensions, urls, &n);

    if (r == 0)
        add_all(list, is_ocsp, urls, n);
    for (size_t i = 0; i < VERIFIER_URLS_MAX; i++)
        free(urls[i]);
}

void revocation_source_list_make(const trust_response *trust, const struct revocation_subject *subject,
                                 struct revocation_source_list *list)
{
    const trusted_authority *authority = revocation_source_authority(trust, subject->issuer);

    revocation_source_list_done(list);
    if (authority)
        add_all(list, true, authority->ocsp_urls, authority->n_ocsp_urls);
    add_own(list, true, subject->certificate);
    if (authority)
        add_all(list, false, authority->crl_urls, authority->n_crl_urls);
    add_own(list, false, subject->certificate);
}

void revocation_source_list_done(struct revocation_source_list *list)
{
    for (size_t i = 0; i < list->n; i++)
        free(list->source[i].url);
    list->n = 0;
}

struct bytes revocation_source_body(const struct revocation_source *source, const struct revocation_subject *subject)
{
    return source->is_ocsp ? ocsp_query_encode(subject) : bytes_of(NULL, 0);
}

uint32_t revocation_source_max_age_s(const struct revocation_source *source)
{
    return source->is_ocsp ? OCSP_MAX_AGE_S : CRL_MAX_AGE_S;
}

bool revocation_source_read(const struct revocation_source *source, struct bytes document,
                            const struct revocation_subject *subject, struct revocation_status *ret_status)
{
    return source->is_ocsp ? ocsp_query_check(document, subject, ret_status) : crl_check(document, subject, ret_status);
}
