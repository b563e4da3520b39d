// What the public may send (RFC 9112) and ask for (RFC 6960 A.1).
#include <stdio.h>
#include <string.h>

#include "api-d/courier/public_answer.h"
#include "api-d/courier/public_route.h"
#include "tests/unit/lib/run.h"

#define GET "GET /crl/ca.crl HTTP/1.1\r\nHost: x\r\n\r\n"
#define POST                                                                                                           \
    "POST /ocsp HTTP/1.1\r\nHost: x\r\nContent-Type: application/ocsp-request\r\nContent-Length: 5\r\n\r\n0\x03\x02"   \
    "\x01\x07"

static struct public_reader reader;
static struct public_route route;

// The state after all of it, fed in pieces of that size.
static enum public_reader_state feed(const char *text, size_t n, size_t piece)
{
    enum public_reader_state state = PUBLIC_READER_STATE_MORE;

    public_reader_reset(&reader);
    for (size_t at = 0, taken; at < n && state == PUBLIC_READER_STATE_MORE; at += taken) {
        state = public_reader_feed(&reader, bytes_of(text + at, n - at < piece ? n - at : piece), &taken);
        ck_assert(taken > 0 || state == PUBLIC_READER_STATE_FAULT);
    }
    return state;
}

static enum public_reader_state feed_text(const char *text)
{
    return feed(text, strlen(text), SIZE_MAX);
}

START_TEST(a_request_may_be_cut_anywhere)
{
    for (size_t piece = 1; piece < sizeof(POST); piece++) {
        ck_assert_int_eq(feed(POST, sizeof(POST) - 1, piece), PUBLIC_READER_STATE_COMPLETE);
        ck_assert_str_eq(reader.request.target, "/ocsp");
        ck_assert_str_eq(reader.request.content_type, "application/ocsp-request");
        ck_assert_uint_eq(reader.request.body_n, 5);
        ck_assert(reader.request.keeps_alive);
    }
}
END_TEST

START_TEST(what_follows_is_not_taken)
{
    static const char two[] = GET GET;
    size_t taken;

    public_reader_reset(&reader);
    ck_assert_int_eq(public_reader_feed(&reader, bytes_of(two, sizeof(two) - 1), &taken), PUBLIC_READER_STATE_COMPLETE);
    ck_assert_uint_eq(taken, sizeof(GET) - 1);
    public_reader_reset(&reader);
    ck_assert_int_eq(public_reader_feed(&reader, bytes_of(two + taken, sizeof(two) - 1 - taken), &taken),
                     PUBLIC_READER_STATE_COMPLETE);
}
END_TEST

static const struct {
    const char *text;
    unsigned fault;
} faults[] = {
    {"nonsense\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\n\r\n", 400}, // no Host
    {"GET / HTTP/1.1\r\nHost : x\r\n\r\n", 400},
    {"POST /ocsp HTTP/1.1\r\nHost: x\r\nContent-Length: 16385\r\n\r\n", 413},
    {"POST /ocsp HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
    {"POST /ocsp HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n", 400},
};

START_TEST(what_is_wrong_has_a_status)
{
    ck_assert_int_eq(feed_text(faults[_i].text), PUBLIC_READER_STATE_FAULT);
    ck_assert_uint_eq(reader.fault, faults[_i].fault);
}
END_TEST

START_TEST(what_is_too_long_has_a_status)
{
    static char text[COURIER_HEADERS_MAX_BYTES + COURIER_TARGET_MAX_BYTES + 100];

    snprintf(text, sizeof(text), "GET /%0*d HTTP/1.1\r\nHost: x\r\n\r\n", (int)COURIER_TARGET_MAX_BYTES, 0);
    ck_assert_int_eq(feed_text(text), PUBLIC_READER_STATE_FAULT);
    ck_assert_uint_eq(reader.fault, 414);
    snprintf(text, sizeof(text), "GET / HTTP/1.1\r\nA: %0*d\r\n\r\n",
             (int)(COURIER_HEADERS_MAX_BYTES + COURIER_TARGET_MAX_BYTES), 0);
    ck_assert_int_eq(feed_text(text), PUBLIC_READER_STATE_FAULT);
    ck_assert_uint_eq(reader.fault, 431);
}
END_TEST

START_TEST(a_chunked_body_is_bounded)
{
    static char text[COURIER_BODY_MAX_BYTES + 200];

    snprintf(text, sizeof(text),
             "POST /ocsp HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n4001\r\n%0*d\r\n0\r\n\r\n", 0x4001,
             0);
    ck_assert_int_eq(feed_text(text), PUBLIC_READER_STATE_FAULT);
    ck_assert_uint_eq(reader.fault, 413);
}
END_TEST

START_TEST(trailers_are_no_headers)
{
    ck_assert_int_eq(feed_text("POST /ocsp HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n0\r\n0\r\n"
                               "Content-Type: application/ocsp-request\r\n\r\n"),
                     PUBLIC_READER_STATE_COMPLETE);
    ck_assert_str_eq(reader.request.content_type, "");
}
END_TEST

static const struct {
    const char *request; // method and target
    enum public_route_kind kind;
    unsigned status;
    const char *authority;
} routes[] = {
    {"GET /crl/ca.crl", PUBLIC_ROUTE_CRL, 0, "ca"},          {"HEAD /crl/ca.v2.crl?x=y", PUBLIC_ROUTE_CRL, 0, "ca.v2"},
    {"GET /crl/c%61.crl", PUBLIC_ROUTE_CRL, 0, "ca"},        {"POST /crl/ca.crl", PUBLIC_ROUTE_REFUSED, 405, NULL},
    {"PUT /crl/ca.crl", PUBLIC_ROUTE_REFUSED, 405, NULL},    {"GET /crl/.crl", PUBLIC_ROUTE_REFUSED, 404, NULL},
    {"GET /crl/ca", PUBLIC_ROUTE_REFUSED, 404, NULL},        {"GET /crl/ca%00.crl", PUBLIC_ROUTE_REFUSED, 400, NULL},
    {"GET /crl/ca%zz.crl", PUBLIC_ROUTE_REFUSED, 400, NULL}, {"GET /", PUBLIC_ROUTE_REFUSED, 404, NULL},
    {"GET /ocspx", PUBLIC_ROUTE_REFUSED, 404, NULL},         {"GET /ocsp", PUBLIC_ROUTE_REFUSED, 405, NULL},
    {"GET /ocsp/MAMCAQc=", PUBLIC_ROUTE_OCSP, 0, NULL},      {"GET /ocsp/MAMCAQc%3D", PUBLIC_ROUTE_OCSP, 0, NULL},
    {"GET /ocsp/MAMCAQc", PUBLIC_ROUTE_OCSP, 0, NULL},       {"GET /ocsp/ca/MAMCAQc=", PUBLIC_ROUTE_OCSP, 0, NULL},
    {"GET /ocsp/MAMCAQcA", PUBLIC_ROUTE_REFUSED, 400, NULL}, // a byte behind the SEQUENCE
    {"GET /ocsp/MIMCAQc=", PUBLIC_ROUTE_REFUSED, 400, NULL}, // three octets of length
    {"POST /ocsp", PUBLIC_ROUTE_REFUSED, 415, NULL},
};

START_TEST(requests_lead_where_they_should)
{
    char text[256];

    snprintf(text, sizeof(text), "%s HTTP/1.1\r\nHost: x\r\n\r\n", routes[_i].request);
    ck_assert_int_eq(feed_text(text), PUBLIC_READER_STATE_COMPLETE);
    public_route_find(&reader.request, &route);
    ck_assert_msg(route.kind == routes[_i].kind, "%s", routes[_i].request);
    if (route.kind == PUBLIC_ROUTE_REFUSED)
        ck_assert_uint_eq(route.status, routes[_i].status);
    if (route.kind == PUBLIC_ROUTE_CRL)
        ck_assert_str_eq(route.authority, routes[_i].authority);
    if (route.kind == PUBLIC_ROUTE_OCSP)
        ck_assert(bytes_equal(route.question, bytes_of("0\x03\x02\x01\x07", 5)));
}
END_TEST

START_TEST(a_document_has_a_tag_and_an_age)
{
    char head[PUBLIC_ANSWER_HEAD_MAX], *tag;
    struct document *document = document_new(bytes_of("crl", 3), 0);
    struct public_answer answer = {.status = 200,
                                   .content_type = "application/pkix-crl",
                                   .document = document,
                                   .max_age_s = 2,
                                   .keeps_alive = true};

    ck_assert_ptr_nonnull(document);
    head[public_answer_write(&answer, 1000000000, head)] = 0;
    ck_assert_ptr_nonnull(strstr(head, "HTTP/1.1 200 OK\r\nDate: Sun, 09 Sep 2001 01:46:40 GMT\r\n"));
    ck_assert_ptr_nonnull(strstr(head, "Content-Length: 3\r\n"));
    ck_assert_ptr_nonnull(strstr(head, "Cache-Control: max-age=2, public"));
    ck_assert_ptr_null(strstr(head, "Connection: close"));
    tag = strstr(head, "ETag: ") + 6;
    *strstr(tag, "\r\n") = 0;
    ck_assert(public_answer_is_known(document, tag));
    ck_assert(!public_answer_is_known(document, "\"0000000000000000\""));
    ck_assert(!public_answer_is_known(document, ""));
    document_unref(document);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("public");

    tcase_add_test(tcase, a_request_may_be_cut_anywhere);
    tcase_add_test(tcase, what_follows_is_not_taken);
    tcase_add_loop_test(tcase, what_is_wrong_has_a_status, 0, RUN_COUNT(faults));
    tcase_add_test(tcase, what_is_too_long_has_a_status);
    tcase_add_test(tcase, a_chunked_body_is_bounded);
    tcase_add_test(tcase, trailers_are_no_headers);
    tcase_add_loop_test(tcase, requests_lead_where_they_should, 0, RUN_COUNT(routes));
    tcase_add_test(tcase, a_document_has_a_tag_and_an_age);
    return run_case(tcase);
}
