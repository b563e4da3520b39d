#include "pki-d/crl.h"

#include <errno.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/log.h"
#include "pki-d/key.h"
#include "pki-d/store_revocation.h"

struct list {
    X509_CRL *crl;
    uint32_t n;
};

static bool set_reason(X509_REVOKED *entry, uint32_t reason)
{
    ASN1_ENUMERATED *value;
    bool good;

    if (reason == 0) // RFC 5280 5.3.1: unspecified should be left out
        return true;
    value = ASN1_ENUMERATED_new();
    good = value && ASN1_ENUMERATED_set(value, (long)reason) == 1 &&
           X509_REVOKED_add1_ext_i2d(entry, NID_crl_reason, value, 0, X509V3_ADD_DEFAULT) == 1;
    ASN1_ENUMERATED_free(value);
    return good;
}

static bool set_entry(X509_REVOKED *entry, const struct store_revoked *revoked)
{
    BIGNUM *number = BN_bin2bn(revoked->serial.p, (int)revoked->serial.n, NULL);
    ASN1_INTEGER *serial = number ? BN_to_ASN1_INTEGER(number, NULL) : NULL;
    ASN1_TIME *time = ASN1_TIME_set(NULL, (time_t)revoked->at);
    bool good = serial && time && X509_REVOKED_set_serialNumber(entry, serial) == 1 &&
                X509_REVOKED_set_revocationDate(entry, time) == 1 && set_reason(entry, revoked->reason);

    BN_free(number);
    ASN1_INTEGER_free(serial);
    ASN1_TIME_free(time);
    return good;
}

static int on_revoked(void *arg, const struct store_revoked *revoked)
{
    X509_REVOKED *entry = X509_REVOKED_new();
    struct list *list = arg;

    if (entry && set_entry(entry, revoked) && X509_CRL_add0_revoked(list->crl, entry) == 1) {
        list->n++;
        return 0;
    }
    X509_REVOKED_free(entry);
    return -EIO;
}

static bool add_number(X509_CRL *crl, uint64_t number)
{
    ASN1_INTEGER *value = ASN1_INTEGER_new();
    bool good = value && ASN1_INTEGER_set_uint64(value, number) == 1 &&
                X509_CRL_add1_ext_i2d(crl, NID_crl_number, value, 0, X509V3_ADD_DEFAULT) == 1;

    ASN1_INTEGER_free(value);
    return good;
}

static bool add_key_identifier(X509_CRL *crl, struct bytes identifier)
{
    AUTHORITY_KEYID *id;
    bool good;

    if (identifier.n == 0)
        return true;
    id = AUTHORITY_KEYID_new();
    good = id && (id->keyid = ASN1_OCTET_STRING_new()) &&
           ASN1_OCTET_STRING_set(id->keyid, identifier.p, (int)identifier.n) == 1 &&
           X509_CRL_add1_ext_i2d(crl, NID_authority_key_identifier, id, 0, X509V3_ADD_DEFAULT) == 1;
    AUTHORITY_KEYID_free(id);
    return good;
}

static bool set_head(X509_CRL *crl, const struct issuer *issuer, int64_t now)
{
    ASN1_TIME *this_update = ASN1_TIME_set(NULL, (time_t)now);
    ASN1_TIME *next_update = ASN1_TIME_set(NULL, (time_t)now + CRL_VALID_SECONDS);
    bool good = this_update && next_update && X509_CRL_set_version(crl, X509_CRL_VERSION_2) == 1 &&
                X509_CRL_set_issuer_name(crl, issuer->subject) == 1 &&
                X509_CRL_set1_lastUpdate(crl, this_update) == 1 && X509_CRL_set1_nextUpdate(crl, next_update) == 1;

    ASN1_TIME_free(this_update);
    ASN1_TIME_free(next_update);
    return good;
}

// RFC 5280 3.3: a revoked certificate that expires is on one CRL more, at least.
static int fill(struct operation *op, const struct issuer *issuer, struct list *list)
{
    uint64_t number = issuer->authority.crl_number + 1;
    int r;

    if (!set_head(list->crl, issuer, op->now))
        return -EIO;
    r = store_revocation_each(op->store, issuer->authority.id, op->now - CRL_VALID_SECONDS, on_revoked, list);
    if (r < 0)
        return r;
    return add_key_identifier(list->crl, issuer->certificate->key_identifier) && add_number(list->crl, number) &&
                   X509_CRL_sort(list->crl) == 1 && X509_CRL_sign(list->crl, issuer->key, key_digest(issuer->key)) > 0
               ? 0
               : -EIO;
}

int crl_make(struct operation *op, const struct issuer *issuer)
{
    struct list list = {.crl = X509_CRL_new()};
    uint8_t *der = NULL;
    struct store_crl crl;
    int n, r;

    if (!list.crl)
        return -ENOMEM;
    r = fill(op, issuer, &list);
    n = r == 0 ? i2d_X509_CRL(list.crl, &der) : 0;
    if (n > 0) {
        crl = (struct store_crl){.number = issuer->authority.crl_number + 1,
                                 .next_update = op->now + CRL_VALID_SECONDS,
                                 .revoked = list.n,
                                 .der = bytes_of(der, (size_t)n)};
        r = store_crl_put(op->store, issuer->authority.id, &crl);
    } else if (r == 0) {
        r = -EIO;
    }
    OPENSSL_free(der);
    X509_CRL_free(list.crl);
    return r;
}

// ---- before they expire

struct due {
    int64_t before;
    char (*names)[PKI_NAME_MAX_BYTES + 1];
    size_t n;
};

static int on_authority(void *arg, const struct stored_authority *authority)
{
    struct due *due = arg;
    void *longer;

    if (!authority->has_key || authority->crl_next_update >= due->before)
        return 0;
    longer = reallocarray(due->names, due->n + 1, sizeof(*due->names));
    if (!longer)
        return -ENOMEM;
    due->names = longer;
    memcpy(due->names[due->n++], authority->name, sizeof(*due->names));
    return 0;
}

static int renew(struct operation *op, const char *name)
{
    struct issuer issuer;
    int r = issuer_open(op, name, "authority", &issuer);

    if (r < 0)
        return r;
    if (op->now < issuer.certificate->info->not_after->seconds) { // nobody looks at it later
        r = store_begin(op->store);
        if (r == 0) {
            r = crl_make(op, &issuer);
            if (r == 0)
                r = operation_audit(op, "crl", name, "made anew before it expires");
            r = store_end(op->store, r);
        }
    }
    issuer_close(&issuer);
    return r;
}

int crl_renew_all(struct operation *op)
{
    struct due due = {.before = op->now + CRL_RENEW_SECONDS};
    int result = store_authority_each(op->store, on_authority, &due), r;

    for (size_t i = 0; i < due.n; i++) {
        r = renew(op, due.names[i]);
        if (r < 0) {
            log_error("crl_not_renewed", LOG_STR("authority", due.names[i]), LOG_ERRNO(r));
            result = r;
        }
    }
    free(due.names);
    return result;
}
