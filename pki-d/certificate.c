#include "pki-d/certificate.h"

#include <errno.h>
#include <openssl/rand.h>
#include <string.h>

#include "pki-d/extension.h"
#include "pki-d/key.h"

int certificate_draw_serial(uint8_t ret_serial[CERTIFICATE_SERIAL_BYTES])
{
    uint8_t random[CERTIFICATE_SERIAL_BYTES];
    size_t zeros = 0;

    if (RAND_bytes(random, sizeof(random)) != 1)
        return -EIO;
    while (zeros < sizeof(random) && random[zeros] == 0)
        zeros++;
    if (zeros == sizeof(random)) // 1 in 2^128
        return -EIO;
    memcpy(ret_serial, random + zeros, sizeof(random) - zeros);
    return (int)(sizeof(random) - zeros);
}

bool certificate_set_serial(X509 *x509, struct bytes serial)
{
    BIGNUM *number = BN_bin2bn(serial.p, (int)serial.n, NULL);
    bool good = number && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(x509));

    BN_free(number);
    return good;
}

// UTCTime until 2049, GeneralizedTime from then on (RFC 5280 4.1.2.5).
bool certificate_set_times(X509 *x509, int64_t not_before, int64_t not_after)
{
    return ASN1_TIME_set(X509_getm_notBefore(x509), (time_t)not_before) &&
           ASN1_TIME_set(X509_getm_notAfter(x509), (time_t)not_after);
}

bool certificate_sign(X509 *x509, EVP_PKEY *issuer_key)
{
    return X509_sign(x509, issuer_key, key_digest(issuer_key)) > 0;
}

X509 *certificate_make(const struct certificate_order *order, struct bytes serial)
{
    const struct content *content = order->content;
    X509 *x509 = X509_new();

    if (!x509)
        return NULL;
    if (X509_set_version(x509, X509_VERSION_3) == 1 && certificate_set_serial(x509, serial) &&
        X509_set_issuer_name(x509, order->issuer) == 1 && X509_set_subject_name(x509, content->subject) == 1 &&
        certificate_set_times(x509, content->not_before, content->not_after) &&
        X509_set_pubkey(x509, order->public_key) == 1 && extension_add_all(x509, order) &&
        certificate_sign(x509, order->issuer_key))
        return x509;
    X509_free(x509);
    return NULL;
}
