// What the courier is told: URLs of authorities from outside, names of our own, and what the configuration lets into
// own networks; again after each change, and whenever it or pki-d comes back.
#include "api-d/courier_push.h"
#include "bulkhead/internal/v1/courier.pb-c.h"
#include "tests/unit/api-d/daemons.h"
#include "tests/unit/lib/run.h"

#define OWN "certificate_checks:\n  own_network_urls: [http://10.0.0.1/a.crl]\n"

static struct apply apply;
static struct courier_push push;
static struct {
    Bulkhead__V1__Certificate certificates[300];
    size_t n;
    bool refuses;
} store;

// One certificate a page, so that paging is in use.
static void on_list(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    const Bulkhead__V1__ListCertificatesRequest *r =
        ((const Bulkhead__Internal__V1__PkiListCertificatesRequest *)(const void *)message)->request;
    Bulkhead__Internal__V1__PkiListCertificatesResponse answer =
        BULKHEAD__INTERNAL__V1__PKI_LIST_CERTIFICATES_RESPONSE__INIT;
    Bulkhead__V1__ListCertificatesResponse response = BULKHEAD__V1__LIST_CERTIFICATES_RESPONSE__INIT;
    size_t i = strtoul(r->page_token, NULL, 10);
    Bulkhead__V1__Certificate *page[] = {&store.certificates[i]};
    char token[24] = "";

    (void)arg;
    ck_assert(r->authorities);
    if (store.refuses) {
        ipc_request_fail(request, BULKHEAD__INTERNAL__V1__ERROR_CODE__ERROR_CODE_INTERNAL, "not today");
        return;
    }
    response.certificates = page;
    response.n_certificates = i < store.n;
    if (i + 1 < store.n) {
        snprintf(token, sizeof(token), "%zu", i + 1);
        response.next_page_token = token;
    }
    answer.response = &response;
    ipc_request_reply(request, &answer.base);
}

static void note(const char *mark, char *const *texts, size_t n)
{
    size_t used = strlen(daemons.told);

    for (size_t i = 0; i < n && used < sizeof(daemons.told); i++)
        used += (size_t)snprintf(daemons.told + used, sizeof(daemons.told) - used, "%s%s ", mark, texts[i]);
}

static void on_configure(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    const Bulkhead__Internal__V1__CourierConfigureRequest *page = (const void *)message;
    static char last[] = ".", *end[] = {last};

    (void)arg;
    ck_assert_uint_ge(page->generation, daemons.generation[ROLE_COURIER]);
    daemons.generation[ROLE_COURIER] = page->generation;
    note("", page->urls, page->n_urls);
    note("own:", page->own_network_urls, page->n_own_network_urls);
    note("serve:", page->authorities, page->n_authorities);
    note("", end, page->last ? 1 : 0);
    ipc_request_reply_empty(request);
}

static void start_pki(void)
{
    static const struct ipc_handler handlers[] = {{METHOD(PKI_LIST_CERTIFICATES), on_list}, {0}};

    daemons_serve(ROLE_PKI, handlers);
}

static void start_courier(void)
{
    static const struct ipc_handler handlers[] = {{METHOD(COURIER_CONFIGURE), on_configure}, {0}};

    daemons_serve(ROLE_COURIER, handlers);
}

static void on_peer(void *arg, enum role role, bool up)
{
    (void)arg;
    courier_push_on_peer(&push, role, up);
}

static void add(const char *name, bool has_key, char **urls, size_t n)
{
    Bulkhead__V1__Certificate *certificate = &store.certificates[store.n++];

    bulkhead__v1__certificate__init(certificate);
    certificate->name = (char *)(uintptr_t)name; // protobuf-c knows no const
    certificate->has_key = has_key;
    certificate->crl_urls = urls;
    certificate->n_crl_urls = n;
}

static void set_up(void)
{
    char *lines, path[128];

    daemons_open();
    daemons_path(ROLE_COURIER, path, sizeof(path));
    ck_assert_int_eq(ipc_node_link(daemons.api, ROLE_COURIER, path), 0);
    memset(&store, 0, sizeof(store));
    memset(&apply, 0, sizeof(apply));
    ck_assert_int_eq(desired_state_decode(bytes_of_str(OWN), "first.yaml", &apply.current, &lines), 0);
    courier_push_init(&push, daemons.api, &apply, &daemons.loop);
    daemons.on_peer = on_peer;
}

static void tear_down(void)
{
    daemons.on_peer = NULL;
    courier_push_stop(&push);
    desired_state_free(apply.current);
    daemons_close();
}

START_TEST(it_is_told_when_both_are_there)
{
    static char crl[] = "http://pki.example/ca.crl", ldap[] = "ldap://pki.example/ca", *urls[] = {crl, ldap, crl};

    add("ours", true, urls, 1);
    add("theirs", false, urls, 3);
    start_courier();
    daemons_pass(50);
    ck_assert_str_eq(daemons.told, "");
    start_pki();
    daemons_expect("http://pki.example/ca.crl own:http://10.0.0.1/a.crl serve:ours . ");
    add("more", true, NULL, 0);
    courier_push_refresh(&push);
    courier_push_refresh(&push); // while the first one is under way
    daemons_expect("http://pki.example/ca.crl own:http://10.0.0.1/a.crl serve:ours serve:more . "
                   "http://pki.example/ca.crl own:http://10.0.0.1/a.crl serve:ours serve:more . ");
}
END_TEST

START_TEST(whoever_comes_back_is_told_again)
{
    add("ours", true, NULL, 0);
    start_courier();
    start_pki();
    daemons_expect("own:http://10.0.0.1/a.crl serve:ours . ");
    daemons_kill(ROLE_COURIER);
    daemons_pass(20);
    start_courier();
    daemons_expect("own:http://10.0.0.1/a.crl serve:ours . ");
}
END_TEST

START_TEST(what_fails_is_tried_again)
{
    store.refuses = true;
    start_courier();
    start_pki();
    daemons_pass(200);
    ck_assert_str_eq(daemons.told, "");
    store.refuses = false;
    daemons_expect("own:http://10.0.0.1/a.crl . ");
}
END_TEST

START_TEST(many_authorities_take_several_pages)
{
    unsigned ends = 0;

    for (size_t i = 0; i < 250; i++)
        add("a", true, NULL, 0);
    store.certificates[0].name = (char *)(uintptr_t) "first";
    start_courier();
    start_pki();
    for (unsigned i = 0; i < 500 && !strstr(daemons.told, ". "); i++)
        daemons_pass(10);
    for (const char *at = daemons.told; (at = strstr(at, ". ")); at++)
        ends++;
    ck_assert_uint_eq(ends, 1);
    ck_assert_ptr_nonnull(strstr(daemons.told, "serve:first serve:a "));
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("courier_push");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, it_is_told_when_both_are_there);
    tcase_add_test(tcase, whoever_comes_back_is_told_again);
    tcase_add_test(tcase, what_fails_is_tried_again);
    tcase_add_test(tcase, many_authorities_take_several_pages);
    return run_case(tcase);
}
