#include "pki-d/extension.h"

#include <openssl/evp.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "pki-d/alt_name.h"
#include "pki-d/key.h"
#include "pki-d/usage.h"

#define PURPOSE(name) BULKHEAD__V1__CERTIFICATE_PURPOSE__CERTIFICATE_PURPOSE_##name

static bool add(X509 *x509, int nid, void *value, bool is_critical)
{
    return value && X509_add1_ext_i2d(x509, nid, value, is_critical, X509V3_ADD_REPLACE) == 1;
}

static bool add_basic_constraints(X509 *x509, const struct content *content)
{
    BASIC_CONSTRAINTS *constraints = BASIC_CONSTRAINTS_new();
    bool good = constraints;

    if (good && content->purpose == PURPOSE(CA)) {
        constraints->ca = 0xff; // TRUE in DER
        if (content->path_length != CONTENT_NO_PATH_LENGTH) {
            constraints->pathlen = ASN1_INTEGER_new();
            good = constraints->pathlen && ASN1_INTEGER_set(constraints->pathlen, content->path_length) == 1;
        }
    }
    good = good && add(x509, NID_basic_constraints, constraints, true);
    BASIC_CONSTRAINTS_free(constraints);
    return good;
}

static bool add_key_usage(X509 *x509, uint32_t bits)
{
    ASN1_BIT_STRING *string = ASN1_BIT_STRING_new();
    bool good = string;

    for (int bit = 0; good && bit < USAGE_BITS; bit++)
        if (bits & (1u << bit))
            good = ASN1_BIT_STRING_set_bit(string, bit, 1) == 1;
    good = good && add(x509, NID_key_usage, string, true);
    ASN1_BIT_STRING_free(string);
    return good;
}

static bool add_extended_key_usage(X509 *x509, const struct usage *usage)
{
    EXTENDED_KEY_USAGE *list;
    bool good;

    if (usage->extended_n == 0)
        return true;
    list = sk_ASN1_OBJECT_new_null();
    good = list;
    for (size_t i = 0; good && i < usage->extended_n; i++)
        good = sk_ASN1_OBJECT_push(list, OBJ_nid2obj(usage->extended[i])) > 0;
    good = good && add(x509, NID_ext_key_usage, list, false);
    sk_ASN1_OBJECT_free(list); // its objects are the library's own
    return good;
}

static bool add_alt_names(X509 *x509, const struct content *content)
{
    GENERAL_NAMES *names;
    bool good;

    if (content->alt_names_n == 0)
        return true;
    names = alt_name_encode(content->alt_names, content->alt_names_n);
    good = add(x509, NID_subject_alt_name, names, false);
    GENERAL_NAMES_free(names);
    return good;
}

bool extension_set_key_identifier(X509 *x509, EVP_PKEY *key)
{
    ASN1_OCTET_STRING *string = ASN1_OCTET_STRING_new();
    uint8_t hash[EVP_MAX_MD_SIZE];
    int n = key_hash_bits(key, EVP_sha1(), hash);
    bool good = string && n > 0 && ASN1_OCTET_STRING_set(string, hash, n) == 1 &&
                add(x509, NID_subject_key_identifier, string, false);

    ASN1_OCTET_STRING_free(string);
    return good;
}

static bool add_authority_key_identifier(X509 *x509, struct bytes identifier)
{
    AUTHORITY_KEYID *id;
    bool good;

    if (identifier.n == 0)
        return true;
    id = AUTHORITY_KEYID_new();
    if (!id)
        return false;
    id->keyid = ASN1_OCTET_STRING_new();
    good = id->keyid && ASN1_OCTET_STRING_set(id->keyid, identifier.p, (int)identifier.n) == 1 &&
           add(x509, NID_authority_key_identifier, id, false);
    AUTHORITY_KEYID_free(id);
    return good;
}

static GENERAL_NAME *url_name(const char *url, size_t n)
{
    GENERAL_NAME *name = GENERAL_NAME_new();
    ASN1_IA5STRING *string = ASN1_IA5STRING_new();

    if (!name || !string || ASN1_STRING_set(string, url, (int)n) != 1) {
        ASN1_IA5STRING_free(string);
        GENERAL_NAME_free(name);
        return NULL;
    }
    GENERAL_NAME_set0_value(name, GEN_URI, string);
    return name;
}

// One distribution point with all URLs: they lead to the same CRL.
static bool add_crl_urls(X509 *x509, const char *urls)
{
    DIST_POINT *point = DIST_POINT_new();
    CRL_DIST_POINTS *points = CRL_DIST_POINTS_new();
    GENERAL_NAMES *names = GENERAL_NAMES_new();
    bool good = point && points && names && (point->distpoint = DIST_POINT_NAME_new());

    while (good && *urls) {
        size_t n = strcspn(urls, "\n");
        GENERAL_NAME *name = url_name(urls, n);
        good = name && sk_GENERAL_NAME_push(names, name) > 0;
        if (!good)
            GENERAL_NAME_free(name);
        urls += n + (urls[n] == '\n');
    }
    if (good) {
        point->distpoint->type = 0; // fullName
        point->distpoint->name.fullname = names;
        names = NULL;
        good = sk_DIST_POINT_push(points, point) > 0;
        if (good)
            point = NULL;
    }
    good = good && add(x509, NID_crl_distribution_points, points, false);
    GENERAL_NAMES_free(names);
    DIST_POINT_free(point);
    CRL_DIST_POINTS_free(points);
    return good;
}

static ACCESS_DESCRIPTION *ocsp_access(const char *url, size_t n)
{
    ACCESS_DESCRIPTION *access = ACCESS_DESCRIPTION_new();

    if (!access)
        return NULL;
    GENERAL_NAME_free(access->location);
    access->method = OBJ_nid2obj(NID_ad_OCSP);
    access->location = url_name(url, n);
    if (access->location)
        return access;
    ACCESS_DESCRIPTION_free(access);
    return NULL;
}

static bool add_ocsp_urls(X509 *x509, const char *urls)
{
    AUTHORITY_INFO_ACCESS *list = AUTHORITY_INFO_ACCESS_new();
    bool good = list;

    while (good && *urls) {
        size_t n = strcspn(urls, "\n");
        ACCESS_DESCRIPTION *access = ocsp_access(urls, n);
        good = access && sk_ACCESS_DESCRIPTION_push(list, access) > 0;
        if (!good)
            ACCESS_DESCRIPTION_free(access);
        urls += n + (urls[n] == '\n');
    }
    good = good && add(x509, NID_info_access, list, false);
    AUTHORITY_INFO_ACCESS_free(list);
    return good;
}

bool extension_add_all(X509 *x509, const struct certificate_order *order)
{
    const struct content *content = order->content;
    const struct usage usage = usage_of_purpose(content->purpose, key_is_rsa(order->public_key));

    return add_basic_constraints(x509, content) && add_key_usage(x509, usage.bits) &&
           add_extended_key_usage(x509, &usage) && add_alt_names(x509, content) &&
           extension_set_key_identifier(x509, order->public_key) &&
           add_authority_key_identifier(x509, order->issuer_key_identifier) &&
           (!*content->crl_urls.text || add_crl_urls(x509, content->crl_urls.text)) &&
           (!*content->ocsp_urls.text || add_ocsp_urls(x509, content->ocsp_urls.text));
}
