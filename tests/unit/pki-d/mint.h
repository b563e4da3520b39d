// Makes certificates for tests, good and bad ones, with OpenSSL.
#ifndef BULKHEAD_TESTS_UNIT_PKI_D_MINT_H
#define BULKHEAD_TESTS_UNIT_PKI_D_MINT_H

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/bytes.h"

#define MINT_NOW 1800000000ll // 2027-01-15 08:00:00 UTC
#define MINT_DAY 86400ll

struct mint_order {
    const char *subject;     // "CN=gw,O=Example"; NULL: empty
    X509 *issuer;            // NULL: self-signed
    EVP_PKEY *issuer_key;    // with an issuer
    const char *issuer_name; // instead of the issuer's subject
    int64_t from, until;     // 0: a day before and a year after MINT_NOW
    long serial;             // 0: 4711
    int version;             // 0: 3
    const char *digest;      // NULL: SHA256, but for EdDSA
    // "basicConstraints=critical,CA:TRUE" ...; with NULL at the end. As OpenSSL's configuration has them.
    const char *extensions[16];
};

#define MINT_CA                                                                                                        \
    "basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign,cRLSign", "subjectKeyIdentifier=hash"

static inline void mint_require(bool what, const char *text)
{
    if (what)
        return;
    fprintf(stderr, "mint: %s\n", text);
    abort();
}

// "EC", "RSA2048", "RSA1024", "ED25519", "P384"
static inline EVP_PKEY *mint_key(const char *kind)
{
    EVP_PKEY *key;

    if (strncmp(kind, "RSA", 3) == 0)
        key = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)atoi(kind + 3));
    else if (strcmp(kind, "ED25519") == 0)
        key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    else
        key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", strcmp(kind, "EC") == 0 ? "P-256" : kind);
    mint_require(key, kind);
    return key;
}

static inline X509_NAME *mint_name(const char *text)
{
    X509_NAME *name = X509_NAME_new();
    char copy[512], *rest = copy, *part;

    snprintf(copy, sizeof(copy), "%s", text ? text : "");
    while (*copy && (part = strsep(&rest, ","))) {
        char *value = strchr(part, '=');

        mint_require(value, part);
        *value++ = '\0';
        mint_require(
            X509_NAME_add_entry_by_txt(name, part, MBSTRING_UTF8, (const unsigned char *)value, -1, -1, 0) == 1, part);
    }
    return name;
}

static inline X509_EXTENSION *mint_extension(const char *text, X509 *issuer, X509 *subject)
{
    char copy[1024], *value;
    X509_EXTENSION *extension;
    X509V3_CTX context;

    snprintf(copy, sizeof(copy), "%s", text);
    value = strchr(copy, '=');
    mint_require(value, text);
    *value++ = '\0';
    X509V3_set_ctx(&context, issuer, subject, NULL, NULL, 0);
    X509V3_set_ctx_nodb(&context);
    extension = X509V3_EXT_conf(NULL, &context, copy, value);
    mint_require(extension, text);
    return extension;
}

static inline const EVP_MD *mint_digest(EVP_PKEY *key, const char *digest)
{
    return EVP_PKEY_is_a(key, "ED25519") ? NULL : EVP_get_digestbyname(digest ? digest : "SHA256");
}

static inline X509 *mint_certificate(const struct mint_order *order, EVP_PKEY *key)
{
    X509 *certificate = X509_new();
    X509_NAME *name = mint_name(order->subject);
    X509_NAME *issuer = order->issuer_name ? mint_name(order->issuer_name)
                        : order->issuer    ? X509_NAME_dup(X509_get_subject_name(order->issuer))
                                           : X509_NAME_dup(name);
    EVP_PKEY *signer = order->issuer_key ? order->issuer_key : key;

    X509_set_version(certificate, order->version ? order->version - 1 : 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), order->serial ? order->serial : 4711);
    X509_set_subject_name(certificate, name);
    X509_set_issuer_name(certificate, issuer);
    ASN1_TIME_set(X509_getm_notBefore(certificate), order->from ? order->from : MINT_NOW - MINT_DAY);
    ASN1_TIME_set(X509_getm_notAfter(certificate), order->until ? order->until : MINT_NOW + 365 * MINT_DAY);
    X509_set_pubkey(certificate, key);
    for (int i = 0; order->extensions[i]; i++) {
        X509_EXTENSION *extension =
            mint_extension(order->extensions[i], order->issuer ? order->issuer : certificate, certificate);

        X509_add_ext(certificate, extension, -1);
        X509_EXTENSION_free(extension);
    }
    mint_require(X509_sign(certificate, signer, mint_digest(signer, order->digest)) > 0, "X509_sign");
    X509_NAME_free(name);
    X509_NAME_free(issuer);
    return certificate;
}

// To be freed with OPENSSL_free.
static inline struct bytes mint_der(X509 *certificate)
{
    uint8_t *der = NULL;
    int n = i2d_X509(certificate, &der);

    mint_require(n > 0, "i2d_X509");
    return bytes_of(der, (size_t)n);
}

static inline void mint_free_der(struct bytes der)
{
    OPENSSL_free((void *)(uintptr_t)der.p);
}

#endif
