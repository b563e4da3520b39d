#include "pki-d/subject.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FIELD_MAX_BYTES 64
#define COUNTRY_BYTES   2
#define SUBJECT_FIELDS  6

struct field {
    int nid;
    const char *name;
    const char *value;
};

static bool is_printable(const char *text)
{
    for (; *text; text++)
        if ((uint8_t)*text < ' ' || *text == 0x7f)
            return false;
    return true;
}

static bool is_country(const char *text)
{
    return strlen(text) == COUNTRY_BYTES && isalpha((uint8_t)text[0]) && isalpha((uint8_t)text[1]);
}

static int add(struct operation *op, X509_NAME *name, const struct field *field, const char *path)
{
    if (!*field->value)
        return 0;
    if (field->nid == NID_countryName && !is_country(field->value))
        return operation_refuse(op, REFUSED(INVALID_ARGUMENT), "%s.country: \"%.40s\": two letters, as \"DE\"", path,
                                field->value);
    if (strlen(field->value) > FIELD_MAX_BYTES || !is_printable(field->value))
        return operation_refuse(op, REFUSED(INVALID_ARGUMENT),
                                "%s.%s: \"%.80s\": at most 64 bytes, no control characters", path, field->name,
                                field->value);
    // MBSTRING_UTF8 also refuses what is no UTF-8
    if (X509_NAME_add_entry_by_NID(name, field->nid, MBSTRING_UTF8, (const unsigned char *)field->value, -1, -1, 0) !=
        1)
        return operation_refuse(op, REFUSED(INVALID_ARGUMENT), "%s.%s: not UTF-8", path, field->name);
    return 0;
}

int subject_make(struct operation *op, const Bulkhead__V1__Subject *subject, const char *path, X509_NAME **ret_name)
{
    const struct field fields[SUBJECT_FIELDS] = {
        {NID_countryName, "country", subject->country},
        {NID_stateOrProvinceName, "state", subject->state},
        {NID_localityName, "locality", subject->locality},
        {NID_organizationName, "organization", subject->organization},
        {NID_organizationalUnitName, "organizational_unit", subject->organizational_unit},
        {NID_commonName, "common_name", subject->common_name},
    };
    X509_NAME *name;
    int r = 0;

    if (!*subject->common_name)
        return operation_refuse(op, REFUSED(INVALID_ARGUMENT), "%s.common_name: required, as \"vpn.example\"", path);
    name = X509_NAME_new();
    if (!name)
        return -ENOMEM;
    for (size_t i = 0; i < SUBJECT_FIELDS && r == 0; i++)
        r = add(op, name, &fields[i], path);
    if (r == 0)
        *ret_name = name;
    else
        X509_NAME_free(name);
    return r;
}

char *subject_format(const X509_NAME *name)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *text = NULL;
    const char *data;
    long n;

    if (bio && X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB) >= 0) {
        n = BIO_get_mem_data(bio, &data);
        text = strndup(data, (size_t)n);
    }
    BIO_free(bio);
    return text;
}
