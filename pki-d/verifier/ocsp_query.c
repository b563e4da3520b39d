#include "pki-d/verifier/ocsp_query.h"

#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <openssl/x509_vfy.h>
#include <time.h>

#include "pki-d/verifier/certificate.h"
#include "pki-d/verifier/verifier_limits.h"

// An answer without a next update is taken for so long.
#define UNTIMED_ANSWER_S 86400

struct bytes ocsp_query_encode(const struct revocation_subject *subject)
{
    OCSP_REQUEST *request = OCSP_REQUEST_new();
    // SHA-1 names the certificate here and protects nothing; every responder knows it (RFC 6960 4.3, RFC 5019 2.1.1).
    OCSP_CERTID *id = OCSP_cert_to_id(EVP_sha1(), subject->certificate, subject->issuer);
    uint8_t *der = NULL;
    int n = -1;

    if (request && id && OCSP_request_add0_id(request, id)) {
        id = NULL;
        n = i2d_OCSP_REQUEST(request, &der);
    }
    OCSP_CERTID_free(id);
    OCSP_REQUEST_free(request);
    ERR_clear_error();
    return bytes_of(der, n > 0 ? (size_t)n : 0);
}

static bool has_critical(OCSP_BASICRESP *basic, OCSP_SINGLERESP *single)
{
    return OCSP_BASICRESP_get_ext_by_critical(basic, 1, -1) >= 0 ||
           OCSP_SINGLERESP_get_ext_by_critical(single, 1, -1) >= 0;
}

// The issuer alone is trusted, as an end of paths, for a delegate's certificate that came along.
static X509_STORE *make_store(const struct revocation_subject *subject)
{
    X509_STORE *store = X509_STORE_new();
    X509_VERIFY_PARAM *rules;

    if (!store || X509_STORE_add_cert(store, subject->issuer) != 1) {
        X509_STORE_free(store);
        return NULL;
    }
    rules = X509_STORE_get0_param(store);
    X509_VERIFY_PARAM_set_time(rules, (time_t)subject->now);
    X509_VERIFY_PARAM_set_auth_level(rules, 2);
    X509_VERIFY_PARAM_set_flags(rules, X509_V_FLAG_PARTIAL_CHAIN);
    return store;
}

static bool is_signed(OCSP_BASICRESP *basic, const struct revocation_subject *subject)
{
    X509_STORE *store = make_store(subject);
    STACK_OF(X509) *signers = sk_X509_new_null();
    bool ok = store && signers && sk_X509_push(signers, subject->issuer) > 0 &&
              OCSP_basic_verify(basic, signers, store, OCSP_NOEXPLICIT) == 1;

    sk_X509_free(signers);
    X509_STORE_free(store);
    return ok;
}

static bool generalized_time(const ASN1_GENERALIZEDTIME *time, int64_t *ret_s)
{
    return time && certificate_time(time, ret_s) == 0;
}

static bool check_times(OCSP_SINGLERESP *single, int64_t now, struct revocation_status *ret_status)
{
    ASN1_GENERALIZEDTIME *this_update, *next_update;
    int64_t from, until;

    OCSP_single_get0_status(single, NULL, NULL, &this_update, &next_update);
    if (!generalized_time(this_update, &from))
        return revocation_status_unknown(ret_status, "the OCSP answer has no time");
    until = from + UNTIMED_ANSWER_S;
    if (next_update && !generalized_time(next_update, &until))
        return revocation_status_unknown(ret_status, "the OCSP answer has no proper time of its next update");
    if (from > now + VERIFIER_CLOCK_SKEW_S)
        return revocation_status_unknown(ret_status, "the OCSP answer is from the future");
    if (until < now - VERIFIER_CLOCK_SKEW_S)
        return revocation_status_unknown(ret_status, "the OCSP answer is out of date by %lld minutes",
                                         (long long)(now - until) / 60);
    return true;
}

static bool read_status(OCSP_SINGLERESP *single, struct revocation_status *ret_status)
{
    ASN1_GENERALIZEDTIME *revoked_at = NULL;
    int reason = 0, status = OCSP_single_get0_status(single, &reason, &revoked_at, NULL, NULL);
    struct revocation_status found = {.state = REVOCATION_GOOD};

    if (status != V_OCSP_CERTSTATUS_GOOD && status != V_OCSP_CERTSTATUS_REVOKED)
        return revocation_status_unknown(ret_status, "the OCSP responder does not know the certificate");
    if (status == V_OCSP_CERTSTATUS_REVOKED) {
        found.state = REVOCATION_REVOKED;
        found.reason = reason > 0 ? reason : 0;
        generalized_time(revoked_at, &found.revoked_at);
    }
    *ret_status = found;
    return true;
}

static OCSP_SINGLERESP *find_single(OCSP_BASICRESP *basic, const struct revocation_subject *subject)
{
    OCSP_CERTID *id = OCSP_cert_to_id(EVP_sha1(), subject->certificate, subject->issuer);
    int at = id ? OCSP_resp_find(basic, id, -1) : -1;

    OCSP_CERTID_free(id);
    return at < 0 ? NULL : OCSP_resp_get0(basic, at);
}

static bool check_basic(OCSP_BASICRESP *basic, const struct revocation_subject *subject,
                        struct revocation_status *ret_status)
{
    OCSP_SINGLERESP *single = find_single(basic, subject);

    if (!single)
        return revocation_status_unknown(ret_status, "the OCSP answer is about other certificates");
    if (has_critical(basic, single))
        return revocation_status_unknown(ret_status, "the OCSP answer has an unknown critical extension");
    if (revocation_status_is_weak(OCSP_resp_get0_tbs_sigalg(basic)))
        return revocation_status_unknown(ret_status, "the OCSP answer is signed with a hash that is too weak");
    if (!is_signed(basic, subject))
        return revocation_status_unknown(ret_status, "the OCSP answer is not signed by the issuer or its delegate");
    return check_times(single, subject->now, ret_status) && read_status(single, ret_status);
}

bool ocsp_query_check(struct bytes der, const struct revocation_subject *subject, struct revocation_status *ret_status)
{
    const uint8_t *p = der.p;
    OCSP_RESPONSE *response = NULL;
    OCSP_BASICRESP *basic = NULL;
    bool ok = false;

    if (der.n > 0 && der.n <= VERIFIER_DOCUMENT_MAX_BYTES)
        response = d2i_OCSP_RESPONSE(NULL, &p, (long)der.n);
    if (!response || p != der.p + der.n)
        revocation_status_unknown(ret_status, "it is no OCSP answer");
    else if (OCSP_response_status(response) != OCSP_RESPONSE_STATUS_SUCCESSFUL)
        revocation_status_unknown(ret_status, "the OCSP responder says: %s",
                                  OCSP_response_status_str(OCSP_response_status(response)));
    else if (!(basic = OCSP_response_get1_basic(response)))
        revocation_status_unknown(ret_status, "the OCSP answer is of no known kind");
    else
        ok = check_basic(basic, subject, ret_status);
    OCSP_BASICRESP_free(basic);
    OCSP_RESPONSE_free(response);
    ERR_clear_error();
    return ok;
}
