// A store with an authority's operations upon it, for tests: what is asked, and looking at what came of it.
#ifndef BULKHEAD_TESTS_UNIT_PKI_D_AUTHORITY_STAGE_H
#define BULKHEAD_TESTS_UNIT_PKI_D_AUTHORITY_STAGE_H

#include <check.h>
#include <errno.h>
#include <ftw.h>
#include <openssl/ocsp.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pki-d/export.h"
#include "pki-d/import.h"
#include "pki-d/key.h"
#include "pki-d/ocsp.h"
#include "pki-d/renew.h"
#include "pki-d/revoke.h"
#include "pki-d/store_audit.h"
#include "pki-d/store_image.h"
#include "pki-d/store_key.h"
#include "pki-d/store_revocation.h"
#include "tests/unit/lib/run.h"

#define KEY(name)     BULKHEAD__V1__KEY_TYPE__KEY_TYPE_##name
#define PURPOSE(name) BULKHEAD__V1__CERTIFICATE_PURPOSE__CERTIFICATE_PURPOSE_##name
#define STATE(name)   BULKHEAD__V1__CERTIFICATE_STATE__CERTIFICATE_STATE_##name
#define REASON(name)  BULKHEAD__V1__REVOCATION_REASON__REVOCATION_REASON_##name
#define DAY           86400
#define NOW           1800000000

static char folder[] = "/tmp/bh-certificates-XXXXXX";
static const struct master_key key = {.b = {9, 8, 7}};
static struct store *store;
static struct bindings *bindings;
static struct operation op;
static int64_t now;

static inline void open_store(void)
{
    char error[STORE_ERROR_MAX];

    ck_assert_msg(store_open(folder, &key, &store, error) == 0, "%s", error);
}

static inline void set_up(void)
{
    strcpy(folder, "/tmp/bh-certificates-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    open_store();
    bindings = bindings_new();
    now = NOW;
}

static inline int on_file(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
    (void)st, (void)flag, (void)ftw;
    return remove(path);
}

static inline void tear_down(void)
{
    store_close(store);
    bindings_free(bindings);
    nftw(folder, on_file, 8, FTW_DEPTH | FTW_PHYS);
}

static inline struct operation *begin(void)
{
    op = (struct operation){.store = store, .bindings = bindings, .now = now, .actor = "uid 0"};
    return &op;
}

// What is asked for; fields are changed by the tests.
static struct {
    Bulkhead__V1__CertificateTemplate template;
    Bulkhead__V1__Subject subject;
    Bulkhead__V1__CreateAuthorityRequest authority;
    struct issue_order order;
} ask;

static inline char *text(const char *literal)
{
    return (char *)(uintptr_t)literal;
}

static inline void ask_for(const char *name, const char *issuer, Bulkhead__V1__CertificatePurpose purpose)
{
    memset(&ask, 0, sizeof(ask));
    bulkhead__v1__certificate_template__init(&ask.template);
    bulkhead__v1__subject__init(&ask.subject);
    bulkhead__v1__create_authority_request__init(&ask.authority);
    ask.subject.common_name = text(name);
    ask.template.name = text(name);
    ask.template.subject = &ask.subject;
    ask.template.key_type = KEY(EC_P256);
    ask.order = (struct issue_order){.template = &ask.template, .purpose = purpose, .issuer = issuer};
    if (purpose == PURPOSE(CA))
        ask.order.authority = &ask.authority;
}

// 0, or -EINVAL with op.text.
static inline int issue_asked(struct issue_result *ret_result)
{
    Bulkhead__V1__KeyType type = KEY(UNSPECIFIED);
    EVP_PKEY *made;
    int r = issue_check(begin(), &ask.order, &type);

    if (r < 0)
        return r;
    made = ask.order.facts ? NULL : key_new(type);
    r = issue_run(&op, &ask.order, made, ret_result);
    EVP_PKEY_free(made);
    return r;
}

static inline void make(const char *name, const char *issuer, Bulkhead__V1__CertificatePurpose purpose)
{
    struct issue_result result;

    ask_for(name, issuer, purpose);
    ck_assert_msg(issue_asked(&result) == 0, "%s: %s", name, op.text);
    issue_result_done(&result);
}

static inline void assert_refused(const char *words)
{
    struct issue_result result;

    ck_assert_int_eq(issue_asked(&result), -EINVAL);
    ck_assert_msg(strstr(op.text, words), "\"%s\" is not in: %s", words, op.text);
}

static inline struct stored_certificate *find(const char *name)
{
    struct stored_certificate *certificate = NULL;

    ck_assert_int_eq(store_certificate_find(store, bytes_of_str(name), now, &certificate), 0);
    return certificate;
}

static inline X509 *x509_of(const char *name)
{
    struct stored_certificate *certificate = find(name);
    const unsigned char *p = certificate->der.p;
    X509 *x509 = d2i_X509(NULL, &p, (long)certificate->der.n);

    ck_assert_ptr_nonnull(x509);
    store_certificate_free(certificate);
    return x509;
}

static inline int state_of(const char *name)
{
    struct stored_certificate *certificate = find(name);
    int state = (int)certificate->info->state;

    store_certificate_free(certificate);
    return state;
}

static inline void revoke_certificate(const char *name)
{
    struct stored_certificate *certificate;

    ck_assert_msg(revoke_run(begin(), name, REASON(KEY_COMPROMISE), &certificate) == 0, "%s", op.text);
    ck_assert_int_eq(certificate->info->state, STATE(REVOKED));
    store_certificate_free(certificate);
}

// What the authority answers of that certificate, with OpenSSL as the client.
static inline void ask_ocsp(const char *authority, const char *name, const EVP_MD *hash, uint32_t number, int expected)
{
    Bulkhead__Internal__V1__PkiSignOcspRequest request = BULKHEAD__INTERNAL__V1__PKI_SIGN_OCSP_REQUEST__INIT;
    Bulkhead__Internal__V1__OcspQuestion question = BULKHEAD__INTERNAL__V1__OCSP_QUESTION__INIT, *list = &question;
    X509 *issuer = x509_of(authority), *x509 = x509_of(name);
    OCSP_CERTID *id = OCSP_cert_to_id(hash, x509, issuer);
    ASN1_OCTET_STRING *name_hash, *key_hash;
    ASN1_INTEGER *serial;
    int status, reason;
    uint8_t *der = NULL, nonce[32] = {1};
    const unsigned char *p;
    OCSP_RESPONSE *response;
    OCSP_BASICRESP *basic;
    STACK_OF(X509) *stack = sk_X509_new_null();
    X509_STORE *trusted = X509_STORE_new();
    ASN1_GENERALIZEDTIME *revoked_at, *this_update, *next_update;

    OCSP_id_get0_info(&name_hash, NULL, &key_hash, &serial, id);
    question.hash = number;
    question.issuer_name_hash = (ProtobufCBinaryData){.data = name_hash->data, .len = (size_t)name_hash->length};
    question.issuer_key_hash = (ProtobufCBinaryData){.data = key_hash->data, .len = (size_t)key_hash->length};
    question.serial = (ProtobufCBinaryData){.data = serial->data, .len = (size_t)serial->length};
    request.n_questions = 1;
    request.questions = &list;
    request.nonce = (ProtobufCBinaryData){.data = nonce, .len = sizeof(nonce)};
    int n = ocsp_answer(begin(), &request, &der);
    ck_assert_msg(n > 0, "%s", op.text);
    p = der;
    response = d2i_OCSP_RESPONSE(NULL, &p, n);
    basic = OCSP_response_get1_basic(response);
    ck_assert_ptr_nonnull(basic);
    sk_X509_push(stack, issuer);
    X509_STORE_add_cert(trusted, issuer);
    X509_VERIFY_PARAM_set_flags(X509_STORE_get0_param(trusted), X509_V_FLAG_NO_CHECK_TIME);
    ck_assert_int_eq(OCSP_basic_verify(basic, stack, trusted, 0), 1);
    ck_assert_int_eq(OCSP_resp_find_status(basic, id, &status, &reason, &revoked_at, &this_update, &next_update), 1);
    ck_assert_int_eq(status, expected);
    ck_assert_int_ge(OCSP_BASICRESP_get_ext_by_NID(basic, NID_id_pkix_OCSP_Nonce, -1), 0);
    sk_X509_free(stack);
    X509_STORE_free(trusted);
    OCSP_BASICRESP_free(basic);
    OCSP_RESPONSE_free(response);
    OCSP_CERTID_free(id);
    OPENSSL_free(der);
    X509_free(issuer);
    X509_free(x509);
}

static inline int run_stage(const TTest *const *tests, size_t n)
{
    TCase *tcase = tcase_create("authority");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; i < n; i++)
        tcase_add_test(tcase, tests[i]);
    return run_case(tcase);
}

#endif
