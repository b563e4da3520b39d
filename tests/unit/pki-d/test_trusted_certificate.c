// Authorities' certificates that are kept parsed: found by all of their bytes, the oldest make place for others.
#include <check.h>
#include <errno.h>

#include "pki-d/verifier/trusted_certificate.h"
#include "pki-d/verifier/verifier_limits.h"
#include "tests/unit/lib/run.h"
#include "tests/unit/pki-d/mint.h"

static struct trusted_certificates trusted;
static char reason[VERIFIER_REASON_MAX];

static X509 *parse(struct bytes der)
{
    X509 *certificate = NULL;

    ck_assert_msg(trusted_certificate_parse(&trusted, der, &certificate, reason) == 0, "%s", reason);
    X509_free(certificate); // what is kept lives on
    return certificate;
}

START_TEST(keeps_the_latest)
{
    struct mint_order order = {.subject = "CN=root", .extensions = {MINT_CA}};
    struct bytes der[TRUSTED_CERTIFICATES_MAX + 1];
    EVP_PKEY *key = mint_key("EC");
    X509 *first, *certificate = NULL;

    for (size_t i = 0; i < RUN_COUNT(der); i++) {
        order.serial = (long)i + 1;
        certificate = mint_certificate(&order, key);
        der[i] = mint_der(certificate);
        X509_free(certificate);
    }
    first = parse(der[0]);
    for (size_t i = 1; i < TRUSTED_CERTIFICATES_MAX; i++)
        ck_assert_ptr_ne(parse(der[i]), first);
    ck_assert_ptr_eq(parse(der[0]), first);
    ck_assert_uint_eq(trusted.next, 0);
    parse(der[TRUSTED_CERTIFICATES_MAX]); // takes the first one's place
    ck_assert_uint_eq(trusted.next, 1);
    parse(der[0]); // and this the second one's
    ck_assert_uint_eq(trusted.next, 2);
    ck_assert_int_eq(trusted_certificate_parse(&trusted, bytes_of(der[0].p, der[0].n - 1), &certificate, reason),
                     -EBADMSG);
    ck_assert_uint_eq(trusted.next, 2);
    ck_assert_int_eq(trusted_certificate_parse(NULL, der[0], &certificate, reason), 0);
    X509_free(certificate);
    trusted_certificates_done(&trusted);
    for (size_t i = 0; i < RUN_COUNT(der); i++)
        mint_free_der(der[i]);
    EVP_PKEY_free(key);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("trusted_certificate");

    tcase_add_test(tcase, keeps_the_latest);
    return run_case(tcase);
}
