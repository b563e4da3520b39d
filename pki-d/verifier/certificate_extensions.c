#include "pki-d/verifier/certificate_extensions.h"

#include <errno.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "pki-d/verifier/certificate_name.h"
#include "pki-d/verifier/verifier_limits.h"

typedef Bulkhead__Internal__V1__CertificateFacts facts_message;

// The extension decoded; NULL with 0: there is none. -EBADMSG: there are two, or it can't be read.
static int decode(const STACK_OF(X509_EXTENSION) * extensions, int nid, void **ret_value)
{
    int state = -1;

    *ret_value = extensions ? X509V3_get_d2i(extensions, nid, &state, NULL) : NULL;
    return *ret_value || state == -1 ? 0 : -EBADMSG;
}

static int add_text(char **list, size_t *n, char *text)
{
    if (!text)
        return -ENOMEM;
    list[(*n)++] = text;
    return 0;
}

static int read_alternatives(const STACK_OF(X509_EXTENSION) * extensions, facts_message *facts)
{
    GENERAL_NAMES *names;
    int r = decode(extensions, NID_subject_alt_name, (void **)&names), n;

    if (r < 0 || !names)
        return r;
    n = sk_GENERAL_NAME_num(names);
    if (n > (int)VERIFIER_ALT_NAMES_MAX)
        r = -EBADMSG;
    else if (n > 0 && !(facts->alt_names = calloc((size_t)n, sizeof(*facts->alt_names))))
        r = -ENOMEM;
    for (int i = 0; i < n && r == 0; i++) {
        char *text = NULL;

        r = certificate_name_alternative(sk_GENERAL_NAME_value(names, i), &text);
        if (text)
            facts->alt_names[facts->n_alt_names++] = text;
    }
    GENERAL_NAMES_free(names);
    return r;
}

static int read_constraints(const STACK_OF(X509_EXTENSION) * extensions, facts_message *facts)
{
    BASIC_CONSTRAINTS *constraints;
    int r = decode(extensions, NID_basic_constraints, (void **)&constraints);

    facts->path_length = -1;
    if (r < 0 || !constraints)
        return r;
    facts->is_authority = constraints->ca != 0;
    if (constraints->pathlen) {
        long length = ASN1_INTEGER_get(constraints->pathlen);

        if (length < 0 || length > INT32_MAX)
            r = -EBADMSG;
        else
            facts->path_length = (int32_t)length;
    }
    BASIC_CONSTRAINTS_free(constraints);
    return r;
}

// Bits 0-8 of RFC 5280 4.2.1.3.
static int read_usage(const STACK_OF(X509_EXTENSION) * extensions, facts_message *facts)
{
    ASN1_BIT_STRING *usage;
    int r = decode(extensions, NID_key_usage, (void **)&usage);

    if (r < 0 || !usage)
        return r;
    for (int bit = 0; bit <= 8; bit++)
        if (ASN1_BIT_STRING_get_bit(usage, bit))
            facts->key_usage |= 1u << bit;
    ASN1_BIT_STRING_free(usage);
    return 0;
}

static int read_extended_usage(const STACK_OF(X509_EXTENSION) * extensions, facts_message *facts)
{
    EXTENDED_KEY_USAGE *usages;
    int r = decode(extensions, NID_ext_key_usage, (void **)&usages), n;
    char text[128];

    if (r < 0 || !usages)
        return r;
    n = sk_ASN1_OBJECT_num(usages);
    if (n > (int)VERIFIER_EXTENDED_KEY_USAGES_MAX)
        r = -EBADMSG;
    else if (n > 0 && !(facts->extended_key_usage = calloc((size_t)n, sizeof(*facts->extended_key_usage))))
        r = -ENOMEM;
    for (int i = 0; i < n && r == 0; i++) {
        int length = OBJ_obj2txt(text, sizeof(text), sk_ASN1_OBJECT_value(usages, i), 1);

        if (length <= 0 || length >= (int)sizeof(text))
            r = -EBADMSG;
        else
            r = add_text(facts->extended_key_usage, &facts->n_extended_key_usage, strdup(text));
    }
    EXTENDED_KEY_USAGE_free(usages);
    return r;
}

static int copy_identifier(const ASN1_OCTET_STRING *identifier, ProtobufCBinaryData *ret_data)
{
    size_t n = identifier ? (size_t)ASN1_STRING_length(identifier) : 0;
    uint8_t *copy;

    if (n == 0)
        return 0;
    if (n > VERIFIER_KEY_IDENTIFIER_MAX_BYTES)
        return -EBADMSG;
    copy = malloc(n);
    if (!copy)
        return -ENOMEM;
    memcpy(copy, ASN1_STRING_get0_data(identifier), n);
    *ret_data = (ProtobufCBinaryData){.data = copy, .len = n};
    return 0;
}

static int read_identifiers(const STACK_OF(X509_EXTENSION) * extensions, facts_message *facts)
{
    ASN1_OCTET_STRING *own = NULL;
    AUTHORITY_KEYID *issuer = NULL;
    int r = decode(extensions, NID_subject_key_identifier, (void **)&own);

    if (r == 0)
        r = copy_identifier(own, &facts->subject_key_id);
    if (r == 0)
        r = decode(extensions, NID_authority_key_identifier, (void **)&issuer);
    if (r == 0 && issuer)
        r = copy_identifier(issuer->keyid, &facts->authority_key_id);
    ASN1_OCTET_STRING_free(own);
    AUTHORITY_KEYID_free(issuer);
    return r;
}

static int add_url(const GENERAL_NAME *name, char **urls, size_t *n)
{
    const ASN1_STRING *url = name->d.uniformResourceIdentifier;
    const char *text;

    if (name->type != GEN_URI || *n == VERIFIER_URLS_MAX || !certificate_name_is_plain(url))
        return 0;
    text = (const char *)ASN1_STRING_get0_data(url);
    if (ASN1_STRING_length(url) < 8 || strncasecmp(text, "http://", 7) != 0)
        return 0;
    return add_text(urls, n, strndup(text, (size_t)ASN1_STRING_length(url)));
}

int certificate_extensions_crl_urls(const STACK_OF(X509_EXTENSION) * extensions, char **ret_urls, size_t *ret_n)
{
    CRL_DIST_POINTS *points;
    int r = decode(extensions, NID_crl_distribution_points, (void **)&points);
    size_t n = 0;

    if (r < 0)
        return r;
    for (int i = 0; points && i < sk_DIST_POINT_num(points) && r == 0; i++) {
        const DIST_POINT_NAME *point = sk_DIST_POINT_value(points, i)->distpoint;

        if (!point || point->type != 0) // not a full name
            continue;
        for (int j = 0; j < sk_GENERAL_NAME_num(point->name.fullname) && r == 0; j++)
            r = add_url(sk_GENERAL_NAME_value(point->name.fullname, j), ret_urls, &n);
    }
    CRL_DIST_POINTS_free(points);
    *ret_n = n;
    return r;
}

int certificate_extensions_ocsp_urls(const STACK_OF(X509_EXTENSION) * extensions, char **ret_urls, size_t *ret_n)
{
    AUTHORITY_INFO_ACCESS *accesses;
    int r = decode(extensions, NID_info_access, (void **)&accesses);
    size_t n = 0;

    if (r < 0)
        return r;
    for (int i = 0; accesses && i < sk_ACCESS_DESCRIPTION_num(accesses) && r == 0; i++) {
        const ACCESS_DESCRIPTION *access = sk_ACCESS_DESCRIPTION_value(accesses, i);

        if (OBJ_obj2nid(access->method) == NID_ad_OCSP)
            r = add_url(access->location, ret_urls, &n);
    }
    AUTHORITY_INFO_ACCESS_free(accesses);
    *ret_n = n;
    return r;
}

static int read_urls(const STACK_OF(X509_EXTENSION) * extensions, facts_message *facts)
{
    int r;

    facts->crl_urls = calloc(VERIFIER_URLS_MAX, sizeof(*facts->crl_urls));
    facts->ocsp_urls = calloc(VERIFIER_URLS_MAX, sizeof(*facts->ocsp_urls));
    if (!facts->crl_urls || !facts->ocsp_urls)
        return -ENOMEM;
    r = certificate_extensions_crl_urls(extensions, facts->crl_urls, &facts->n_crl_urls);
    if (r == 0)
        r = certificate_extensions_ocsp_urls(extensions, facts->ocsp_urls, &facts->n_ocsp_urls);
    return r;
}

int certificate_extensions_read(const STACK_OF(X509_EXTENSION) * extensions, facts_message *facts)
{
    static int (*const readers[])(const STACK_OF(X509_EXTENSION) *, facts_message *) = {
        read_alternatives, read_constraints, read_usage, read_extended_usage, read_identifiers, read_urls,
    };
    int r = 0;

    for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]) && r == 0; i++)
        r = readers[i](extensions, facts);
    return r;
}
