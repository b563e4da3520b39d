#include "pki-d/record.h"

#include <errno.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/log.h"
#include "lib/ipc/edge_message.h"
#include "pki-d/key.h"
#include "pki-d/record_text.h"
#include "pki-d/subject.h"
#include "pki-d/usage.h"

#define SOURCE(name)  BULKHEAD__V1__CERTIFICATE_SOURCE__CERTIFICATE_SOURCE_##name
#define PURPOSE(name) BULKHEAD__V1__CERTIFICATE_PURPOSE__CERTIFICATE_PURPOSE_##name

static int copy(const void *p, size_t n, struct bytes *ret)
{
    uint8_t *memory = malloc(n ? n : 1);

    if (!memory)
        return -ENOMEM;
    if (n)
        memcpy(memory, p, n);
    *ret = bytes_of(memory, n);
    return 0;
}

// What OpenSSL encoded, in memory for free().
static int take(uint8_t *der, int n, struct bytes *ret)
{
    int r = n > 0 ? copy(der, (size_t)n, ret) : -EIO;

    OPENSSL_free(der);
    return r;
}

static struct stored_certificate *record_new(void)
{
    struct stored_certificate *record = calloc(1, sizeof(*record));

    if (!record)
        return NULL;
    record->info = malloc(sizeof(*record->info));
    if (!record->info) {
        free(record);
        return NULL;
    }
    bulkhead__v1__certificate__init(record->info);
    return record;
}

// ---- what lies beside the message

static int set_serial(struct stored_certificate *record, struct bytes serial)
{
    char hex[2 * 20 + 1];

    while (serial.n > 1 && serial.p[0] == 0)
        serial = bytes_of(serial.p + 1, serial.n - 1);
    bytes_to_hex(serial, hex, sizeof(hex));
    return copy(serial.p, serial.n, &record->serial) < 0 ? -ENOMEM : record_text_set(&record->info->serial, hex);
}

static int set_digest(struct stored_certificate *record)
{
    uint8_t digest[STORE_SHA256_BYTES];
    char hex[2 * STORE_SHA256_BYTES + 1];

    if (EVP_Digest(record->der.p, record->der.n, digest, NULL, EVP_sha256(), NULL) != 1)
        return -EIO;
    bytes_to_hex(bytes_of(digest, sizeof(digest)), hex, sizeof(hex));
    return copy(digest, sizeof(digest), &record->sha256) < 0 ? -ENOMEM : record_text_set(&record->info->sha256, hex);
}

static int set_key(struct stored_certificate *record, EVP_PKEY *key)
{
    char name[KEY_NAME_MAX];
    uint8_t *der;
    int n = key_public_encode(key, &der);
    int r = take(der, n, &record->public_key);

    return r < 0 ? r : record_text_set(&record->info->key_type, key_name(key, name));
}

static int set_x509_serial(struct stored_certificate *record, const X509 *x509)
{
    const ASN1_INTEGER *serial = X509_get0_serialNumber(x509);

    return set_serial(record, bytes_of(ASN1_STRING_get0_data(serial), (size_t)ASN1_STRING_length(serial)));
}

static int set_key_identifier(struct stored_certificate *record, X509 *x509)
{
    const ASN1_OCTET_STRING *id = X509_get0_subject_key_id(x509);

    return copy(id ? ASN1_STRING_get0_data(id) : NULL, id ? (size_t)ASN1_STRING_length(id) : 0,
                &record->key_identifier);
}

static int set_subjects(struct stored_certificate *record, const X509 *x509)
{
    uint8_t *der = NULL;
    int r = record_text_take(&record->info->subject, subject_format(X509_get_subject_name(x509)));

    if (r == 0)
        r = record_text_take(&record->info->issuer_subject, subject_format(X509_get_issuer_name(x509)));
    return r < 0 ? r : take(der, i2d_X509_NAME(X509_get_subject_name(x509), &der), &record->subject_der);
}

static int64_t seconds_of(const ASN1_TIME *time)
{
    struct tm tm;

    return ASN1_TIME_to_tm(time, &tm) == 1 ? (int64_t)timegm(&tm) : 0;
}

// Everything that the certificate itself says first-hand; only for our own.
static int set_x509(struct stored_certificate *record, X509 *x509)
{
    uint8_t *der = NULL;
    int n = i2d_X509(x509, &der);
    int r = take(der, n, &record->der);

    if (r == 0)
        r = set_digest(record);
    if (r == 0)
        r = set_x509_serial(record, x509);
    if (r == 0)
        r = set_subjects(record, x509);
    if (r == 0)
        r = set_key(record, X509_get0_pubkey(x509));
    if (r == 0)
        r = set_key_identifier(record, x509);
    if (r == 0)
        r = record_text_time(&record->info->not_before, seconds_of(X509_get0_notBefore(x509)));
    return r < 0 ? r : record_text_time(&record->info->not_after, seconds_of(X509_get0_notAfter(x509)));
}

// ---- what was made here

static int set_usage(Bulkhead__V1__Certificate *info, const struct usage *usage)
{
    int r = record_text_bits(info, usage->bits);

    for (size_t i = 0; i < usage->extended_n && r == 0; i++)
        r = record_text_push(&info->extended_key_usage, &info->n_extended_key_usage, OBJ_nid2sn(usage->extended[i]));
    return r;
}

static int set_content(Bulkhead__V1__Certificate *info, const struct content *content, bool is_rsa)
{
    const struct usage usage = usage_of_purpose(content->purpose, is_rsa);
    int r = record_text_set(&info->name, content->name);

    info->is_authority = content->purpose == PURPOSE(CA);
    info->path_length = content->path_length;
    for (size_t i = 0; i < content->alt_names_n && r == 0; i++)
        r = record_text_push(&info->alt_names, &info->n_alt_names, content->alt_names[i]);
    if (r == 0)
        r = record_text_lines(&info->crl_urls, &info->n_crl_urls, content->crl_urls.text);
    if (r == 0)
        r = record_text_lines(&info->ocsp_urls, &info->n_ocsp_urls, content->ocsp_urls.text);
    return r < 0 ? r : set_usage(info, &usage);
}

int record_of_content(X509 *x509, const struct content *content, struct stored_certificate **ret_record)
{
    struct stored_certificate *record = record_new();
    int r = record ? set_content(record->info, content, key_is_rsa(X509_get0_pubkey(x509))) : -ENOMEM;

    if (r == 0)
        r = set_x509(record, x509);
    if (r == 0)
        *ret_record = record;
    else
        store_certificate_free(record);
    return r;
}

int record_of_renewal(X509 *x509, const struct stored_certificate *old, struct stored_certificate **ret_record)
{
    struct stored_certificate *record = record_new();
    int r = record ? record_text_copy_info(old->info, &record->info) : -ENOMEM;

    if (r == 0)
        r = set_x509(record, x509);
    if (r == 0) {
        record->authority = old->authority;
        record->key = old->key;
        *ret_record = record;
    } else {
        store_certificate_free(record);
    }
    return r;
}

// ---- what came from outside

static int set_facts_lists(Bulkhead__V1__Certificate *info, const Bulkhead__Internal__V1__CertificateFacts *facts)
{
    int r = record_text_bits(info, facts->key_usage);

    for (size_t i = 0; i < facts->n_extended_key_usage && r == 0; i++)
        r = record_text_push(&info->extended_key_usage, &info->n_extended_key_usage,
                             usage_extended_name(facts->extended_key_usage[i]));
    for (size_t i = 0; i < facts->n_alt_names && r == 0; i++)
        r = record_text_push(&info->alt_names, &info->n_alt_names, facts->alt_names[i]);
    for (size_t i = 0; i < facts->n_crl_urls && r == 0; i++)
        r = record_text_push(&info->crl_urls, &info->n_crl_urls, facts->crl_urls[i]);
    for (size_t i = 0; i < facts->n_ocsp_urls && r == 0; i++)
        r = record_text_push(&info->ocsp_urls, &info->n_ocsp_urls, facts->ocsp_urls[i]);
    return r;
}

static int set_facts_texts(Bulkhead__V1__Certificate *info, const Bulkhead__Internal__V1__CertificateFacts *facts,
                           const char *name)
{
    int r = record_text_set(&info->name, name);

    info->is_authority = facts->is_authority;
    info->path_length = facts->is_authority ? facts->path_length : CONTENT_NO_PATH_LENGTH;
    info->source = SOURCE(IMPORTED);
    if (r == 0)
        r = record_text_set(&info->subject, facts->subject);
    if (r == 0)
        r = record_text_set(&info->issuer_subject, facts->issuer);
    if (r == 0)
        r = record_text_time(&info->not_before, facts->not_before);
    return r < 0 ? r : record_text_time(&info->not_after, facts->not_after);
}

static int set_facts_bytes(struct stored_certificate *record, const Bulkhead__Internal__V1__CertificateFacts *facts)
{
    EVP_PKEY *key = facts->key ? key_from_public(facts->key) : NULL;
    int r = key ? set_key(record, key) : -EBADMSG;

    EVP_PKEY_free(key);
    if (r == 0)
        r = copy(facts->der.data, facts->der.len, &record->der);
    if (r == 0)
        r = copy(facts->subject_der.data, facts->subject_der.len, &record->subject_der);
    if (r == 0)
        r = copy(facts->subject_key_id.data, facts->subject_key_id.len, &record->key_identifier);
    if (r == 0)
        r = set_serial(record, edge_message_bytes(&facts->serial));
    return r < 0 ? r : set_digest(record);
}

int record_of_facts(const Bulkhead__Internal__V1__CertificateFacts *facts, const char *name,
                    struct stored_certificate **ret_record)
{
    struct stored_certificate *record = record_new();
    int r = record ? set_facts_texts(record->info, facts, name) : -ENOMEM;

    if (r == 0)
        r = set_facts_lists(record->info, facts);
    if (r == 0)
        r = set_facts_bytes(record, facts);
    if (r == 0)
        *ret_record = record;
    else
        store_certificate_free(record);
    return r;
}
