// The table of IKE SAs, the jobs that exchanges wait for, and the responder's cookie secrets.
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ike-d/sa/cookie_jar.h"
#include "ike-d/sa/ike_job.h"
#include "ike-d/sa/ike_limits.h"
#include "ike-d/sa/ike_sa.h"
#include "ike-d/sa/sa_table.h"
#include "tests/unit/lib/run.h"

static struct endpoint from(const char *text)
{
    struct endpoint e;
    ck_assert_int_eq(endpoint_parse(text, &e), 0);
    return e;
}

START_TEST(sas_are_found_by_our_own_spi)
{
    struct sa_table table;
    struct ike_sa *sa = calloc(2, sizeof(*sa));
    ck_assert_int_eq(sa_table_init(&table), 0);
    sa[0] = (struct ike_sa){.initiator = true, .spi_i = 7, .spi_r = 8};
    sa[1] = (struct ike_sa){.initiator = false, .spi_i = 7, .spi_r = 9};
    ck_assert_int_eq(sa_table_add(&table, &sa[0]), 0);
    ck_assert_int_eq(sa_table_add(&table, &sa[1]), 0);
    ck_assert_ptr_eq(sa_table_find(&table, 7), &sa[0]);
    ck_assert_ptr_eq(sa_table_find(&table, 9), &sa[1]);
    ck_assert_ptr_null(sa_table_find(&table, 8));
    sa[1].spi_r = 7;
    ck_assert_int_eq(sa_table_add(&table, &sa[1]), -EEXIST);
    sa[1].spi_r = 9;
    sa_table_remove(&table, &sa[0]);
    ck_assert_ptr_null(sa_table_find(&table, 7));
    ck_assert_ptr_eq(sa_table_any(&table), &sa[1]);
    sa_table_remove(&table, &sa[1]);
    ck_assert_ptr_null(sa_table_any(&table));
    sa_table_done(&table);
    free(sa);
}
END_TEST

START_TEST(half_open_ones_are_counted_a_source)
{
    struct sa_table table;
    struct ike_sa *sa = calloc(3, sizeof(*sa));
    const char *const sources[3] = {"192.0.2.1:500", "192.0.2.1:501", "[2001:db8::1]:500"};
    ck_assert_int_eq(sa_table_init(&table), 0);
    for (unsigned i = 0; i < 3; i++) {
        sa[i] = (struct ike_sa){.spi_i = 5, .spi_r = 100 + i, .remote = from(sources[i])};
        ck_assert_int_eq(sa_table_add(&table, &sa[i]), 0);
        ck_assert_int_eq(sa_table_add_half_open(&table, &sa[i]), 0);
    }
    struct endpoint first = from(sources[0]);
    ck_assert_uint_eq(table.half_open.n, 3);
    ck_assert_uint_eq(half_open_count(&table.half_open, HALF_OPEN_SOURCE, &first.address), 2);
    ck_assert_ptr_eq(sa_table_find_first(&table, 5, &first), &sa[0]);
    ck_assert_ptr_null(sa_table_find_first(&table, 6, &first));

    sa_table_end_half_open(&table, &sa[0]); // no longer counted, still found
    sa_table_end_half_open(&table, &sa[0]);
    ck_assert_uint_eq(table.half_open.n, 2);
    ck_assert_uint_eq(half_open_count(&table.half_open, HALF_OPEN_SOURCE, &first.address), 1);
    ck_assert_ptr_eq(sa_table_find_first(&table, 5, &first), &sa[0]);
    sa[0].remote = from("192.0.2.1:4500"); // floats; the first message's port still counts
    for (unsigned i = 0; i < 3; i++) {
        sa_table_remove(&table, &sa[i]);
    }
    ck_assert_ptr_null(sa_table_find_first(&table, 5, &first));
    ck_assert_uint_eq(table.half_open.n, 0);
    ck_assert_uint_eq(half_open_count(&table.half_open, HALF_OPEN_SOURCE, &first.address), 0);
    sa_table_done(&table);
    free(sa);
}
END_TEST

static void count_up(void *owner, struct ike_job_result *result)
{
    *(unsigned *)owner += result->spi;
}

START_TEST(jobs_answer_once)
{
    struct ike_jobs jobs;
    unsigned count = 0;
    struct ike_job_result result = {.spi = 1};
    ck_assert_int_eq(ike_jobs_init(&jobs), 0);
    uint64_t one = ike_job_start(&jobs, count_up, &count);
    uint64_t two = ike_job_start(&jobs, count_up, &count);
    ck_assert_uint_ne(one, two);
    ike_job_finish(&jobs, one, &result);
    ike_job_finish(&jobs, one, &result);
    ck_assert_uint_eq(count, 1);
    ike_job_cancel(&jobs, two);
    ike_job_cancel(&jobs, 0);
    ike_job_finish(&jobs, two, &result);
    ck_assert_uint_eq(count, 1);
    (void)ike_job_start(&jobs, count_up, &count); // freed with the rest
    ike_jobs_done(&jobs);
}
END_TEST

// RFC 7296 2.6: cookies of the secret before are honoured for a while.
START_TEST(cookies_outlive_one_change_of_secret)
{
    struct cookie_jar jar = {0};
    const uint8_t nonce[32] = {1};
    struct endpoint peer = from("192.0.2.7:500");
    struct cookie_claim claim = {.nonce_i = bytes_of(nonce, sizeof(nonce)), .address = peer.address, .spi_i = 3};
    uint8_t cookie[COOKIE_BYTES];
    uint8_t other[COOKIE_BYTES];
    uint64_t now = 1000;
    ck_assert(!cookie_jar_accepts(&jar, &claim, bytes_of(cookie, sizeof(cookie))));
    ck_assert_int_eq(cookie_jar_make(&jar, &random_system, now, &claim, cookie), 0);
    ck_assert(cookie_jar_accepts(&jar, &claim, bytes_of(cookie, sizeof(cookie))));

    now += IKE_COOKIE_SECRET_LIFETIME_MS + 1;
    ck_assert_int_eq(cookie_jar_make(&jar, &random_system, now, &claim, other), 0);
    ck_assert(memcmp(cookie, other, sizeof(cookie)) != 0);
    ck_assert(cookie_jar_accepts(&jar, &claim, bytes_of(cookie, sizeof(cookie))));
    claim.spi_i = 4;
    ck_assert(!cookie_jar_accepts(&jar, &claim, bytes_of(cookie, sizeof(cookie))));
    claim.spi_i = 3;

    now += IKE_COOKIE_SECRET_LIFETIME_MS + 1;
    ck_assert_int_eq(cookie_jar_make(&jar, &random_system, now, &claim, other), 0);
    ck_assert(!cookie_jar_accepts(&jar, &claim, bytes_of(cookie, sizeof(cookie))));
    cookie_jar_wipe(&jar);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("sa");
    TCase *t = tcase_create("tables");
    tcase_add_test(t, sas_are_found_by_our_own_spi);
    tcase_add_test(t, half_open_ones_are_counted_a_source);
    tcase_add_test(t, jobs_answer_once);
    tcase_add_test(t, cookies_outlive_one_change_of_secret);
    suite_add_tcase(s, t);
    return s;
}

int main(void)
{
    return run_suite(suite());
}
