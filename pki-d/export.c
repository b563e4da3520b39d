#include "pki-d/export.h"

#include <errno.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <string.h>

#include "lib/core/log.h"
#include "lib/core/secret.h"
#include "pki-d/store_key.h"

#define FORMAT(name)     BULKHEAD__V1__EXPORT_FORMAT__EXPORT_FORMAT_##name
#define ENCRYPTION(name) BULKHEAD__V1__PKCS12_ENCRYPTION__PKCS12_ENCRYPTION_##name

void export_free(struct export_order *order)
{
    if (!order)
        return;
    for (size_t i = 0; i < order->certificates_n; i++)
        store_certificate_free(order->certificates[i]);
    EVP_PKEY_free(order->key);
    secret_free(order, sizeof(*order));
}

// Characters, not bytes, of UTF-8. A NUL would cut it short in C programs.
static int check_passphrase(struct operation *op, const ProtobufCBinaryData *passphrase)
{
    size_t characters = 0;

    for (size_t i = 0; i < passphrase->len; i++) {
        if (passphrase->data[i] == '\0')
            return operation_refuse(op, REFUSED(INVALID_ARGUMENT), "passphrase: must have no NUL");
        if ((passphrase->data[i] & 0xc0) != 0x80)
            characters++;
    }
    if (characters < PKCS12_PASSPHRASE_MIN_BYTES || passphrase->len > PKCS12_PASSPHRASE_MAX_BYTES)
        return operation_refuse(op, REFUSED(INVALID_ARGUMENT),
                                "passphrase: PKCS#12 needs one of at least 8 characters (and at most 256 bytes)");
    return 0;
}

static int check(struct operation *op, const Bulkhead__V1__ExportCertificateRequest *request)
{
    if (request->format > FORMAT(PKCS12))
        return operation_refuse(op, REFUSED(INVALID_ARGUMENT), "format: %d: PEM_CHAIN, DER or PKCS12",
                                (int)request->format);
    if (request->encryption > ENCRYPTION(MODERN))
        return operation_refuse(op, REFUSED(INVALID_ARGUMENT), "encryption: %d: LEGACY or MODERN",
                                (int)request->encryption);
    if (request->format == FORMAT(PKCS12))
        return check_passphrase(op, &request->passphrase);
    if (request->passphrase.len > 0)
        return operation_refuse(op, REFUSED(INVALID_ARGUMENT), "passphrase: only PKCS#12 takes one");
    return 0;
}

static int read_key(struct operation *op, struct export_order *order)
{
    const struct stored_certificate *certificate = order->certificates[0];
    int r;

    if (!certificate->key)
        return operation_refuse(op, REFUSED(FAILED_PRECONDITION),
                                "name: the key of \"%s\" is not stored here; export it without, as PEM_CHAIN",
                                certificate->info->name);
    r = store_key_open(op->store, bytes_of_str(certificate->info->name), certificate->key, &order->key);
    if (r < 0)
        log_error("key_unusable", LOG_STR("certificate", certificate->info->name), LOG_ERRNO(r));
    return r;
}

static int read_all(struct operation *op, const Bulkhead__V1__ExportCertificateRequest *request,
                    struct export_order *order)
{
    size_t n = 0;
    int r = store_certificate_find(op->store, bytes_of_str(request->name), op->now, &order->certificates[0]);

    if (r == -ENOENT)
        return operation_refuse(op, REFUSED(NOT_FOUND), "name: \"%.80s\": no certificate of that name", request->name);
    if (r < 0)
        return r;
    order->certificates_n = 1;
    if (order->format != FORMAT(DER)) {
        r = store_certificate_chain(op->store, order->certificates[0], op->now, order->certificates + 1, &n);
        order->certificates_n += r == 0 ? n : 0;
    }
    return r == 0 && order->format == FORMAT(PKCS12) ? read_key(op, order) : r;
}

static int audit(struct operation *op, const struct export_order *order)
{
    const Bulkhead__V1__Certificate *info = order->certificates[0]->info;
    char detail[128];

    snprintf(detail, sizeof(detail), "serial %s, %s", info->serial,
             order->format != FORMAT(PKCS12)      ? "without key"
             : order->encryption == PKCS12_LEGACY ? "PKCS#12 with its key, 3DES"
                                                  : "PKCS#12 with its key, AES-256");
    return operation_audit(op, "export", info->name, detail);
}

int export_read(struct operation *op, const Bulkhead__V1__ExportCertificateRequest *request,
                struct export_order **ret_order)
{
    struct export_order *order;
    int r = check(op, request);

    if (r < 0)
        return r;
    order = secret_alloc(sizeof(*order));
    if (!order)
        return -ENOMEM;
    order->format = request->format == FORMAT(UNSPECIFIED) ? FORMAT(PEM_CHAIN) : request->format;
    order->encryption = request->encryption == ENCRYPTION(MODERN) ? PKCS12_MODERN : PKCS12_LEGACY;
    memcpy(order->passphrase, request->passphrase.data, request->passphrase.len);
    r = read_all(op, request, order);
    if (r == 0)
        r = audit(op, order);
    if (r == 0)
        *ret_order = order;
    else
        export_free(order);
    return r;
}

int export_pem(const char *label, const struct bytes *ders, size_t n, uint8_t **ret_pem)
{
    BIO *bio = BIO_new(BIO_s_mem());
    bool good = bio;
    char *data;
    long size = -1;

    for (size_t i = 0; good && i < n; i++)
        good = PEM_write_bio(bio, label, "", ders[i].p, (long)ders[i].n) > 0;
    if (good) {
        size = BIO_get_mem_data(bio, &data);
        *ret_pem = OPENSSL_memdup(data, (size_t)size);
        good = *ret_pem;
    }
    BIO_free(bio);
    return good ? (int)size : -EIO;
}

int export_write(const struct export_order *order, uint8_t **ret_data)
{
    struct bytes ders[EXPORT_CERTIFICATES_MAX];
    const struct pkcs12_order pkcs12 = {.encryption = order->encryption,
                                        .passphrase = order->passphrase,
                                        .friendly_name = order->certificates[0]->info->name,
                                        .key = order->key,
                                        .certificates = ders,
                                        .certificates_n = order->certificates_n};

    for (size_t i = 0; i < order->certificates_n; i++)
        ders[i] = order->certificates[i]->der;
    if (order->format == FORMAT(PKCS12))
        return pkcs12_make(&pkcs12, ret_data);
    if (order->format == FORMAT(PEM_CHAIN))
        return export_pem("CERTIFICATE", ders, order->certificates_n, ret_data);
    *ret_data = OPENSSL_memdup(ders[0].p, ders[0].n);
    return *ret_data ? (int)ders[0].n : -ENOMEM;
}
