#include "pki-d/issue.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "pki-d/authority.h"
#include "pki-d/certificate.h"
#include "pki-d/key.h"
#include "pki-d/record.h"
#include "pki-d/store_audit.h"
#include "pki-d/store_key.h"
#include "pki-d/store_revocation.h"

#define KEY(name)     BULKHEAD__V1__KEY_TYPE__KEY_TYPE_##name
#define PURPOSE(name) BULKHEAD__V1__CERTIFICATE_PURPOSE__CERTIFICATE_PURPOSE_##name
#define SOURCE(name)  BULKHEAD__V1__CERTIFICATE_SOURCE__CERTIFICATE_SOURCE_##name

// A certificate in the making.
struct draft {
    const struct issue_order *order;
    struct content content;
    struct issuer issuer; // key NULL: signed by itself
    struct store_urls issue_crl_urls, issue_ocsp_urls;
    EVP_PKEY *public_key; // lent
    X509 *x509;
    struct stored_certificate *record;
};

static void draft_done(struct draft *draft)
{
    content_done(&draft->content);
    issuer_close(&draft->issuer);
    X509_free(draft->x509);
    store_certificate_free(draft->record);
}

void issue_result_done(struct issue_result *result)
{
    store_certificate_free(result->certificate);
    lint_message_list_done(&result->findings);
}

static int read_purpose(struct operation *op, const struct issue_order *order)
{
    if (order->authority || (order->purpose >= PURPOSE(TLS_SERVER) && order->purpose <= PURPOSE(SITE)))
        return 0;
    return operation_refuse(op, REFUSED(INVALID_ARGUMENT),
                            "purpose: required: CERTIFICATE_PURPOSE_TLS_SERVER, _TLS_CLIENT or _SITE");
}

static int read_authority(struct operation *op, struct draft *draft)
{
    const Bulkhead__V1__CreateAuthorityRequest *request = draft->order->authority;
    int wish = CONTENT_NO_PATH_LENGTH;
    int r;

    if (request->path_length_presence_case ==
        BULKHEAD__V1__CREATE_AUTHORITY_REQUEST__PATH_LENGTH_PRESENCE_PATH_LENGTH) {
        if (request->path_length > STORE_CHAIN_MAX)
            return operation_refuse(op, REFUSED(INVALID_ARGUMENT), "path_length: %u: at most %d", request->path_length,
                                    STORE_CHAIN_MAX);
        wish = (int)request->path_length;
    }
    r = authority_choose_path_length(op, draft->issuer.key ? &draft->issuer : NULL, wish, &draft->content.path_length);
    if (r == 0)
        r = content_read_urls(op, request->issue_crl_urls, request->n_issue_crl_urls, "issue_crl_urls",
                              &draft->issue_crl_urls);
    if (r == 0)
        r = content_read_urls(op, request->issue_ocsp_urls, request->n_issue_ocsp_urls, "issue_ocsp_urls",
                              &draft->issue_ocsp_urls);
    return r;
}

static int open_issuer(struct operation *op, struct draft *draft)
{
    const char *name = draft->order->issuer;
    int r;

    if (!*name && draft->order->authority)
        return 0;
    if (!*name)
        return operation_refuse(op, REFUSED(INVALID_ARGUMENT), "issuer: required: the name of an authority");
    r = issuer_open(op, name, "issuer", &draft->issuer);
    return r < 0 ? r : issuer_check(op, &draft->issuer, "issuer");
}

// To be done with also on failure.
static int draft_read(struct operation *op, const struct issue_order *order, struct draft *draft)
{
    const Bulkhead__Internal__V1__CertificateFacts *facts = order->facts;
    struct content_request request = {.template = order->template, .purpose = order->purpose};
    int r;

    *draft = (struct draft){.order = order};
    if (!order->template)
        return operation_refuse(op, REFUSED(INVALID_ARGUMENT), "template: required");
    r = read_purpose(op, order);
    if (r == 0)
        r = open_issuer(op, draft);
    if (r < 0)
        return r;
    request.issuer = draft->issuer.key ? &draft->issuer : NULL;
    if (facts) {
        request.subject = facts->subject_fields;
        request.alt_names = facts->alt_names;
        request.alt_names_n = facts->n_alt_names;
    }
    r = content_read(op, &request, &draft->content);
    return r < 0 || !order->authority ? r : read_authority(op, draft);
}

// The default: what every client takes; between gateways what is fast.
static Bulkhead__V1__KeyType choose_key_type(const struct issue_order *order)
{
    if (order->template->key_type != KEY(UNSPECIFIED))
        return order->template->key_type;
    return order->purpose == PURPOSE(SITE) ? KEY(EC_P256) : KEY(RSA_2048);
}

int issue_check(struct operation *op, const struct issue_order *order, Bulkhead__V1__KeyType *ret_type)
{
    struct draft draft;
    int r = draft_read(op, order, &draft);

    draft_done(&draft);
    if (r < 0)
        return r;
    if (order->facts && order->template->key_type != KEY(UNSPECIFIED))
        return operation_refuse(op, REFUSED(INVALID_ARGUMENT),
                                "template.key_type: the request brings its key; leave this out");
    *ret_type = choose_key_type(order);
    if (!order->facts && *ret_type > KEY(ED25519))
        return operation_refuse(op, REFUSED(INVALID_ARGUMENT), "template.key_type: %d: unknown", (int)*ret_type);
    return 0;
}

// Signed by its issuer, or by itself.
static int make(struct draft *draft, EVP_PKEY *key)
{
    const struct issuer *issuer = draft->issuer.key ? &draft->issuer : NULL;
    uint8_t serial[CERTIFICATE_SERIAL_BYTES], identifier[EVP_MAX_MD_SIZE];
    struct certificate_order order = {.content = &draft->content,
                                      .public_key = draft->public_key,
                                      .issuer = issuer ? issuer->subject : draft->content.subject,
                                      .issuer_key = issuer ? issuer->key : key};
    int serial_n = certificate_draw_serial(serial);
    int n = issuer ? 0 : key_hash_bits(key, EVP_sha1(), identifier);

    if (serial_n < 0 || n < 0)
        return -EIO;
    order.issuer_key_identifier = issuer ? issuer->certificate->key_identifier : bytes_of(identifier, (size_t)n);
    draft->x509 = certificate_make(&order, bytes_of(serial, (size_t)serial_n));
    return draft->x509 ? record_of_content(draft->x509, &draft->content, &draft->record) : -EIO;
}

static enum lint_purpose lint_purpose_of(const struct issue_order *order)
{
    return lint_message_purpose(order->authority ? PURPOSE(CA) : order->purpose);
}

static int lint(struct operation *op, const struct draft *draft, struct lint_message_list *ret_findings)
{
    const Bulkhead__V1__CertificateTemplate *template = draft->order->template;
    const struct issue_lint ask = {.info = draft->record->info,
                                   .common_name = draft->content.common_name,
                                   .x509 = draft->x509,
                                   .key_type = key_type(draft->public_key),
                                   .purpose = lint_purpose_of(draft->order),
                                   .clients = template->for_clients,
                                   .clients_n = template->n_for_clients,
                                   .dialled = template->dialled,
                                   .dialled_n = template->n_dialled,
                                   .path = "template.for_clients"};
    int r = issue_lint(op, &ask, ret_findings);

    if (r < 0 || !ret_findings->has_error || template->n_for_clients == 0 || template->force)
        return r;
    for (size_t i = 0; i < ret_findings->n; i++)
        if (ret_findings->findings[i]->severity == BULKHEAD__V1__LINT_FINDING__SEVERITY__SEVERITY_ERROR)
            operation_refuse(op, REFUSED(FAILED_PRECONDITION), "%s (%s); set force to issue it all the same",
                             ret_findings->findings[i]->message, ret_findings->findings[i]->rule);
    lint_message_list_done(ret_findings);
    return -EINVAL;
}

static const char *verb_of(const struct issue_order *order)
{
    return order->authority ? "create-authority" : order->facts ? "sign-request" : "issue";
}

static int audit(struct operation *op, const struct draft *draft)
{
    const Bulkhead__V1__Certificate *info = draft->record->info;
    char detail[256];

    snprintf(detail, sizeof(detail), "serial %s, issuer %.64s, %s, \"%.*s\"", info->serial,
             draft->issuer.key ? draft->issuer.authority.name : info->name, info->key_type,
             store_audit_cut(info->subject, 100), info->subject);
    return operation_audit(op, verb_of(draft->order), info->name, detail);
}

// Within the transaction: authority, key, certificate, its serial, the first CRL, the audit record.
static int store(struct operation *op, struct draft *draft, EVP_PKEY *key)
{
    const struct authority_order authority = {
        .certificate = draft->record, .crl_urls = &draft->issue_crl_urls, .ocsp_urls = &draft->issue_ocsp_urls};
    struct stored_certificate *record = draft->record;
    int64_t id, self = 0;
    int r = 0;

    record->info->source = draft->order->facts ? SOURCE(REQUEST) : SOURCE(ISSUED);
    if (draft->order->authority)
        r = authority_add(op, &authority, &self);
    record->authority = draft->issuer.key ? draft->issuer.authority.id : self;
    if (r == 0 && key)
        r = store_key_add(op->store, bytes_of_str(record->info->name), key, &record->key);
    if (r == 0)
        r = store_certificate_add(op->store, record, &id);
    if (r == 0)
        r = store_revocation_add_issued(op->store, record->authority, record->serial, draft->content.not_after);
    if (r == 0 && draft->order->authority)
        r = authority_begin_crl(op, record->info->name);
    return r < 0 ? r : audit(op, draft);
}

static int commit(struct operation *op, struct draft *draft, EVP_PKEY *key, struct issue_result *result)
{
    int r = store_begin(op->store);

    if (r < 0)
        return r;
    r = store_end(op->store, store(op, draft, key));
    if (r == -EEXIST) // another one came first while the key was made
        return operation_refuse(op, REFUSED(ALREADY_EXISTS), "template.name: \"%s\" is there already",
                                draft->content.name);
    return r < 0 ? r
                 : store_certificate_find(op->store, bytes_of_str(draft->content.name), op->now, &result->certificate);
}

int issue_run(struct operation *op, const struct issue_order *order, EVP_PKEY *key, struct issue_result *ret_result)
{
    struct issue_result result = {.certificate = NULL};
    EVP_PKEY *outside = NULL;
    struct draft draft;
    int r = draft_read(op, order, &draft);

    if (r == 0 && order->facts) {
        outside = order->facts->key ? key_from_public(order->facts->key) : NULL;
        if (!outside || key_type(outside) == KEY(UNSPECIFIED))
            r = operation_refuse(
                op, REFUSED(INVALID_ARGUMENT),
                "request: its key must be RSA 2048, 3072 or 4096, ECDSA P-256, P-384 or P-521, or Ed25519");
    }
    draft.public_key = outside ? outside : key;
    if (r == 0)
        r = make(&draft, key);
    if (r == 0)
        r = lint(op, &draft, &result.findings);
    if (r == 0)
        r = commit(op, &draft, key, &result);
    if (r == 0)
        *ret_result = result;
    else
        issue_result_done(&result);
    draft_done(&draft);
    EVP_PKEY_free(outside);
    return r;
}
