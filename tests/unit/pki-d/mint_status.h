// Makes CRLs and OCSP answers for tests.
#ifndef BULKHEAD_TESTS_UNIT_PKI_D_MINT_STATUS_H
#define BULKHEAD_TESTS_UNIT_PKI_D_MINT_STATUS_H

#include <openssl/ocsp.h>

#include "tests/unit/pki-d/mint.h"

struct mint_crl_order {
    X509 *issuer;
    EVP_PKEY *key;
    X509 *revoked; // NULL: none
    int reason;
    int64_t from, until;   // 0: a minute before and an hour after MINT_NOW
    bool is_endless;       // without a next update
    const char *digest;    // NULL: SHA256
    const char *extension; // NULL: none
    const char *of_entry;  // an extension of what is revoked
};

static inline struct bytes mint_crl(const struct mint_crl_order *order)
{
    X509_CRL *crl = X509_CRL_new();
    ASN1_TIME *time = ASN1_TIME_set(NULL, order->from ? order->from : MINT_NOW - 60);
    uint8_t *der = NULL;
    int n;

    X509_CRL_set_version(crl, 1);
    X509_CRL_set_issuer_name(crl, X509_get_subject_name(order->issuer));
    X509_CRL_set1_lastUpdate(crl, time);
    if (order->revoked) {
        X509_REVOKED *entry = X509_REVOKED_new();
        ASN1_ENUMERATED *why = ASN1_ENUMERATED_new();

        X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(order->revoked));
        X509_REVOKED_set_revocationDate(entry, time);
        ASN1_ENUMERATED_set(why, order->reason);
        if (order->reason)
            X509_REVOKED_add1_ext_i2d(entry, NID_crl_reason, why, 0, 0);
        if (order->of_entry) {
            X509_EXTENSION *extension = mint_extension(order->of_entry, order->issuer, order->issuer);

            X509_REVOKED_add_ext(entry, extension, -1);
            X509_EXTENSION_free(extension);
        }
        X509_CRL_add0_revoked(crl, entry);
        ASN1_ENUMERATED_free(why);
    }
    ASN1_TIME_set(time, order->until ? order->until : MINT_NOW + 3600);
    if (!order->is_endless)
        X509_CRL_set1_nextUpdate(crl, time);
    if (order->extension) {
        X509_EXTENSION *extension = mint_extension(order->extension, order->issuer, order->issuer);

        X509_CRL_add_ext(crl, extension, -1);
        X509_EXTENSION_free(extension);
    }
    mint_require(X509_CRL_sign(crl, order->key, mint_digest(order->key, order->digest)) > 0, "X509_CRL_sign");
    n = i2d_X509_CRL(crl, &der);
    ASN1_TIME_free(time);
    X509_CRL_free(crl);
    return bytes_of(der, (size_t)n);
}

struct mint_ocsp_order {
    X509 *certificate, *issuer;
    X509 *signer; // NULL: the issuer; else its certificate goes along
    EVP_PKEY *key;
    int status;          // V_OCSP_CERTSTATUS_...
    int reason;          // OCSP_REVOKED_STATUS_...
    int64_t from, until; // 0: a minute before and an hour after MINT_NOW; until -1: none
    const char *digest;
};

static inline struct bytes mint_ocsp(const struct mint_ocsp_order *order)
{
    OCSP_BASICRESP *basic = OCSP_BASICRESP_new();
    OCSP_CERTID *id = OCSP_cert_to_id(EVP_sha1(), order->certificate, order->issuer);
    ASN1_TIME *from = ASN1_TIME_set(NULL, order->from ? order->from : MINT_NOW - 60);
    ASN1_TIME *until = order->until == -1 ? NULL : ASN1_TIME_set(NULL, order->until ? order->until : MINT_NOW + 3600);
    X509 *signer = order->signer ? order->signer : order->issuer;
    OCSP_RESPONSE *response;
    uint8_t *der = NULL;
    int n;

    OCSP_basic_add1_status(basic, id, order->status, order->reason, from, from, until);
    mint_require(OCSP_basic_sign(basic, signer, order->key, mint_digest(order->key, order->digest), NULL,
                                 order->signer ? 0 : OCSP_NOCERTS) == 1,
                 "OCSP_basic_sign");
    response = OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic);
    n = i2d_OCSP_RESPONSE(response, &der);
    OCSP_RESPONSE_free(response);
    OCSP_BASICRESP_free(basic);
    OCSP_CERTID_free(id);
    ASN1_TIME_free(from);
    ASN1_TIME_free(until);
    return bytes_of(der, (size_t)n);
}

#endif
