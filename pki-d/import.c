#include "pki-d/import.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/ipc/edge_message.h"
#include "pki-d/authority.h"
#include "pki-d/content.h"
#include "pki-d/key.h"
#include "pki-d/record.h"
#include "pki-d/record_text.h"
#include "pki-d/store_audit.h"
#include "pki-d/store_key.h"
#include "pki-d/store_revocation.h"

typedef Bulkhead__Internal__V1__PkiStoreImportRequest request_message;
typedef Bulkhead__Internal__V1__CertificateFacts facts_message;

struct import {
    const request_message *request;
    struct store_urls crl_urls, ocsp_urls;
    EVP_PKEY *key; // NULL: none came along
    char names[IMPORT_CERTIFICATES_MAX][PKI_NAME_MAX_BYTES + 1];
    bool is_new[IMPORT_CERTIFICATES_MAX];
    unsigned suffix;
};

static int check(struct operation *op, const request_message *request, struct import *import)
{
    int r;

    if (request->n_certificates == 0 || request->n_certificates > IMPORT_CERTIFICATES_MAX)
        return operation_refuse(op, REFUSED(INVALID_ARGUMENT), "data: %zu certificates: 1-16", request->n_certificates);
    for (size_t i = 0; i < request->n_certificates; i++)
        if (request->certificates[i]->der.len == 0 || request->certificates[i]->serial.len > STORE_SERIAL_MAX_BYTES)
            return operation_refuse(op, REFUSED(INVALID_ARGUMENT), "data: certificate %zu has no serial of 1-20 bytes",
                                    i + 1);
    if (!store_name_is_valid(bytes_of_str(request->name)))
        return operation_refuse(op, REFUSED(INVALID_ARGUMENT), "name: \"%.80s\": 1-64 letters, digits, '-', '_' or '.'",
                                request->name);
    r = content_read_urls(op, request->crl_urls, request->n_crl_urls, "crl_urls", &import->crl_urls);
    return r < 0 ? r : content_read_urls(op, request->ocsp_urls, request->n_ocsp_urls, "ocsp_urls", &import->ocsp_urls);
}

static int read_key(struct operation *op, struct import *import)
{
    const facts_message *facts = import->request->certificates[0];
    EVP_PKEY *public_key;
    bool fits;

    if (!import->request->key)
        return 0;
    import->key = key_from_private(import->request->key);
    if (!import->key || key_type(import->key) == BULKHEAD__V1__KEY_TYPE__KEY_TYPE_UNSPECIFIED)
        return operation_refuse(
            op, REFUSED(INVALID_ARGUMENT),
            "key: must be whole, and RSA 2048, 3072 or 4096, ECDSA P-256, P-384 or P-521, or Ed25519");
    public_key = facts->key ? key_from_public(facts->key) : NULL;
    fits = public_key && EVP_PKEY_eq(public_key, import->key) == 1;
    EVP_PKEY_free(public_key);
    return fits ? 0
                : operation_refuse(op, REFUSED(INVALID_ARGUMENT), "key: is not that of the certificate \"%.150s\"",
                                   facts->subject);
}

static int sha256_of(const facts_message *facts, uint8_t ret_digest[STORE_SHA256_BYTES])
{
    return EVP_Digest(facts->der.data, facts->der.len, ret_digest, NULL, EVP_sha256(), NULL) == 1 ? 0 : -EIO;
}

// NAME for the first, NAME-ca, NAME-ca2 ... for the others, passing over those that are taken.
static int draw_name(struct operation *op, struct import *import, size_t i)
{
    const char *name = import->request->name;
    char text[2 * PKI_NAME_MAX_BYTES];
    int r;

    do {
        if (i == 0)
            snprintf(text, sizeof(text), "%s", name);
        else if (import->suffix++ == 0)
            snprintf(text, sizeof(text), "%s-ca", name);
        else
            snprintf(text, sizeof(text), "%s-ca%u", name, import->suffix);
        if (strlen(text) > PKI_NAME_MAX_BYTES)
            return operation_refuse(op, REFUSED(INVALID_ARGUMENT),
                                    "name: \"%s\": too long, its chain is named %s-ca ...", name, name);
        r = store_certificate_exists(op->store, bytes_of_str(text));
    } while (r == 1 && i > 0);
    if (r == 1)
        return operation_refuse(op, REFUSED(ALREADY_EXISTS), "name: \"%s\" is there already", name);
    memcpy(import->names[i], text, strlen(text) + 1);
    return r;
}

// One that is stored keeps its name.
static int choose_name(struct operation *op, struct import *import, size_t i)
{
    uint8_t digest[STORE_SHA256_BYTES];
    int r = sha256_of(import->request->certificates[i], digest);

    if (r == 0)
        r = store_certificate_find_sha256(op->store, bytes_of(digest, sizeof(digest)), import->names[i]);
    import->is_new[i] = r == -ENOENT;
    if (r == -ENOENT)
        return draw_name(op, import, i);
    if (r == 0 && i == 0)
        return operation_refuse(op, REFUSED(ALREADY_EXISTS), "data: that certificate is stored already, as \"%s\"",
                                import->names[i]);
    return r;
}

// An authority here whose name and key identifier the certificate names as its issuer's; itself, if it is one.
struct issuer_search {
    struct operation *op;
    const facts_message *facts;
    int64_t found;
};

static int on_authority(void *arg, const struct stored_authority *authority)
{
    struct issuer_search *search = arg;
    struct bytes key_id = edge_message_bytes(&search->facts->authority_key_id);
    struct stored_certificate *certificate;
    int r = store_certificate_find(search->op->store, bytes_of_str(authority->name), search->op->now, &certificate);

    if (r < 0)
        return r == -ENOENT ? 0 : r;
    if (bytes_equal(certificate->subject_der, edge_message_bytes(&search->facts->issuer_der)) &&
        (key_id.n == 0 || bytes_equal(certificate->key_identifier, key_id)))
        search->found = authority->id;
    store_certificate_free(certificate);
    return search->found ? 1 : 0;
}

static int find_issuer(struct operation *op, const facts_message *facts, int64_t *ret_authority)
{
    struct issuer_search search = {.op = op, .facts = facts};
    int r = store_authority_each(op->store, on_authority, &search);

    *ret_authority = search.found;
    return r < 0 ? r : 0;
}

static int audit(struct operation *op, const struct stored_certificate *record)
{
    char detail[256];

    snprintf(detail, sizeof(detail), "serial %s, \"%.*s\"%s", record->info->serial,
             store_audit_cut(record->info->subject, 140), record->info->subject, record->key ? ", with its key" : "");
    return operation_audit(op, "import", record->info->name, detail);
}

// Where the status of what it issued can be asked, in place of what its own certificate says about itself.
static int put_urls(const struct import *import, struct stored_certificate *record)
{
    Bulkhead__V1__Certificate *info = record->info;
    int r;

    record_text_clear(&info->crl_urls, &info->n_crl_urls);
    record_text_clear(&info->ocsp_urls, &info->n_ocsp_urls);
    r = record_text_lines(&info->crl_urls, &info->n_crl_urls, import->crl_urls.text);
    return r < 0 ? r : record_text_lines(&info->ocsp_urls, &info->n_ocsp_urls, import->ocsp_urls.text);
}

// Of a root. It is known already when it was here before, and was deleted.
static int add_own_serial(struct operation *op, const struct stored_certificate *record, int64_t not_after)
{
    int r = store_revocation_add_issued(op->store, record->authority, record->serial, not_after);

    return r == -EEXIST ? 0 : r;
}

static int store_record(struct operation *op, const struct import *import, size_t i, struct stored_certificate *record)
{
    const facts_message *facts = import->request->certificates[i];
    const struct authority_order authority = {
        .certificate = record, .crl_urls = &import->crl_urls, .ocsp_urls = &import->ocsp_urls};
    int64_t id, self = 0;
    int r = 0;

    if (facts->is_authority)
        r = put_urls(import, record);
    if (r == 0 && facts->is_authority)
        r = authority_add(op, &authority, &self);
    if (r == 0 && i == 0 && import->key)
        r = store_key_add(op->store, bytes_of_str(record->info->name), import->key, &record->key);
    if (r == 0 && facts->is_self_signed)
        record->authority = self;
    else if (r == 0)
        r = find_issuer(op, facts, &record->authority);
    if (r == 0)
        r = store_certificate_add(op->store, record, &id);
    if (r == 0 && facts->is_self_signed && self)
        r = add_own_serial(op, record, facts->not_after);
    if (r == 0 && facts->is_authority && record->key)
        r = authority_begin_crl(op, record->info->name);
    return r < 0 ? r : audit(op, record);
}

static int store_one(struct operation *op, const struct import *import, size_t i)
{
    struct stored_certificate *record;
    int r = record_of_facts(import->request->certificates[i], import->names[i], &record);

    if (r == -EBADMSG)
        return operation_refuse(op, REFUSED(INVALID_ARGUMENT),
                                "data: the key of \"%.150s\" is of no kind that is known",
                                import->request->certificates[i]->subject);
    if (r < 0)
        return r;
    r = store_record(op, import, i, record);
    store_certificate_free(record);
    return r;
}

// From the root's end, so that issuers are there before what they issued.
static int store_all(struct operation *op, struct import *import)
{
    int r = 0;

    for (size_t i = 0; i < import->request->n_certificates && r == 0; i++)
        r = choose_name(op, import, i);
    for (size_t i = import->request->n_certificates; i-- > 0 && r == 0;)
        if (import->is_new[i])
            r = store_one(op, import, i);
    return r;
}

int import_run(struct operation *op, const request_message *request,
               struct stored_certificate *ret_certificates[IMPORT_CERTIFICATES_MAX], size_t *ret_n)
{
    struct import import = {.request = request};
    size_t n = 0;
    int r = check(op, request, &import);

    if (r == 0)
        r = read_key(op, &import);
    if (r == 0)
        r = store_begin(op->store);
    if (r == 0)
        r = store_end(op->store, store_all(op, &import));
    if (r == -EEXIST)
        r = operation_refuse(op, REFUSED(ALREADY_EXISTS),
                             "data: holds the same certificate twice, or one that is stored");
    EVP_PKEY_free(import.key);
    for (; r == 0 && n < request->n_certificates; n++)
        r = store_certificate_find(op->store, bytes_of_str(import.names[n]), op->now, &ret_certificates[n]);
    *ret_n = r == 0 ? n : 0;
    return r;
}

// ---- CRLs of authorities from outside

static int check_entries(struct operation *op, const Bulkhead__Internal__V1__PkiStoreCrlRequest *request)
{
    for (size_t i = 0; i < request->n_entries; i++) {
        const Bulkhead__Internal__V1__RevokedEntry *entry = request->entries[i];

        if (entry->serial.len == 0 || entry->serial.len > STORE_SERIAL_MAX_BYTES ||
            !protobuf_c_enum_descriptor_get_value(&bulkhead__v1__revocation_reason__descriptor, (int)entry->reason))
            return operation_refuse(op, REFUSED(INVALID_ARGUMENT), "data: entry %zu: serial or reason out of bounds",
                                    i + 1);
    }
    return 0;
}

// With the key at hand, its own CRL goes on with what the imported one lists.
static int renew_crl(struct operation *op, const struct stored_authority *authority)
{
    return authority->has_key ? authority_begin_crl(op, authority->name) : 0;
}

static int put_crl(struct operation *op, const Bulkhead__Internal__V1__PkiStoreCrlRequest *request, int64_t authority)
{
    char detail[64];
    int r = store_revocation_begin_foreign(op->store, authority, request->next_update);

    for (size_t i = 0; i < request->n_entries && r == 0; i++) {
        struct store_revoked revoked = {.authority = authority,
                                        .serial = edge_message_bytes(&request->entries[i]->serial),
                                        .at = request->entries[i]->time,
                                        .reason = (uint32_t)request->entries[i]->reason};
        while (revoked.serial.n > 1 && revoked.serial.p[0] == 0)
            revoked.serial = bytes_of(revoked.serial.p + 1, revoked.serial.n - 1);
        r = store_revocation_add_foreign(op->store, &revoked);
        if (r == 0)
            r = store_certificate_mark(op->store, &revoked);
    }
    snprintf(detail, sizeof(detail), "imported, %zu revoked", request->n_entries);
    return r < 0 ? r : operation_audit(op, "crl", request->authority, detail);
}

int import_crl(struct operation *op, const Bulkhead__Internal__V1__PkiStoreCrlRequest *request)
{
    struct stored_certificate *certificate = NULL;
    struct stored_authority authority;
    int r = store_authority_find(op->store, bytes_of_str(request->authority), &authority);

    if (r == 0)
        r = store_certificate_find(op->store, bytes_of_str(request->authority), op->now, &certificate);
    if (r == -ENOENT)
        return operation_refuse(op, REFUSED(NOT_FOUND), "authority: \"%.80s\": no authority of that name",
                                request->authority);
    if (r == 0 && !bytes_equal(certificate->sha256, edge_message_bytes(&request->authority_sha256)))
        r = operation_refuse(op, REFUSED(FAILED_PRECONDITION),
                             "authority: \"%s\" has changed meanwhile; import it again", request->authority);
    if (r == 0)
        r = check_entries(op, request);
    if (r == 0 && request->next_update <= op->now)
        r = operation_refuse(op, REFUSED(INVALID_ARGUMENT), "data: the CRL is out of date; fetch the newest");
    if (r == 0)
        r = store_begin(op->store);
    if (r == 0) {
        r = put_crl(op, request, authority.id);
        r = store_end(op->store, r == 0 ? renew_crl(op, &authority) : r);
    }
    store_certificate_free(certificate);
    return r;
}
