#include "pki-d/renew.h"

#include <errno.h>
#include <openssl/x509v3.h>
#include <stdio.h>

#include "pki-d/certificate.h"
#include "pki-d/extension.h"
#include "pki-d/key.h"
#include "pki-d/record.h"
#include "pki-d/revoke.h"
#include "pki-d/store_key.h"
#include "pki-d/store_revocation.h"
#include "pki-d/validity.h"

#define KEY(name)    BULKHEAD__V1__KEY_TYPE__KEY_TYPE_##name
#define SOURCE(name) BULKHEAD__V1__CERTIFICATE_SOURCE__CERTIFICATE_SOURCE_##name
#define STATE(name)  BULKHEAD__V1__CERTIFICATE_STATE__CERTIFICATE_STATE_##name

struct renewal {
    const Bulkhead__V1__RenewCertificateRequest *request;
    struct stored_certificate *old, *record;
    struct issuer issuer;
    bool is_self_signed;
    EVP_PKEY *old_public_key;
    X509 *x509;
    int64_t not_after;
};

static void renewal_done(struct renewal *renewal)
{
    store_certificate_free(renewal->old);
    store_certificate_free(renewal->record);
    issuer_close(&renewal->issuer);
    EVP_PKEY_free(renewal->old_public_key);
    X509_free(renewal->x509);
}

static int check_old(struct operation *op, const struct renewal *renewal)
{
    const Bulkhead__V1__Certificate *info = renewal->old->info;

    if (info->source == SOURCE(IMPORTED))
        return operation_refuse(op, REFUSED(FAILED_PRECONDITION),
                                "name: \"%s\" was imported: renew it where it was issued, and import it again",
                                info->name);
    if (info->state == STATE(REVOKED) && !renewal->request->new_key)
        return operation_refuse(op, REFUSED(FAILED_PRECONDITION),
                                "name: \"%s\" is revoked: its key must not live on, so set new_key, or issue anew",
                                info->name);
    if (!renewal->request->new_key)
        return 0;
    if (info->is_authority)
        return operation_refuse(
            op, REFUSED(INVALID_ARGUMENT),
            "new_key: \"%s\" is an authority, whose key is what others trust: make another authority", info->name);
    if (!info->has_key)
        return operation_refuse(op, REFUSED(FAILED_PRECONDITION),
                                "new_key: the key of \"%s\" is elsewhere: sign another request from there", info->name);
    return 0;
}

static int find_old(struct operation *op, struct renewal *renewal)
{
    const char *name = renewal->request->name;
    int r = store_name_is_valid(bytes_of_str(name))
                ? store_certificate_find(op->store, bytes_of_str(name), op->now, &renewal->old)
                : -ENOENT;

    if (r == -ENOENT)
        return operation_refuse(op, REFUSED(NOT_FOUND), "name: \"%.80s\": no certificate of that name", name);
    if (r == 0)
        r = check_old(op, renewal);
    if (r == 0) {
        renewal->old_public_key = key_public_decode(renewal->old->public_key);
        r = renewal->old_public_key ? 0 : -EBADMSG;
    }
    return r;
}

// To be done with also on failure.
static int renewal_read(struct operation *op, const Bulkhead__V1__RenewCertificateRequest *request,
                        struct renewal *renewal)
{
    int r;

    *renewal = (struct renewal){.request = request};
    r = find_old(op, renewal);
    if (r < 0)
        return r;
    if (!*renewal->old->info->issuer)
        return operation_refuse(op, REFUSED(FAILED_PRECONDITION), "name: the authority that issued \"%s\" was deleted",
                                renewal->old->info->name);
    r = issuer_open(op, renewal->old->info->issuer, "issuer", &renewal->issuer);
    if (r < 0)
        return r;
    renewal->is_self_signed = bytes_equal(renewal->issuer.certificate->sha256, renewal->old->sha256);
    return renewal->is_self_signed ? 0 : issuer_check(op, &renewal->issuer, "issuer");
}

int renew_check(struct operation *op, const Bulkhead__V1__RenewCertificateRequest *request,
                Bulkhead__V1__KeyType *ret_type)
{
    struct renewal renewal;
    int r = renewal_read(op, request, &renewal);

    if (r == 0)
        *ret_type = request->new_key ? key_type(renewal.old_public_key) : KEY(UNSPECIFIED);
    renewal_done(&renewal);
    return r;
}

static uint32_t days_of(const Bulkhead__V1__Certificate *info)
{
    int64_t seconds = info->not_after->seconds - info->not_before->seconds;

    return seconds < VALIDITY_DAY_SECONDS ? 1 : (uint32_t)(seconds / VALIDITY_DAY_SECONDS);
}

// Its extensions stay, but for what the key and the issuer's key say.
static int make(struct operation *op, struct renewal *renewal, EVP_PKEY *key)
{
    const struct validity_request validity = {.days = renewal->request->days,
                                              .days_default = days_of(renewal->old->info),
                                              .path = "days",
                                              .issuer = renewal->is_self_signed ? NULL : &renewal->issuer};
    const unsigned char *p = renewal->old->der.p;
    uint8_t serial[CERTIFICATE_SERIAL_BYTES];
    int64_t not_before;
    int n, r;

    r = validity_choose(op, &validity, &not_before, &renewal->not_after);
    n = certificate_draw_serial(serial);
    if (r < 0 || n < 0)
        return r < 0 ? r : n;
    renewal->x509 = d2i_X509(NULL, &p, (long)renewal->old->der.n); // our own
    if (!renewal->x509 || !certificate_set_serial(renewal->x509, bytes_of(serial, (size_t)n)) ||
        !certificate_set_times(renewal->x509, not_before, renewal->not_after))
        return -EIO;
    if (key && (X509_set_pubkey(renewal->x509, key) != 1 || !extension_set_key_identifier(renewal->x509, key)))
        return -EIO;
    return certificate_sign(renewal->x509, renewal->issuer.key)
               ? record_of_renewal(renewal->x509, renewal->old, &renewal->record)
               : -EIO;
}

static int audit(struct operation *op, const struct renewal *renewal)
{
    char detail[160];

    snprintf(detail, sizeof(detail), "serial %s instead of %s, %s key%s", renewal->record->info->serial,
             renewal->old->info->serial, renewal->request->new_key ? "new" : "same",
             renewal->request->revoke_old ? ", old one revoked" : "");
    return operation_audit(op, "renew", renewal->old->info->name, detail);
}

static int store(struct operation *op, struct renewal *renewal, EVP_PKEY *key)
{
    struct stored_certificate *record = renewal->record;
    int64_t id;
    int r = store_certificate_retire(op->store, renewal->old->id);

    if (r == 0 && key)
        r = store_key_add(op->store, bytes_of_str(record->info->name), key, &record->key);
    if (r == 0)
        r = store_certificate_add(op->store, record, &id);
    if (r == 0)
        r = store_revocation_add_issued(op->store, record->authority, record->serial, renewal->not_after);
    if (r == 0 && renewal->request->revoke_old && renewal->old->info->state != STATE(REVOKED))
        r = revoke_put(op, renewal->old, BULKHEAD__V1__REVOCATION_REASON__REVOCATION_REASON_SUPERSEDED);
    return r < 0 ? r : audit(op, renewal);
}

// No client kinds were asked for: whatever the linter finds is told.
static int lint(struct operation *op, const struct renewal *renewal, struct issue_result *result)
{
    char common_name[128] = "";
    const struct issue_lint ask = {.info = renewal->record->info,
                                   .common_name = common_name,
                                   .x509 = renewal->x509,
                                   .key_type = key_type(X509_get0_pubkey(renewal->x509)),
                                   .path = "for_clients"};

    X509_NAME_get_text_by_NID(X509_get_subject_name(renewal->x509), NID_commonName, common_name, sizeof(common_name));
    return issue_lint(op, &ask, &result->findings);
}

static int commit(struct operation *op, struct renewal *renewal, EVP_PKEY *key, struct issue_result *result)
{
    int r = store_begin(op->store);

    if (r < 0)
        return r;
    r = store_end(op->store, store(op, renewal, key));
    return r < 0
               ? r
               : store_certificate_find(op->store, bytes_of_str(renewal->request->name), op->now, &result->certificate);
}

int renew_run(struct operation *op, const Bulkhead__V1__RenewCertificateRequest *request, EVP_PKEY *key,
              struct issue_result *ret_result)
{
    struct issue_result result = {.certificate = NULL};
    struct renewal renewal;
    int r = renewal_read(op, request, &renewal);

    if (r == 0)
        r = make(op, &renewal, key);
    if (r == 0)
        r = lint(op, &renewal, &result);
    if (r == 0)
        r = commit(op, &renewal, key, &result);
    if (r == 0)
        *ret_result = result;
    else
        issue_result_done(&result);
    renewal_done(&renewal);
    return r;
}
