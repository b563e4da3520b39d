// A certificate leaves the store: alone, with its chain, or with its key in a PKCS#12 file, the only way out for a key.
#ifndef BULKHEAD_PKI_EXPORT_H
#define BULKHEAD_PKI_EXPORT_H

#include "bulkhead/v1/certificate_service.pb-c.h"
#include "pki-d/pkcs12.h"
#include "pki-d/store_certificate.h"
#include "pki-d/operation.h"

#define EXPORT_CERTIFICATES_MAX (STORE_CHAIN_MAX + 1)

// What is to be written, read from the store: the rest needs neither store nor loop.
struct export_order {
    Bulkhead__V1__ExportFormat format;
    enum pkcs12_encryption encryption;
    char passphrase[PKCS12_PASSPHRASE_MAX_BYTES + 1];
    struct stored_certificate *certificates[EXPORT_CERTIFICATES_MAX]; // the first was asked for
    size_t certificates_n;
    EVP_PKEY *key;
};

// In secret memory, for export_free. The audit record is written before anything leaves.
int export_read(struct operation *op, const Bulkhead__V1__ExportCertificateRequest *request,
                struct export_order **ret_order);
void export_free(struct export_order *order);
// The file into *ret_data, for OPENSSL_free; its size, or -EIO. Any thread.
int export_write(const struct export_order *order, uint8_t **ret_data);

// PEM (RFC 7468) of DER, into *ret_pem, for OPENSSL_free; its size, or -EIO. `label`: "CERTIFICATE", "X509 CRL".
int export_pem(const char *label, const struct bytes *ders, size_t n, uint8_t **ret_pem);

#endif
