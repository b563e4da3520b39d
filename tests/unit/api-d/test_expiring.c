// Certificates near their end: one event a threshold, none twice, none for those that nobody waits for.
#include "api-d/expiring.h"

#include <stdlib.h>

#include "tests/unit/api-d/daemons.h"
#include "tests/unit/lib/run.h"

static struct {
    struct events events;
    struct expiring expiring;
    Bulkhead__V1__Certificate certificates[3];
    size_t n;
    size_t page; // certificates a page
    unsigned asked;
} seen;

static void on_list(void *arg, struct ipc_request *request, const ProtobufCMessage *message)
{
    const Bulkhead__Internal__V1__PkiListCertificatesRequest *r = (const void *)message;
    Bulkhead__Internal__V1__PkiListCertificatesResponse response =
        BULKHEAD__INTERNAL__V1__PKI_LIST_CERTIFICATES_RESPONSE__INIT;
    Bulkhead__V1__ListCertificatesResponse inner = BULKHEAD__V1__LIST_CERTIFICATES_RESPONSE__INIT;
    Bulkhead__V1__Certificate *list[3] = {&seen.certificates[0], &seen.certificates[1], &seen.certificates[2]};
    size_t first = strtoul(r->request->page_token, NULL, 10), left = seen.n - first;
    char token[24];

    (void)arg;
    ck_assert_uint_eq(r->request->expires_within_days, 30);
    ck_assert_uint_le(first, seen.n);
    inner.certificates = list + first;
    inner.n_certificates = left < seen.page ? left : seen.page;
    snprintf(token, sizeof(token), "%zu", first + inner.n_certificates);
    if (left > seen.page)
        inner.next_page_token = token;
    response.response = &inner;
    seen.asked++;
    ipc_request_reply(request, &response.base);
}

static void set(size_t i, const char *name, int days_left, Bulkhead__V1__CertificateState state)
{
    static Google__Protobuf__Timestamp end = GOOGLE__PROTOBUF__TIMESTAMP__INIT;

    end.seconds = 1795442056;
    bulkhead__v1__certificate__init(&seen.certificates[i]);
    seen.certificates[i].name = seen.certificates[i].serial = (char *)name;
    seen.certificates[i].days_left = days_left;
    seen.certificates[i].state = state;
    seen.certificates[i].not_after = &end;
}

#define VALID   BULKHEAD__V1__CERTIFICATE_STATE__CERTIFICATE_STATE_VALID
#define EXPIRED BULKHEAD__V1__CERTIFICATE_STATE__CERTIFICATE_STATE_EXPIRED
#define REVOKED BULKHEAD__V1__CERTIFICATE_STATE__CERTIFICATE_STATE_REVOKED

// All messages so far.
static const char *messages(void)
{
    static Bulkhead__V1__Event *list[EVENTS_MAX];
    static char text[1024];
    size_t n = events_list(&seen.events, "", list), used = 0;

    text[0] = 0;
    for (size_t i = 0; i < n; i++)
        used += (size_t)snprintf(text + used, sizeof(text) - used, "%s: %s\n", list[i]->kind, list[i]->message);
    return text;
}

static void check(void)
{
    unsigned pages = (unsigned)((seen.n + seen.page - 1) / seen.page), asked = seen.asked + pages;

    expiring_on_peer(&seen.expiring, ROLE_PKI, true);
    for (unsigned i = 0; i < 500 && seen.asked < asked; i++)
        daemons_pass(10);
    daemons_pass(50);
    ck_assert_uint_eq(seen.asked, asked);
}

static void begin(size_t page)
{
    static const struct ipc_handler pki[] = {{METHOD(PKI_LIST_CERTIFICATES), on_list}, {0}};

    daemons_open();
    memset(&seen, 0, sizeof(seen));
    set(0, "vpn", 30, VALID);
    set(1, "gone", 2, REVOKED);
    set(2, "old", -3, EXPIRED);
    seen.n = 3;
    seen.page = page;
    daemons_serve(ROLE_PKI, pki);
    for (unsigned i = 0; i < 300 && !ipc_node_is_up(daemons.api, ROLE_PKI); i++)
        daemons_pass(10);
    expiring_start(&seen.expiring, daemons.api, &seen.events, &daemons.loop);
}

static void end(void)
{
    events_done(&seen.events);
    expiring_stop(&seen.expiring);
    daemons_close();
}

START_TEST(tells_each_threshold_once)
{
    begin(3);
    check();
    ck_assert_str_eq(
        messages(),
        "certificate_expires: certificate vpn expires in 30 days (on 2026-11-23); bhctl pki cert renew vpn\n"
        "certificate_expired: certificate old expired on 2026-11-23\n");
    events_done(&seen.events);
    set(0, "vpn", 15, VALID);
    check();
    ck_assert_str_eq(messages(), "");
    set(0, "vpn", 7, VALID);
    check();
    ck_assert_ptr_nonnull(strstr(messages(), "vpn expires in 7 days"));
    events_done(&seen.events);
    set(0, "vpn", 0, EXPIRED);
    check();
    check();
    ck_assert_str_eq(messages(), "certificate_expired: certificate vpn expired on 2026-11-23\n");
    end();
}
END_TEST

// Of those that expired long ago there may be many, and none of them is told.
START_TEST(looks_through_all_pages)
{
    begin(1);
    set(0, "aged", -31, EXPIRED);
    set(1, "old", -30, EXPIRED);
    set(2, "vpn", 14, VALID);
    check();
    ck_assert_str_eq(
        messages(),
        "certificate_expired: certificate old expired on 2026-11-23\n"
        "certificate_expires: certificate vpn expires in 14 days (on 2026-11-23); bhctl pki cert renew vpn\n");
    events_done(&seen.events);
    check();
    ck_assert_str_eq(messages(), "");
    end();
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {tells_each_threshold_once, looks_through_all_pages};

    return run_tests("expiring", tests, RUN_COUNT(tests));
}
