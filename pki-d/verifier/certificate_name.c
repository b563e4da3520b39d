#include "pki-d/verifier/certificate_name.h"

#include <errno.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/reader.h"
#include "lib/net/address.h"
#include "pki-d/verifier/verifier_limits.h"

// Length of the UTF-8 sequence that begins with this byte; 0: none does.
static size_t sequence_bytes(uint8_t first)
{
    if (first < 0x80)
        return 1;
    if (first >= 0xc2 && first <= 0xdf)
        return 2;
    if ((first & 0xf0) == 0xe0)
        return 3;
    return first >= 0xf0 && first <= 0xf4 ? 4 : 0;
}

// The code point at the front of text and its length; 0: not UTF-8 (RFC 3629).
static size_t code_point(struct bytes text, uint32_t *ret_point)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t n = sequence_bytes(text.p[0]);
    uint32_t point;

    if (n == 0 || n > text.n)
        return 0;
    point = n == 1 ? text.p[0] : text.p[0] & (0x7fu >> n);
    for (size_t i = 1; i < n; i++) {
        if ((text.p[i] & 0xc0) != 0x80)
            return 0;
        point = point << 6 | (text.p[i] & 0x3f);
    }
    if (point < least[n] || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
        return 0;
    *ret_point = point;
    return n;
}

// What could forge a line, or show it in another order than it has.
static bool is_harmful(uint32_t point)
{
    return point < 0x20 || (point >= 0x7f && point <= 0x9f) || (point >= 0x200b && point <= 0x200f) ||
           (point >= 0x2028 && point <= 0x202e) || (point >= 0x2060 && point <= 0x206f) || point == 0xfeff;
}

char *certificate_name_escape(struct bytes raw)
{
    char *text = malloc(3 * raw.n + 1), *to = text;
    uint32_t point;

    if (!text)
        return NULL;
    while (raw.n > 0) {
        size_t n = code_point(raw, &point);

        if (n > 0 && !is_harmful(point)) {
            memcpy(to, raw.p, n);
            to += n;
        } else {
            n = n > 0 ? n : 1;
            for (size_t i = 0; i < n; i++)
                to += snprintf(to, 4, "\\%02X", raw.p[i]);
        }
        raw = bytes_of(raw.p + n, raw.n - n);
    }
    *to = '\0';
    return text;
}

char *certificate_name_text(const X509_NAME *name)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *text = NULL, *raw;
    long n;

    if (bio && X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB) >= 0) {
        n = BIO_get_mem_data(bio, &raw);
        text = certificate_name_escape(bytes_of(raw, n > 0 ? (size_t)n : 0));
    }
    BIO_free(bio);
    ERR_clear_error();
    return text;
}

char *certificate_name_serial(const ASN1_INTEGER *serial, char *out, size_t out_size)
{
    const char *sign = ASN1_STRING_type(serial) == V_ASN1_NEG_INTEGER ? "-" : "";
    int n = snprintf(out, out_size, "%s", sign);

    bytes_to_hex(bytes_of(ASN1_STRING_get0_data(serial), (size_t)ASN1_STRING_length(serial)), out + n,
                 out_size - (size_t)n);
    return out;
}

// Cuts no UTF-8 sequence in two.
static int shorten(const char *text, int most)
{
    int n = (int)strlen(text);

    if (n <= most)
        return n;
    while (most > 0 && ((uint8_t)text[most] & 0xc0) == 0x80)
        most--;
    return most;
}

char *certificate_name_short_text(const X509_NAME *name)
{
    char *text = certificate_name_text(name);

    if (text)
        text[shorten(text, (int)VERIFIER_NAME_TEXT_MAX_BYTES)] = '\0';
    return text;
}

char *certificate_name_describe(const X509 *certificate, char *out, size_t out_size)
{
    char *subject = certificate_name_text(X509_get_subject_name(certificate));
    const char *text = subject && *subject ? subject : "(no subject)";
    char serial[2 * VERIFIER_SERIAL_MAX_BYTES + 2];

    certificate_name_serial(X509_get0_serialNumber(certificate), serial, sizeof(serial));
    snprintf(out, out_size, "%.*s (serial %s)", shorten(text, 120), text, serial);
    free(subject);
    return out;
}

bool certificate_name_is_plain(const ASN1_STRING *text)
{
    const uint8_t *p = ASN1_STRING_get0_data(text);
    int n = ASN1_STRING_length(text);

    if (n < 1 || n > (int)VERIFIER_ALT_NAME_MAX_BYTES)
        return false;
    for (int i = 0; i < n; i++)
        if (p[i] <= ' ' || p[i] > '~')
            return false;
    return true;
}

static int prefixed(const char *prefix, const ASN1_STRING *value, char **ret_text)
{
    if (!certificate_name_is_plain(value))
        return -EBADMSG;
    if (asprintf(ret_text, "%s:%.*s", prefix, ASN1_STRING_length(value), (const char *)ASN1_STRING_get0_data(value)) <
        0)
        return -ENOMEM;
    return 0;
}

static int address(const ASN1_STRING *value, char **ret_text)
{
    char text[ADDRESS_TEXT_MAX];
    struct address a;

    if (address_from_bytes(bytes_of(ASN1_STRING_get0_data(value), (size_t)ASN1_STRING_length(value)), &a) < 0)
        return -EBADMSG;
    return asprintf(ret_text, "ip:%s", address_format(&a, text, sizeof(text))) < 0 ? -ENOMEM : 0;
}

int certificate_name_alternative(const GENERAL_NAME *name, char **ret_text)
{
    char *text = NULL;
    int r = 0;

    if (name->type == GEN_DNS)
        r = prefixed("dns", name->d.dNSName, &text);
    else if (name->type == GEN_EMAIL)
        r = prefixed("email", name->d.rfc822Name, &text);
    else if (name->type == GEN_IPADD)
        r = address(name->d.iPAddress, &text);
    if (r == 0)
        *ret_text = text;
    return r;
}
