// Which backend runs what, and what becomes of an algorithm that fails its self-test.
#include <errno.h>
#include <stdio.h>

#include "esp-d/cipher_choice.h"
#include "esp-d/cipher_known.h"
#include "tests/unit/lib/run.h"

static struct cipher_choice choice;

static const struct cipher_backend *backend_of(uint16_t encr, uint16_t key_bits, uint16_t integ)
{
    struct cipher_suite suite;

    ck_assert_int_eq(cipher_suite_find(encr, key_bits, integ, &suite), 0);
    return cipher_choice_find(&choice, &suite);
}

static unsigned failures(void)
{
    unsigned n = 0;

    for (unsigned i = 0; i < choice.rows_n; i++) {
        for (unsigned k = 0; k < choice.backends_n; k++)
            n += choice.rows[i].verdict[k] == CIPHER_FAILS;
    }
    return n;
}

START_TEST(takes_the_fastest_that_has_it)
{
    ck_assert_int_eq(cipher_choice_make(&choice, NULL, NULL), 0);
    ck_assert_uint_eq(failures(), 0);
    ck_assert_uint_eq(choice.backends_n, 2);
    ck_assert_ptr_eq(backend_of(ENCR_AES_GCM_16, 256, 0), &cipher_ipsec_mb);
    ck_assert_ptr_eq(backend_of(ENCR_AES_CBC, 256, INTEG_HMAC_SHA2_256_128), &cipher_ipsec_mb);
    ck_assert_ptr_eq(backend_of(ENCR_AES_CCM_16, 256, 0), &cipher_ipsec_mb);
    ck_assert_ptr_eq(backend_of(ENCR_AES_CCM_16, 192, 0), &cipher_openssl);
    ck_assert_int_eq(cipher_choice_make(&choice, "openssl", NULL), 0);
    ck_assert_uint_eq(failures(), 0);
    ck_assert_uint_eq(choice.backends_n, 1);
    ck_assert_ptr_eq(backend_of(ENCR_AES_GCM_16, 256, 0), &cipher_openssl);
    ck_assert_int_eq(cipher_choice_make(&choice, "rot13", NULL), -ENOENT);
    // Only builds for measurements have it.
    ck_assert_int_eq(cipher_choice_make(&choice, "null", NULL), -ENOENT);
}
END_TEST

START_TEST(knows_an_answer_of_each_algorithm)
{
    uint8_t answer[CIPHER_ICV_BYTES_MAX];

    ck_assert_int_eq(cipher_choice_make(&choice, NULL, NULL), 0);
    ck_assert_uint_gt(choice.rows_n, 30);
    for (unsigned i = 0; i < choice.rows_n; i++)
        ck_assert_msg(cipher_known_answer(&choice.rows[i].algorithm, answer) >= 8, "%s", choice.rows[i].algorithm.name);
}
END_TEST

#define GROUPS 4u

// Each failure is found, and nothing else is lost with it. A few at a time, since a test of all takes its time.
START_TEST(finds_each_failure)
{
    const char *const names[2] = {"ipsec-mb", "openssl"};
    struct cipher_algorithm a;

    for (unsigned round = 0; round < 2 * GROUPS; round++) {
        unsigned group = round / 2, backend = round % 2;
        char faults[1024] = "";
        size_t used = 0;

        for (unsigned i = group; cipher_algorithm_at(i, &a); i += GROUPS)
            used += (size_t)snprintf(faults + used, sizeof(faults) - used, ",%s:%s", names[backend], a.name);
        ck_assert_int_eq(cipher_choice_make(&choice, NULL, faults), 0);
        for (unsigned i = 0; i < choice.rows_n; i++) {
            const enum cipher_verdict *v = choice.rows[i].verdict;

            ck_assert_msg(v[backend] == (i % GROUPS == group ? CIPHER_FAILS : CIPHER_WORKS) ||
                              v[backend] == CIPHER_LACKS,
                          "%s:%s", names[backend], choice.rows[i].algorithm.name);
            ck_assert_int_ne(v[!backend], CIPHER_FAILS);
        }
    }
}
END_TEST

START_TEST(falls_back_or_gives_up)
{
    ck_assert_int_eq(cipher_choice_make(&choice, NULL, "ipsec-mb:aes256gcm16,ipsec-mb:sha256,openssl:sha1"), 0);
    ck_assert_uint_eq(failures(), 3);
    ck_assert_ptr_eq(backend_of(ENCR_AES_GCM_16, 256, 0), &cipher_openssl);
    ck_assert_ptr_eq(backend_of(ENCR_AES_GCM_16, 128, 0), &cipher_ipsec_mb);
    ck_assert_ptr_eq(backend_of(ENCR_AES_CBC, 256, INTEG_HMAC_SHA2_256_128), &cipher_openssl);
    ck_assert_ptr_eq(backend_of(ENCR_AES_CBC, 256, INTEG_HMAC_SHA1_96), &cipher_ipsec_mb);
    // Two parts whose backends have nothing in common.
    ck_assert_int_eq(cipher_choice_make(&choice, NULL, "ipsec-mb:sha256,openssl:aes256"), 0);
    ck_assert_ptr_null(backend_of(ENCR_AES_CBC, 256, INTEG_HMAC_SHA2_256_128));
    ck_assert_int_eq(cipher_choice_make(&choice, NULL, "openssl:aes256gcm16,ipsec-mb:aes256gcm16"), 0);
    ck_assert_ptr_null(backend_of(ENCR_AES_GCM_16, 256, 0));
    ck_assert_ptr_nonnull(backend_of(ENCR_AES_GCM_12, 256, 0));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {takes_the_fastest_that_has_it, knows_an_answer_of_each_algorithm, finds_each_failure,
                                  falls_back_or_gives_up};

    return run_tests("cipher choice", tests, RUN_COUNT(tests));
}
