#include "pki-d/verifier/request.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

#include "pki-d/verifier/certificate.h"
#include "pki-d/verifier/pem.h"
#include "pki-d/verifier/public_key.h"
#include "pki-d/verifier/verifier_limits.h"

static int bad(char *ret_reason, const char *text)
{
    snprintf(ret_reason, VERIFIER_REASON_MAX, "%s", text);
    return -EBADMSG;
}

static X509_REQ *read_pem(struct bytes data)
{
    BIO *bio = BIO_new_mem_buf(data.p, (int)data.n);
    X509_REQ *request = bio ? PEM_read_bio_X509_REQ(bio, NULL, pem_refuse_passphrase, NULL) : NULL;

    BIO_free(bio);
    return request;
}

static X509_REQ *read_der(struct bytes data)
{
    const uint8_t *p = data.p;
    X509_REQ *request = d2i_X509_REQ(NULL, &p, (long)data.n);

    if (request && p == data.p + data.n)
        return request;
    X509_REQ_free(request);
    return NULL;
}

// Control characters would end up in the certificate's subject.
static bool is_clean(const X509_NAME *name)
{
    for (int i = 0; i < X509_NAME_entry_count(name); i++) {
        uint8_t *utf8;
        int n = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, i)));
        bool clean = n >= 0;

        for (int j = 0; j < n; j++)
            clean = clean && utf8[j] >= ' ' && utf8[j] != 0x7f;
        if (n >= 0)
            OPENSSL_free(utf8);
        if (!clean)
            return false;
    }
    return true;
}

static int check_extensions(X509_REQ *request, char *ret_reason)
{
    STACK_OF(X509_EXTENSION) *extensions = X509_REQ_get_extensions(request);
    GENERAL_NAMES *names = extensions ? X509V3_get_d2i(extensions, NID_subject_alt_name, NULL, NULL) : NULL;
    int r = certificate_check_extensions(extensions, ret_reason);

    if (r == 0)
        r = certificate_check_alternatives(names, ret_reason);
    GENERAL_NAMES_free(names);
    sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
    return r;
}

static int check(X509_REQ *request, char *ret_reason)
{
    EVP_PKEY *key = X509_REQ_get0_pubkey(request);
    const X509_NAME *subject = X509_REQ_get_subject_name(request);
    char weakness[120];

    if (!key)
        return bad(ret_reason, "the request's public key is of no known kind, or damaged");
    if (public_key_weakness(key, weakness, sizeof(weakness))) {
        snprintf(ret_reason, VERIFIER_REASON_MAX, "the request has %s", weakness);
        return -EBADMSG;
    }
    if (X509_REQ_verify(request, key) != 1)
        return bad(ret_reason, "the request's own signature is wrong: it was not made by the owner of its key");
    if (!certificate_name_fits(subject) || !is_clean(subject))
        return bad(ret_reason, "the request's subject holds control characters, or too many attributes");
    return check_extensions(request, ret_reason);
}

int request_parse(struct bytes data, X509_REQ **ret_request, char *ret_reason)
{
    X509_REQ *request;
    int r;

    if (data.n == 0 || data.n > VERIFIER_REQUEST_MAX_BYTES) {
        snprintf(ret_reason, VERIFIER_REASON_MAX, "a request has 1 to %u bytes", VERIFIER_REQUEST_MAX_BYTES);
        return -EBADMSG;
    }
    request = memmem(data.p, data.n, "-----BEGIN", 10) ? read_pem(data) : read_der(data);
    if (!request)
        r = bad(ret_reason, "it is no certification request (PKCS#10), neither PEM nor DER");
    else
        r = check(request, ret_reason);
    ERR_clear_error();
    if (r == 0)
        *ret_request = request;
    else
        X509_REQ_free(request);
    return r;
}
