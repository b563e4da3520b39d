#include "pki-d/verifier/certificate.h"

#include <errno.h>
#include <openssl/err.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "pki-d/verifier/certificate_name.h"
#include "pki-d/verifier/verifier_limits.h"

// Says what is wrong with a certificate; -EBADMSG.
__attribute__((format(printf, 2, 3))) static int bad(char *ret_reason, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(ret_reason, VERIFIER_REASON_MAX, format, args);
    va_end(args);
    return -EBADMSG;
}

int certificate_time(const ASN1_TIME *time, int64_t *ret_s)
{
    struct tm tm = {0};

    if (ASN1_TIME_check(time) != 1 || ASN1_TIME_to_tm(time, &tm) != 1)
        return -EBADMSG;
    *ret_s = timegm(&tm);
    return 0;
}

bool certificate_name_fits(const X509_NAME *name)
{
    return X509_NAME_entry_count(name) <= (int)VERIFIER_NAME_ENTRIES_MAX;
}

int certificate_check_alternatives(const GENERAL_NAMES *names, char *ret_reason)
{
    int n = names ? sk_GENERAL_NAME_num(names) : 0;

    if (n > (int)VERIFIER_ALT_NAMES_MAX)
        return bad(ret_reason, "it has %d alternative names, of %u at most", n, VERIFIER_ALT_NAMES_MAX);
    for (int i = 0; i < n; i++) {
        char *text = NULL;
        int r = certificate_name_alternative(sk_GENERAL_NAME_value(names, i), &text);

        free(text);
        if (r < 0)
            return bad(ret_reason, "its alternative name %d is not what such a name may be", i + 1);
    }
    return 0;
}

static int check_serial(const ASN1_INTEGER *serial, char *ret_reason)
{
    const uint8_t *p = ASN1_STRING_get0_data(serial);
    int n = ASN1_STRING_length(serial);

    // RFC 5280 4.1.2.2; a sign or zeros could be used to slip by a list of revoked numbers.
    if (ASN1_STRING_type(serial) != V_ASN1_INTEGER || n < 1 || n > (int)VERIFIER_SERIAL_MAX_BYTES || p[0] == 0)
        return bad(ret_reason, "its serial number is not positive, or longer than %u bytes", VERIFIER_SERIAL_MAX_BYTES);
    return 0;
}

static int check_validity(const X509 *certificate, char *ret_reason)
{
    int64_t from, until;

    if (certificate_time(X509_get0_notBefore(certificate), &from) < 0 ||
        certificate_time(X509_get0_notAfter(certificate), &until) < 0)
        return bad(ret_reason, "its times of validity are no times");
    return from <= until ? 0 : bad(ret_reason, "it ends before it begins");
}

int certificate_check_extensions(const STACK_OF(X509_EXTENSION) * extensions, char *ret_reason)
{
    int n = extensions ? sk_X509_EXTENSION_num(extensions) : 0;

    if (n > (int)VERIFIER_EXTENSIONS_MAX)
        return bad(ret_reason, "it has %d extensions, of %u at most", n, VERIFIER_EXTENSIONS_MAX);
    for (int i = 1; i < n; i++)
        for (int j = 0; j < i; j++) {
            ASN1_OBJECT *object = X509_EXTENSION_get_object(sk_X509_EXTENSION_value(extensions, i));
            char text[80];

            if (OBJ_cmp(object, X509_EXTENSION_get_object(sk_X509_EXTENSION_value(extensions, j))) != 0)
                continue;
            OBJ_obj2txt(text, sizeof(text), object, 0);
            return bad(ret_reason, "it has the extension %s twice", text); // RFC 5280 4.2
        }
    return 0;
}

static int check_alternatives(X509 *certificate, char *ret_reason)
{
    GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    int r = certificate_check_alternatives(names, ret_reason);

    GENERAL_NAMES_free(names);
    return r;
}

static int check(X509 *certificate, char *ret_reason)
{
    int r;

    if (X509_get_version(certificate) != X509_VERSION_3)
        return bad(ret_reason, "it is of X.509 version %ld, not 3", X509_get_version(certificate) + 1);
    r = check_serial(X509_get0_serialNumber(certificate), ret_reason);
    if (r == 0)
        r = check_validity(certificate, ret_reason);
    if (r == 0)
        r = certificate_check_extensions(X509_get0_extensions(certificate), ret_reason);
    if (r < 0)
        return r;
    if (!certificate_name_fits(X509_get_subject_name(certificate)) ||
        !certificate_name_fits(X509_get_issuer_name(certificate)))
        return bad(ret_reason, "its subject or issuer has more than %u attributes", VERIFIER_NAME_ENTRIES_MAX);
    if (X509_get_extension_flags(certificate) & EXFLAG_PROXY)
        return bad(ret_reason, "it is a proxy certificate (RFC 3820)");
    if (X509_get_extension_flags(certificate) & EXFLAG_INVALID)
        return bad(ret_reason, "one of its extensions can't be read or contradicts another one");
    if (!X509_get0_pubkey(certificate))
        return bad(ret_reason, "its public key is of no known kind, or damaged");
    return check_alternatives(certificate, ret_reason);
}

int certificate_parse(struct bytes der, X509 **ret_certificate, char *ret_reason)
{
    const uint8_t *p = der.p;
    X509 *certificate;
    int r;

    if (der.n == 0 || der.n > VERIFIER_CERTIFICATE_MAX_BYTES)
        return bad(ret_reason, "a certificate has 1 to %u bytes, not %zu", VERIFIER_CERTIFICATE_MAX_BYTES, der.n);
    certificate = d2i_X509(NULL, &p, (long)der.n);
    if (!certificate)
        r = bad(ret_reason, "it is no X.509 certificate in DER");
    else if (p != der.p + der.n)
        r = bad(ret_reason, "there are bytes behind the certificate");
    else
        r = check(certificate, ret_reason);
    ERR_clear_error();
    if (r == 0)
        *ret_certificate = certificate;
    else
        X509_free(certificate);
    return r;
}
