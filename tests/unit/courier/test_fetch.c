// What is fetched: where from, how its answer is read, and what is kept of it.
#include <stdio.h>
#include <string.h>

#include "api-d/courier/configured.h"
#include "api-d/courier/destination.h"
#include "api-d/courier/document_cache.h"
#include "api-d/courier/fetched.h"
#include "tests/unit/lib/run.h"

static const struct {
    const char *address;
    const char *refused; // NULL: it is public
} destinations[] = {
    {"203.0.113.1", NULL},
    {"2001:db8::1", NULL},
    {"64:ff9b::cb00:7101", NULL},
    {"127.0.0.1", "loopback"},
    {"127.255.255.255", "loopback"},
    {"::1", "loopback"},
    {"::ffff:127.0.0.1", "loopback"},
    {"64:ff9b::7f00:1", "loopback"},
    {"169.254.169.254", "link-local"},
    {"::ffff:169.254.169.254", "link-local"},
    {"fe80::1", "link-local"},
    {"224.0.0.1", "multicast"},
    {"ff02::1", "multicast"},
    {"0.0.0.0", "unspecified"},
    {"0.1.2.3", "this network"},
    {"::", "unspecified"},
    {"::127.0.0.1", "special-purpose"},
    {"10.0.0.1", "private"},
    {"172.16.0.1", "private"},
    {"192.168.1.1", "private"},
    {"100.64.0.1", "private"},
    {"fd00::1", "private"},
    {"198.18.0.1", "benchmark"},
    {"198.19.255.255", "benchmark"},
    {"255.255.255.255", "reserved"},
    {"2002:7f00:1::", "6to4"},
    {"2001::1", "Teredo"},
};

START_TEST(only_public_addresses_are_let_through)
{
    struct address address;
    bool is_private;
    const char *refused;

    ck_assert_int_eq(address_parse(destinations[_i].address, &address), 0);
    refused = destination_classify(&address, &is_private);
    if (!destinations[_i].refused) {
        ck_assert_msg(!refused, "%s: %s", destinations[_i].address, refused);
        return;
    }
    ck_assert_msg(refused && strstr(refused, destinations[_i].refused), "%s: %s", destinations[_i].address,
                  refused ? refused : "let through");
    ck_assert_int_eq(is_private, strcmp(destinations[_i].refused, "private") == 0);
}
END_TEST

START_TEST(own_networks_are_the_kernel_s)
{
    struct own_networks networks;
    enum own_networks_verdict verdict = OWN_NETWORKS_ELSEWHERE;
    struct address address;

    ck_assert_int_eq(own_networks_open(&networks), 0);
    ck_assert_int_eq(address_parse("127.0.0.1", &address), 0);
    ck_assert_int_eq(own_networks_find(&networks, &address, &verdict), 0);
    ck_assert_int_eq(verdict, OWN_NETWORKS_SELF);
    ck_assert_int_eq(address_parse("127.1.2.3", &address), 0);
    ck_assert_int_eq(own_networks_find(&networks, &address, &verdict), 0);
    ck_assert_int_eq(verdict, OWN_NETWORKS_CONNECTED);
    ck_assert_int_eq(address_parse("203.0.113.99", &address), 0);
    ck_assert_int_eq(own_networks_find(&networks, &address, &verdict), 0);
    ck_assert_int_eq(verdict, OWN_NETWORKS_ELSEWHERE);
    own_networks_close(&networks);
    ck_assert_int_lt(own_networks_find(&networks, &address, &verdict), 0);
}
END_TEST

static const struct {
    const char *answer;
    const char *fault; // NULL: its body is "body"
} answers[] = {
    {"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody", NULL},
    {"HTTP/1.0 200 OK\r\n\r\nbody", NULL}, // until the end
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nbo\r\n2\r\ndy\r\n0\r\n\r\n", NULL},
    {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody", NULL},
    {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nbody", "closed in the middle"},
    {"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\nContent-Length: 4\r\n\r\nbody", "redirects"},
    {"HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nbody", "error"},
    {"HTTP/1.1 200 OK\r\nContent-Length: 4194305\r\n\r\n", "4 MiB"},
    {"SSH-2.0-OpenSSH_9.2\r\n", "not HTTP"},
    {"", "closed in the middle"},
};

START_TEST(answers_may_be_cut_anywhere)
{
    const char *text = answers[_i].answer;
    size_t n = strlen(text);

    for (size_t piece = 1; piece <= n + 1; piece++) {
        struct fetched fetched;
        bool more = true;

        fetched_init(&fetched);
        for (size_t at = 0; at < n && more; at += piece)
            more = fetched_feed(&fetched, bytes_of(text + at, n - at < piece ? n - at : piece));
        if (more)
            ck_assert(!fetched_feed(&fetched, bytes_of(NULL, 0)));
        if (answers[_i].fault) {
            ck_assert_ptr_nonnull(fetched.fault);
            ck_assert_msg(strstr(fetched.fault, answers[_i].fault), "%s", fetched.fault);
        } else {
            ck_assert(fetched.complete && !fetched.fault);
            ck_assert(bytes_equal(bytes_of(fetched.body, fetched.body_n), bytes_of("body", 4)));
        }
        fetched_done(&fetched);
    }
}
END_TEST

START_TEST(the_cache_forgets_what_was_not_asked_for)
{
    struct document_cache *cache = document_cache_new(3000);
    uint8_t key[DIGEST_BYTES] = {0};
    static const uint8_t data[900];

    for (uint8_t i = 0; i < 3; i++) {
        struct document *document = document_new(bytes_of(data, i == 2 ? 1 : sizeof(data)), i);

        key[0] = i;
        document_cache_put(cache, key, document);
        document_unref(document);
        key[0] = 0;
        ck_assert_ptr_nonnull(document_cache_find(cache, key, 100, 100)); // the first is in use
    }
    key[0] = 3;
    document_cache_put(cache, key, document_cache_find(cache, (const uint8_t[DIGEST_BYTES]){0}, 0, 0));
    key[0] = 1;
    ck_assert_ptr_null(document_cache_find(cache, key, 100, UINT64_MAX));
    key[0] = 2;
    ck_assert_ptr_null(document_cache_find(cache, key, 103, 100)); // too old
    ck_assert_ptr_nonnull(document_cache_find(cache, key, 102, 100));
    document_cache_free(cache);
}
END_TEST

START_TEST(a_generation_takes_effect_with_its_last_page)
{
    static char good[] = "http://pki.example/a.crl", other[] = "http://pki.example/b.crl",
                bad[] = "ldap://pki.example/";
    char *urls[] = {good}, *others[] = {other}, *bads[] = {bad};
    Bulkhead__Internal__V1__CourierConfigureRequest page = BULKHEAD__INTERNAL__V1__COURIER_CONFIGURE_REQUEST__INIT;
    struct configured configured = {0};

    page.generation = 5;
    page.urls = urls;
    page.n_urls = 1;
    ck_assert_int_eq(configured_take(&configured, &page), 0);
    ck_assert(!configured.is_known && !configured_has(&configured.now.urls, good));
    page.urls = others;
    page.last = true;
    ck_assert_int_eq(configured_take(&configured, &page), 0);
    ck_assert(configured.is_known && configured_has(&configured.now.urls, good));
    ck_assert(configured_has(&configured.now.urls, other) &&
              !configured_has(&configured.now.urls, "http://pki.example/"));
    page.generation = 6;
    page.urls = bads;
    ck_assert_int_lt(configured_take(&configured, &page), 0);
    ck_assert(configured_has(&configured.now.urls, good));
    configured_done(&configured);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("fetch");

    tcase_add_loop_test(tcase, only_public_addresses_are_let_through, 0, RUN_COUNT(destinations));
    tcase_add_test(tcase, own_networks_are_the_kernel_s);
    tcase_add_loop_test(tcase, answers_may_be_cut_anywhere, 0, RUN_COUNT(answers));
    tcase_add_test(tcase, the_cache_forgets_what_was_not_asked_for);
    tcase_add_test(tcase, a_generation_takes_effect_with_its_last_page);
    return run_case(tcase);
}
