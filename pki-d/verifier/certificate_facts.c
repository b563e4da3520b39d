#include "pki-d/verifier/certificate_facts.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pki-d/verifier/certificate.h"
#include "pki-d/verifier/certificate_extensions.h"
#include "pki-d/verifier/certificate_name.h"
#include "pki-d/verifier/public_key.h"
#include "pki-d/verifier/request.h"
#include "pki-d/verifier/verifier_limits.h"

static int copy_bytes(struct bytes from, ProtobufCBinaryData *ret_data)
{
    uint8_t *copy = malloc(from.n + 1);

    if (!copy)
        return -ENOMEM;
    if (from.n > 0)
        memcpy(copy, from.p, from.n);
    *ret_data = (ProtobufCBinaryData){.data = copy, .len = from.n};
    return 0;
}

static int copy_string(const ASN1_STRING *from, ProtobufCBinaryData *ret_data)
{
    return copy_bytes(bytes_of(ASN1_STRING_get0_data(from), (size_t)ASN1_STRING_length(from)), ret_data);
}

// The same attributes encoded by ourselves, since OpenSSL keeps the bytes of a name that it has parsed.
static int encode_name(const X509_NAME *name, ProtobufCBinaryData *ret_der)
{
    X509_NAME *again = X509_NAME_new();
    uint8_t *der = NULL;
    int n = -1, last_set = -1, r = -ENOMEM;

    for (int i = 0; again && i < X509_NAME_entry_count(name); i++) {
        const X509_NAME_ENTRY *entry = X509_NAME_get_entry(name, i);
        int set = X509_NAME_ENTRY_set(entry);

        if (X509_NAME_add_entry(again, entry, -1, set == last_set ? -1 : 0) != 1) {
            X509_NAME_free(again);
            return -ENOMEM;
        }
        last_set = set;
    }
    if (again)
        n = i2d_X509_NAME(again, &der);
    if (n >= 0)
        r = copy_bytes(bytes_of(der, (size_t)n), ret_der);
    OPENSSL_free(der);
    X509_NAME_free(again);
    return r;
}

static int read_name(const X509_NAME *name, ProtobufCBinaryData *ret_der, char **ret_text)
{
    *ret_text = certificate_name_text(name);
    return *ret_text ? encode_name(name, ret_der) : -EBADMSG;
}

// The first attribute of that kind, as UTF-8 without what could do harm.
static int read_attribute(const X509_NAME *name, int nid, char **ret_text)
{
    int at = X509_NAME_get_index_by_NID(name, nid, -1), n;
    uint8_t *utf8;

    if (at < 0)
        return 0;
    n = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
    if (n < 0)
        return -EBADMSG;
    *ret_text = certificate_name_escape(bytes_of(utf8, (size_t)n));
    OPENSSL_free(utf8);
    return *ret_text ? 0 : -ENOMEM;
}

static int read_fields(const X509_NAME *name, Bulkhead__V1__Subject **ret_subject)
{
    Bulkhead__V1__Subject *subject = malloc(sizeof(*subject));
    const struct {
        int nid;
        char **text;
    } attributes[] = {
        {NID_countryName, &subject->country},
        {NID_stateOrProvinceName, &subject->state},
        {NID_localityName, &subject->locality},
        {NID_organizationName, &subject->organization},
        {NID_organizationalUnitName, &subject->organizational_unit},
        {NID_commonName, &subject->common_name},
    };
    int r = 0;

    if (!subject)
        return -ENOMEM;
    bulkhead__v1__subject__init(subject);
    *ret_subject = subject;
    for (size_t i = 0; i < sizeof(attributes) / sizeof(attributes[0]) && r == 0; i++)
        r = read_attribute(name, attributes[i].nid, attributes[i].text);
    return r;
}

static int read_key(EVP_PKEY *key, certificate_facts *facts)
{
    return key ? public_key_read(key, &facts->key) : -EBADMSG;
}

static int read_times(const X509 *certificate, certificate_facts *facts)
{
    int r = certificate_time(X509_get0_notBefore(certificate), &facts->not_before);

    return r < 0 ? r : certificate_time(X509_get0_notAfter(certificate), &facts->not_after);
}

static int read_signature(X509 *certificate, certificate_facts *facts)
{
    int nid = X509_get_signature_nid(certificate);

    facts->is_self_signed = X509_self_signed(certificate, 1) == 1;
    facts->signature_algorithm = strdup(nid == NID_undef ? "unknown" : OBJ_nid2ln(nid));
    return facts->signature_algorithm ? 0 : -ENOMEM;
}

static int read_certificate(X509 *certificate, struct bytes der, certificate_facts *facts)
{
    const X509_NAME *subject = X509_get_subject_name(certificate);
    int r = copy_bytes(der, &facts->der);

    if (r == 0)
        r = copy_string(X509_get0_serialNumber(certificate), &facts->serial);
    if (r == 0)
        r = read_name(subject, &facts->subject_der, &facts->subject);
    if (r == 0)
        r = read_name(X509_get_issuer_name(certificate), &facts->issuer_der, &facts->issuer);
    if (r == 0)
        r = read_fields(subject, &facts->subject_fields);
    if (r == 0)
        r = read_times(certificate, facts);
    if (r == 0)
        r = read_key(X509_get0_pubkey(certificate), facts);
    if (r == 0)
        r = certificate_extensions_read(X509_get0_extensions(certificate), facts);
    return r < 0 ? r : read_signature(certificate, facts);
}

static int read_request(X509_REQ *request, certificate_facts *facts)
{
    const X509_NAME *subject = X509_REQ_get_subject_name(request);
    STACK_OF(X509_EXTENSION) *extensions = X509_REQ_get_extensions(request);
    int r = read_name(subject, &facts->subject_der, &facts->subject);

    if (r == 0)
        r = read_fields(subject, &facts->subject_fields);
    if (r == 0)
        r = read_key(X509_REQ_get0_pubkey(request), facts);
    if (r == 0)
        r = certificate_extensions_read(extensions, facts);
    sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
    return r;
}

static certificate_facts *facts_new(void)
{
    certificate_facts *facts = malloc(sizeof(*facts));

    if (facts)
        bulkhead__internal__v1__certificate_facts__init(facts);
    return facts;
}

static int finish(int r, certificate_facts *facts, certificate_facts **ret_facts, char *ret_reason)
{
    ERR_clear_error();
    if (r == 0) {
        *ret_facts = facts;
        return 0;
    }
    certificate_facts_free(facts);
    snprintf(ret_reason, VERIFIER_REASON_MAX, "%s",
             r == -ENOMEM ? "out of memory" : "a name, key or extension in it can't be read");
    return r;
}

int certificate_facts_read(struct bytes der, certificate_facts **ret_facts, char *ret_reason)
{
    certificate_facts *facts;
    X509 *certificate;
    int r = certificate_parse(der, &certificate, ret_reason);

    if (r < 0)
        return r;
    facts = facts_new();
    r = facts ? read_certificate(certificate, der, facts) : -ENOMEM;
    X509_free(certificate);
    return finish(r, facts, ret_facts, ret_reason);
}

int certificate_facts_read_request(struct bytes data, certificate_facts **ret_facts, char *ret_reason)
{
    certificate_facts *facts;
    X509_REQ *request;
    int r = request_parse(data, &request, ret_reason);

    if (r < 0)
        return r;
    facts = facts_new();
    r = facts ? read_request(request, facts) : -ENOMEM;
    X509_REQ_free(request);
    return finish(r, facts, ret_facts, ret_reason);
}

void certificate_facts_free(certificate_facts *facts)
{
    if (facts)
        bulkhead__internal__v1__certificate_facts__free_unpacked(facts, NULL);
}
