#include "pki-d/importer/import.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/ipc/edge_message.h"
#include "pki-d/importer/import_file.h"
#include "pki-d/importer/private_key.h"
#include "pki-d/verifier/certificate_facts.h"
#include "pki-d/verifier/certificate_name.h"

// What goes to pki-d in one frame, with room for the frame itself.
#define MESSAGE_MAX_BYTES 61440u

static int bad(char *ret_reason, const char *field, const char *text)
{
    snprintf(ret_reason, VERIFIER_REASON_MAX, "%s: %.440s", field, text);
    return -EBADMSG;
}

static int add_facts(X509 *certificate, size_t number, store_import_message *message, char *ret_reason)
{
    char reason[VERIFIER_REASON_MAX], text[VERIFIER_REASON_MAX], name[200];
    certificate_facts *facts;
    uint8_t *der = NULL;
    int n = i2d_X509(certificate, &der), r;

    r = n > 0 ? certificate_facts_read(bytes_of(der, (size_t)n), &facts, reason) : -ENOMEM;
    OPENSSL_free(der);
    if (r == 0)
        message->certificates[message->n_certificates++] = facts;
    if (r != -EBADMSG)
        return r;
    snprintf(text, sizeof(text), "certificate %zu, %s, can't be taken: %.200s", number,
             certificate_name_describe(certificate, name, sizeof(name)), reason);
    return bad(ret_reason, "data", text);
}

static int add_certificates(const struct import_material *material, store_import_message *message, char *ret_reason)
{
    int r = 0;

    message->certificates = calloc(material->n, sizeof(*message->certificates));
    if (!message->certificates)
        return -ENOMEM;
    for (size_t i = 0; i < material->n && r == 0; i++)
        r = add_facts(material->certificate[i], i + 1, message, ret_reason);
    return r;
}

static int add_key(const struct import_material *material, store_import_message *message, char *ret_reason)
{
    int r = material->key ? private_key_read(material->key, &message->key) : 0;

    if (r == -EBADMSG)
        return bad(ret_reason, "key",
                   "it must be RSA of 2048, 3072 or 4096 bits, EC P-256, P-384 or P-521, or Ed25519");
    return r;
}

static int read_files(const Bulkhead__V1__ImportCertificateRequest *request, struct import_material *material,
                      char *ret_reason)
{
    struct passphrase passphrase;
    const char *field = "passphrase";
    int r = -EBADMSG;

    if (passphrase_set(&passphrase, edge_message_bytes(&request->passphrase))) {
        field = "data";
        r = import_file_read(edge_message_bytes(&request->data), &passphrase, material);
        if (r == 0 && request->key.len > 0) {
            field = "key";
            r = import_file_read(edge_message_bytes(&request->key), &passphrase, material);
        }
        if (r == 0)
            r = import_material_sort(material);
    } else {
        import_material_refuse(material, "at most %d bytes, none of them NUL", PASSPHRASE_MAX_BYTES);
    }
    passphrase_wipe(&passphrase);
    return r < 0 ? bad(ret_reason, field, material->reason) : 0;
}

int import_read(const Bulkhead__V1__ImportCertificateRequest *request, store_import_message *ret_message,
                char *ret_reason)
{
    struct import_material material = {.n = 0};
    store_import_message message;
    int r = read_files(request, &material, ret_reason);

    bulkhead__internal__v1__pki_store_import_request__init(&message);
    if (r == 0)
        r = add_certificates(&material, &message, ret_reason);
    if (r == 0)
        r = add_key(&material, &message, ret_reason);
    import_material_done(&material);
    message.name = request->name;
    message.crl_urls = request->crl_urls;
    message.n_crl_urls = request->n_crl_urls;
    message.ocsp_urls = request->ocsp_urls;
    message.n_ocsp_urls = request->n_ocsp_urls;
    if (r == 0 && protobuf_c_message_get_packed_size(&message.base) > MESSAGE_MAX_BYTES)
        r = bad(ret_reason, "data", "the certificates together are too large; import them in parts");
    if (r == -ENOMEM)
        snprintf(ret_reason, VERIFIER_REASON_MAX, "out of memory");
    if (r == 0)
        *ret_message = message;
    else
        import_done(&message);
    return r;
}

void import_done(store_import_message *message)
{
    for (size_t i = 0; i < message->n_certificates; i++)
        certificate_facts_free(message->certificates[i]);
    free(message->certificates);
    private_key_free(message->key);
    message->certificates = NULL;
    message->n_certificates = 0;
    message->key = NULL;
}
