#include "pki-d/verifier/path.h"

#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <time.h>

#include "pki-d/verifier/certificate.h"
#include "pki-d/verifier/certificate_name.h"
#include "pki-d/verifier/public_key.h"

// Symmetric strength of 112 bits: RSA of 2048, SHA-256 (SP 800-57 part 1, table 2).
#define SECURITY_LEVEL 2

#define NAME_MAX_BYTES 200

// 2026-11-23 14:05:09 UTC
static const char *time_text(const ASN1_TIME *time, char *out, size_t out_size)
{
    struct tm tm = {0};

    ASN1_TIME_to_tm(time, &tm);
    strftime(out, out_size, "%Y-%m-%d %H:%M:%S UTC", &tm);
    return out;
}

// Whoever should have issued `certificate`, among the given ones, by name alone.
static X509 *find_issuer(const STACK_OF(X509) * candidates, const X509 *certificate)
{
    for (int i = 0; i < sk_X509_num(candidates); i++)
        if (X509_NAME_cmp(X509_get_subject_name(sk_X509_value(candidates, i)), X509_get_issuer_name(certificate)) == 0)
            return sk_X509_value(candidates, i);
    return NULL;
}

static bool may_issue(X509 *issuer)
{
    return X509_check_ca(issuer) == 1 && X509_get_key_usage(issuer) & X509v3_KU_KEY_CERT_SIGN;
}

// No issuer that fits: nobody of that name, one who may not issue, or one whose key it is not.
static bool refuse_untrusted(const struct path_question *question, const X509 *last, struct verdict *ret_verdict)
{
    X509 *issuer = find_issuer(question->anchors, last);
    char name[NAME_MAX_BYTES], issuer_name[NAME_MAX_BYTES];
    char *issuer_text = certificate_name_text(X509_get_issuer_name(last));

    if (!issuer)
        issuer = find_issuer(question->issuers, last);
    certificate_name_describe(last, name, sizeof(name));
    if (!issuer || issuer == last)
        verdict_refuse(ret_verdict, VERDICT(UNTRUSTED),
                       "%s was issued by %.*s, which is neither an authority that this tunnel trusts nor below one; "
                       "import it, or name it in `authorities`",
                       name, NAME_MAX_BYTES / 2, issuer_text ? issuer_text : "somebody without a name");
    else if (!may_issue(issuer))
        verdict_refuse(ret_verdict, VERDICT(WRONG_USAGE),
                       "%s was issued by %s, which is no authority: it needs basicConstraints CA and keyUsage "
                       "keyCertSign",
                       name, certificate_name_describe(issuer, issuer_name, sizeof(issuer_name)));
    else
        verdict_refuse(ret_verdict, VERDICT(UNTRUSTED),
                       "%s names %s as its issuer, but was not made by that key, or that one is not trusted either",
                       name, certificate_name_describe(issuer, issuer_name, sizeof(issuer_name)));
    free(issuer_text);
    return false;
}

static bool refuse_validity(X509_STORE_CTX *context, const char *name, int64_t now, struct verdict *ret_verdict)
{
    X509 *certificate = X509_STORE_CTX_get_current_cert(context);
    char at[40] = "some other time", time[40];
    ASN1_TIME *now_time = ASN1_TIME_set(NULL, (time_t)now);
    bool expired = X509_STORE_CTX_get_error(context) == X509_V_ERR_CERT_HAS_EXPIRED;

    if (now_time)
        time_text(now_time, at, sizeof(at));
    ASN1_TIME_free(now_time);
    if (expired)
        return verdict_refuse(ret_verdict, VERDICT(EXPIRED), "%s expired at %s; here it is %s. Renew it", name,
                              time_text(X509_get0_notAfter(certificate), time, sizeof(time)), at);
    return verdict_refuse(ret_verdict, VERDICT(NOT_YET_VALID),
                          "%s is valid from %s on; here it is %s. One of the clocks is wrong, or it came too early",
                          name, time_text(X509_get0_notBefore(certificate), time, sizeof(time)), at);
}

// What OpenSSL's errors mean here. Whatever is not in the list is MALFORMED, with OpenSSL's words.
static const struct {
    int error;
    Bulkhead__Internal__V1__VerifierVerdict code;
    const char *text;
} meanings[] = {
    {X509_V_ERR_CERT_SIGNATURE_FAILURE, VERDICT(UNTRUSTED),
     "was not signed by the issuer that it names: the signature is wrong"},
    {X509_V_ERR_CERT_CHAIN_TOO_LONG, VERDICT(UNTRUSTED), "is too far from a trusted authority"},
    {X509_V_ERR_INVALID_CA, VERDICT(WRONG_USAGE),
     "stands in the path as an issuer, but is no authority: it needs basicConstraints CA and keyUsage keyCertSign"},
    {X509_V_ERR_KEYUSAGE_NO_CERTSIGN, VERDICT(WRONG_USAGE), "may not issue: its keyUsage lacks keyCertSign"},
    {X509_V_ERR_PATH_LENGTH_EXCEEDED, VERDICT(WRONG_USAGE),
     "allows fewer authorities below itself than the path has (pathLenConstraint)"},
    {X509_V_ERR_NO_EXPLICIT_POLICY, VERDICT(WRONG_USAGE), "ends a path without the certificate policy that it needs"},
    {X509_V_ERR_PERMITTED_VIOLATION, VERDICT(UNTRUSTED),
     "holds a name outside those that its authority may issue for (nameConstraints)"},
    {X509_V_ERR_EXCLUDED_VIOLATION, VERDICT(UNTRUSTED),
     "holds a name that its authority may not issue for (nameConstraints)"},
    {X509_V_ERR_SUBTREE_MINMAX, VERDICT(MALFORMED), "has name constraints of a form that nobody may use"},
    {X509_V_ERR_UNSUPPORTED_CONSTRAINT_TYPE, VERDICT(MALFORMED), "has name constraints of a kind that is not known"},
    {X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION, VERDICT(MALFORMED),
     "has a critical extension that is not known here, and so must be refused (RFC 5280 4.2)"},
    {X509_V_ERR_EE_KEY_TOO_SMALL, VERDICT(WEAK), "has a key that is too weak; RSA needs 2048 bits"},
    {X509_V_ERR_CA_KEY_TOO_SMALL, VERDICT(WEAK), "is an authority whose key is too weak; RSA needs 2048 bits"},
    {X509_V_ERR_CA_MD_TOO_WEAK, VERDICT(WEAK), "was signed with a hash that is too weak; SHA-256 is the least"},
};

static bool refuse_by_meaning(int error, const char *name, struct verdict *ret_verdict)
{
    for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++)
        if (meanings[i].error == error)
            return verdict_refuse(ret_verdict, meanings[i].code, "%s %s", name, meanings[i].text);
    return verdict_refuse(ret_verdict, VERDICT(MALFORMED), "%s can't be used in a path: %s", name,
                          X509_verify_cert_error_string(error));
}

static bool refuse(X509_STORE_CTX *context, const struct path_question *question, struct verdict *ret_verdict)
{
    int error = X509_STORE_CTX_get_error(context);
    const STACK_OF(X509) *built = X509_STORE_CTX_get0_chain(context);
    const X509 *current = X509_STORE_CTX_get_current_cert(context);
    char name[NAME_MAX_BYTES];

    if (!current)
        current = question->certificate;
    certificate_name_describe(current, name, sizeof(name));
    switch (error) {
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_CERT_UNTRUSTED:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        if (built && sk_X509_num(built) > 0)
            current = sk_X509_value(built, sk_X509_num(built) - 1);
        return refuse_untrusted(question, current, ret_verdict);
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return refuse_validity(context, name, question->now, ret_verdict);
    default:
        return refuse_by_meaning(error, name, ret_verdict);
    }
}

static X509_STORE *make_store(const STACK_OF(X509) * anchors)
{
    X509_STORE *store = X509_STORE_new();

    for (int i = 0; store && i < sk_X509_num(anchors); i++)
        if (X509_STORE_add_cert(store, sk_X509_value(anchors, i)) != 1) {
            X509_STORE_free(store);
            return NULL;
        }
    return store;
}

static void set_rules(X509_STORE_CTX *context, int64_t now)
{
    X509_VERIFY_PARAM *rules = X509_STORE_CTX_get0_param(context);

    X509_VERIFY_PARAM_set_time(rules, (time_t)now);
    X509_VERIFY_PARAM_set_depth(rules, VERIFIER_PATH_MAX);
    X509_VERIFY_PARAM_set_auth_level(rules, SECURITY_LEVEL);
    X509_VERIFY_PARAM_set_flags(rules, X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_POLICY_CHECK);
}

// OpenSSL's level says nothing of upper bounds and of curves, and it takes old signs of an authority for its last one.
static bool check_members(const STACK_OF(X509) * path, struct verdict *ret_verdict)
{
    char weakness[120], name[NAME_MAX_BYTES];

    for (int i = 0; i < sk_X509_num(path); i++) {
        X509 *certificate = sk_X509_value(path, i);

        if (public_key_weakness(X509_get0_pubkey(certificate), weakness, sizeof(weakness)))
            return verdict_refuse(ret_verdict, VERDICT(WEAK), "%s has %s",
                                  certificate_name_describe(certificate, name, sizeof(name)), weakness);
        if (i > 0 && !may_issue(certificate))
            return verdict_refuse(ret_verdict, VERDICT(WRONG_USAGE),
                                  "%s is no authority: it needs basicConstraints CA and keyUsage keyCertSign",
                                  certificate_name_describe(certificate, name, sizeof(name)));
    }
    return true;
}

bool path_build(const struct path_question *question, STACK_OF(X509) * *ret_path, struct verdict *ret_verdict)
{
    X509_STORE *store = make_store(question->anchors);
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    STACK_OF(X509) *path = NULL;
    bool ok = store && context && X509_STORE_CTX_init(context, store, question->certificate, question->issuers) == 1;

    if (!ok) {
        verdict_refuse(ret_verdict, VERDICT(MALFORMED), "no memory for the path of certificates");
    } else {
        set_rules(context, question->now);
        ok = X509_verify_cert(context) == 1;
        if (ok)
            path = X509_STORE_CTX_get1_chain(context);
        else
            refuse(context, question, ret_verdict);
    }
    ok = ok && path && check_members(path, ret_verdict);
    X509_STORE_CTX_free(context);
    X509_STORE_free(store);
    ERR_clear_error();
    if (ok)
        *ret_path = path;
    else
        sk_X509_pop_free(path, X509_free);
    return ok;
}
