#include "pki-d/verifier/crl.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "pki-d/verifier/certificate.h"
#include "pki-d/verifier/pem.h"
#include "pki-d/verifier/verifier_limits.h"

static X509_CRL *decode(struct bytes data)
{
    const uint8_t *p = data.p;
    X509_CRL *crl;
    BIO *bio;

    if (data.n == 0 || data.n > VERIFIER_DOCUMENT_MAX_BYTES)
        return NULL;
    if (data.n > 10 && memcmp(p, "-----BEGIN", 10) == 0) {
        bio = BIO_new_mem_buf(data.p, (int)data.n);
        crl = bio ? PEM_read_bio_X509_CRL(bio, NULL, pem_refuse_passphrase, NULL) : NULL;
        BIO_free(bio);
        return crl;
    }
    crl = d2i_X509_CRL(NULL, &p, (long)data.n);
    if (crl && p != data.p + data.n) {
        X509_CRL_free(crl);
        return NULL;
    }
    return crl;
}

// RFC 5280 5.2: a list with a critical extension that is not understood says nothing. The issuing distribution point
// (5.2.5) is, a delta list's base (5.2.4) is not.
static bool has_unknown_critical(const X509_CRL *crl)
{
    for (int i = 0; i < X509_CRL_get_ext_count(crl); i++) {
        X509_EXTENSION *extension = X509_CRL_get_ext(crl, i);
        int nid = OBJ_obj2nid(X509_EXTENSION_get_object(extension));

        if (nid == NID_delta_crl || (X509_EXTENSION_get_critical(extension) && nid != NID_issuing_distribution_point))
            return true;
    }
    return false;
}

// RFC 5280 5.3: nor does a list with an entry of that kind say anything, of whatever certificate: such an extension may
// change what the others mean (5.3.3 gives all that follow to another issuer).
static bool has_unknown_critical_entry(X509_CRL *crl)
{
    STACK_OF(X509_REVOKED) *entries = X509_CRL_get_REVOKED(crl);

    for (int i = 0; i < sk_X509_REVOKED_num(entries); i++) {
        const X509_REVOKED *entry = sk_X509_REVOKED_value(entries, i);

        for (int at = -1; (at = X509_REVOKED_get_ext_by_critical(entry, 1, at)) >= 0;)
            if (OBJ_obj2nid(X509_EXTENSION_get_object(X509_REVOKED_get_ext(entry, at))) != NID_crl_reason)
                return true;
    }
    return false;
}

static bool check(X509_CRL *crl, X509 *issuer, struct revocation_status *ret_status)
{
    EVP_PKEY *key = X509_get0_pubkey(issuer);
    const X509_ALGOR *algorithm;

    if (X509_NAME_cmp(X509_CRL_get_issuer(crl), X509_get_subject_name(issuer)) != 0)
        return revocation_status_unknown(ret_status, "the CRL is of another issuer");
    if (!(X509_get_key_usage(issuer) & X509v3_KU_CRL_SIGN))
        return revocation_status_unknown(ret_status, "the CRL's issuer may not sign CRLs (keyUsage cRLSign)");
    X509_CRL_get0_signature(crl, NULL, &algorithm);
    if (revocation_status_is_weak(algorithm))
        return revocation_status_unknown(ret_status, "the CRL is signed with a hash that is too weak");
    if (!key || X509_CRL_verify(crl, key) != 1)
        return revocation_status_unknown(ret_status, "the CRL's signature is wrong");
    if (has_unknown_critical(crl) || has_unknown_critical_entry(crl))
        return revocation_status_unknown(ret_status, "the CRL is a delta list, or has an unknown critical extension");
    return true;
}

bool crl_read(struct bytes data, X509 *issuer, X509_CRL **ret_crl, struct revocation_status *ret_status)
{
    X509_CRL *crl = decode(data);
    bool ok;

    if (crl)
        ok = check(crl, issuer, ret_status);
    else
        ok = revocation_status_unknown(ret_status, "it is no CRL, neither DER nor PEM");
    ERR_clear_error();
    if (ok)
        *ret_crl = crl;
    else
        X509_CRL_free(crl);
    return ok;
}

bool crl_times(const X509_CRL *crl, int64_t *ret_this, int64_t *ret_next)
{
    const ASN1_TIME *next = X509_CRL_get0_nextUpdate(crl);

    return next && certificate_time(X509_CRL_get0_lastUpdate(crl), ret_this) == 0 &&
           certificate_time(next, ret_next) == 0;
}

bool crl_is_current(const X509_CRL *crl, int64_t now, struct revocation_status *ret_status)
{
    int64_t from, until;

    if (!crl_times(crl, &from, &until)) // RFC 5280 5.1.2.5: nextUpdate must be there
        return revocation_status_unknown(ret_status, "the CRL does not say until when it holds");
    if (from > now + VERIFIER_CLOCK_SKEW_S)
        return revocation_status_unknown(ret_status, "the CRL is from the future");
    if (until < now - VERIFIER_CLOCK_SKEW_S)
        return revocation_status_unknown(ret_status, "the CRL is out of date since %lld minutes",
                                         (long long)(now - until) / 60);
    return true;
}

static bool names_meet(const GENERAL_NAMES *a, const GENERAL_NAMES *b)
{
    for (int i = 0; i < sk_GENERAL_NAME_num(a); i++)
        for (int j = 0; j < sk_GENERAL_NAME_num(b); j++)
            if (GENERAL_NAME_cmp(sk_GENERAL_NAME_value(a, i), sk_GENERAL_NAME_value(b, j)) == 0)
                return true;
    return false;
}

// RFC 5280 6.3.3 (b)(2)(i): a list for one distribution point holds nothing of the others.
static bool is_point_of(const DIST_POINT_NAME *point, X509 *certificate)
{
    CRL_DIST_POINTS *points = X509_get_ext_d2i(certificate, NID_crl_distribution_points, NULL, NULL);
    bool found = false;

    for (int i = 0; point->type == 0 && i < sk_DIST_POINT_num(points) && !found; i++) {
        const DIST_POINT_NAME *own = sk_DIST_POINT_value(points, i)->distpoint;

        found = own && own->type == 0 && names_meet(point->name.fullname, own->name.fullname);
    }
    CRL_DIST_POINTS_free(points);
    return found;
}

static bool covers(const ISSUING_DIST_POINT *point, X509 *certificate)
{
    bool is_authority = X509_check_ca(certificate) > 0;

    if (point->indirectCRL > 0 || point->onlyattr > 0 || point->onlysomereasons)
        return false;
    if ((point->onlyuser > 0 && is_authority) || (point->onlyCA > 0 && !is_authority))
        return false;
    return !point->distpoint || is_point_of(point->distpoint, certificate);
}

bool crl_is_whole(const X509_CRL *crl, struct revocation_status *ret_status)
{
    int state = -1;
    ISSUING_DIST_POINT *point = X509_CRL_get_ext_d2i(crl, NID_issuing_distribution_point, &state, NULL);
    bool ok = point ? !point->distpoint && !point->onlysomereasons && point->indirectCRL <= 0 && point->onlyattr <= 0 &&
                          point->onlyuser <= 0 && point->onlyCA <= 0
                    : state == -1;

    ISSUING_DIST_POINT_free(point);
    return ok ||
           revocation_status_unknown(
               ret_status, "the CRL is for some of the authority's certificates alone (issuingDistributionPoint)");
}

static bool check_scope(const X509_CRL *crl, X509 *certificate, struct revocation_status *ret_status)
{
    int state = -1;
    ISSUING_DIST_POINT *point = X509_CRL_get_ext_d2i(crl, NID_issuing_distribution_point, &state, NULL);
    bool ok = point ? covers(point, certificate) : state == -1;

    ISSUING_DIST_POINT_free(point);
    return ok || revocation_status_unknown(ret_status, "the CRL is for other certificates (issuingDistributionPoint)");
}

int crl_entry_reason(const X509_REVOKED *entry)
{
    ASN1_ENUMERATED *reason = X509_REVOKED_get_ext_d2i(entry, NID_crl_reason, NULL, NULL);
    long value = reason ? ASN1_ENUMERATED_get(reason) : 0;

    ASN1_ENUMERATED_free(reason);
    return value > 0 && value <= 10 ? (int)value : 0;
}

static void look_up(X509_CRL *crl, X509 *certificate, struct revocation_status *ret_status)
{
    X509_REVOKED *entry;
    int found = X509_CRL_get0_by_serial(crl, &entry, X509_get0_serialNumber(certificate));

    *ret_status = (struct revocation_status){.state = REVOCATION_GOOD};
    if (found != 1) // 2: removeFromCRL, of delta lists
        return;
    ret_status->state = REVOCATION_REVOKED;
    ret_status->reason = crl_entry_reason(entry);
    if (certificate_time(X509_REVOKED_get0_revocationDate(entry), &ret_status->revoked_at) < 0)
        ret_status->revoked_at = 0;
}

bool crl_check(struct bytes data, const struct revocation_subject *subject, struct revocation_status *ret_status)
{
    X509_CRL *crl;
    bool ok;

    if (!crl_read(data, subject->issuer, &crl, ret_status))
        return false;
    ok = crl_is_current(crl, subject->now, ret_status) && check_scope(crl, subject->certificate, ret_status);
    if (ok)
        look_up(crl, subject->certificate, ret_status);
    X509_CRL_free(crl);
    ERR_clear_error();
    return ok;
}
