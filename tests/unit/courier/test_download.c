// Downloads and names that end before they have an answer: nothing is left behind, and everybody hears once.
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "api-d/courier/download.h"
#include "tests/unit/lib/run.h"

static uv_loop_t loop;
static struct resolver *resolver;
static struct names *names;
static struct own_networks networks;
static struct download_config config;
static unsigned ended, told;
static char error[256];

static void on_ended(void *arg, const struct download_result *result)
{
    (void)arg;
    ended++;
    strncpy(error, result->error ? result->error : "", sizeof(error) - 1);
}

static void on_answered(void *arg, const struct resolver_answer *answer)
{
    (void)arg;
    told++;
    strncpy(error, answer->error ? answer->error : "", sizeof(error) - 1);
}

static void set_up(void)
{
    ended = told = 0;
    error[0] = 0;
    ck_assert_int_eq(uv_loop_init(&loop), 0);
    resolver = resolver_open();
    ck_assert_ptr_nonnull(resolver);
    ck_assert_int_eq(resolver_start(resolver, &loop), 0);
    names = names_new(&loop, resolver);
    ck_assert_ptr_nonnull(names);
    ck_assert_int_eq(own_networks_open(&networks), 0);
    config = (struct download_config){.loop = &loop, .names = names, .networks = &networks};
}

static void stop(void)
{
    resolver_free(resolver);
    names_free(names);
    resolver = NULL;
    names = NULL;
}

static void tear_down(void)
{
    stop();
    uv_run(&loop, UV_RUN_DEFAULT);
    own_networks_close(&networks);
    ck_assert_int_eq(uv_loop_close(&loop), 0);
}

static struct download *start(const char *url)
{
    const struct download_order order = {.url = url, .on_ended = on_ended};

    return download_start(&config, &order);
}

static void pass(unsigned turns)
{
    for (unsigned i = 0; i < turns; i++)
        uv_run(&loop, UV_RUN_NOWAIT);
}

START_TEST(what_is_refused_is_said)
{
    ck_assert_ptr_nonnull(start("http://127.0.0.1/"));
    ck_assert_uint_eq(ended, 0); // never before it returns
    pass(5);
    ck_assert_uint_eq(ended, 1);
    ck_assert_str_eq(error, "127.0.0.1: 127.0.0.1 is refused: it is a loopback address");
}
END_TEST

START_TEST(what_is_no_url_does_not_begin)
{
    ck_assert_ptr_null(start("https://pki.example/"));
}
END_TEST

START_TEST(it_may_be_given_up_at_any_time)
{
    static const char *const urls[] = {"http://127.0.0.1/", "http://203.0.113.77:9/", "http://nobody.invalid/"};

    for (size_t i = 0; i < RUN_COUNT(urls); i++) {
        for (unsigned turns = 0; turns < 4; turns++) {
            struct download *download = start(urls[i]);

            pass(turns);
            if (!ended)
                download_cancel(download);
            ended = 0;
            pass(2);
            ck_assert_uint_eq(ended, 0);
        }
    }
}
END_TEST

START_TEST(names_may_end_while_they_are_asked_for)
{
    for (int i = 0; i < 3; i++)
        names_ask(names, "nobody.invalid", false, on_answered, NULL);
    names_ask(names, "somebody.invalid", false, on_answered, NULL);
    pass(1);
    stop();
    ck_assert_uint_eq(told, 4);
}
END_TEST

START_TEST(a_download_may_be_resolving_when_names_end)
{
    struct download *download = start("http://nobody.invalid/");

    pass(2);
    if (!ended)
        download_cancel(download);
    stop();
}
END_TEST

START_TEST(addresses_are_their_own_answers)
{
    names_ask(names, "192.0.2.1", false, on_answered, NULL);
    names_ask(names, "192.0.2.300", false, on_answered, NULL);
    ck_assert_uint_eq(told, 2);
    ck_assert_str_eq(error, "this is no name");
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("download");

    // no question and no connection leaves this host
    if (unshare(CLONE_NEWNET) < 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0) {
        perror("unshare");
        return EXIT_FAILURE;
    }
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, what_is_refused_is_said);
    tcase_add_test(tcase, what_is_no_url_does_not_begin);
    tcase_add_test(tcase, it_may_be_given_up_at_any_time);
    tcase_add_test(tcase, names_may_end_while_they_are_asked_for);
    tcase_add_test(tcase, a_download_may_be_resolving_when_names_end);
    tcase_add_test(tcase, addresses_are_their_own_answers);
    return run_case(tcase);
}
