// Endpoints, selectors and identities to the edges' messages and back, and every message that must not pass.
#include <errno.h>

#include "lib/ipc/edge_message.h"
#include "tests/unit/lib/run.h"

static struct selector selector_of(const char *range, const char *protocol, const char *ports)
{
    struct selector s;
    const char *error;

    ck_assert_int_eq(selector_parse(range, protocol, ports, &s, &error), 0);
    return s;
}

START_TEST(selectors_come_back_as_they_went)
{
    static const char *const cases[][3] = {
        {"10.1.0.0/24", "", ""},          {"10.1.0.7", "tcp", "80"}, {"10.1.0.1-10.1.0.9", "udp", "1000-2000"},
        {"fd00:1::/64", "ipv6-icmp", ""}, {"::/0", "", ""},
    };

    for (size_t i = 0; i < RUN_COUNT(cases); i++) {
        struct selector back, s = selector_of(cases[i][0], cases[i][1], cases[i][2]);
        selector_message m;

        edge_message_put_selector(&s, &m);
        ck_assert_int_eq(edge_message_selector(&m, &back), 0);
        ck_assert_msg(selector_equal(&s, &back), "%s", cases[i][0]);
    }
}
END_TEST

START_TEST(endpoints_come_back_as_they_went)
{
    static const char *const cases[] = {"192.0.2.1:4500", "[2001:db8::1]:500", "192.0.2.1:65535"};

    for (size_t i = 0; i < RUN_COUNT(cases); i++) {
        struct endpoint e, back;
        endpoint_message m;

        ck_assert_int_eq(endpoint_parse(cases[i], &e), 0);
        edge_message_put_endpoint(&e, &m);
        ck_assert_int_eq(edge_message_endpoint(&m, &back), 0);
        ck_assert_msg(endpoint_equal(&e, &back), "%s", cases[i]);
    }
}
END_TEST

START_TEST(wrong_endpoints_are_refused)
{
    static uint8_t ip[17];
    static const struct {
        size_t n;
        uint32_t port;
    } cases[] = {{0, 1}, {3, 1}, {5, 1}, {17, 1}, {4, 65536}, {16, UINT32_MAX}};
    struct endpoint untouched = {.port = 7};

    ck_assert_int_eq(edge_message_endpoint(NULL, &untouched), -EINVAL);
    for (size_t i = 0; i < RUN_COUNT(cases); i++) {
        endpoint_message m = BULKHEAD__INTERNAL__V1__UDP_ENDPOINT__INIT;

        m.ip = (ProtobufCBinaryData){cases[i].n, ip};
        m.port = cases[i].port;
        ck_assert_msg(edge_message_endpoint(&m, &untouched) == -EINVAL, "case %zu", i);
    }
    ck_assert_uint_eq(untouched.port, 7);
}
END_TEST

START_TEST(wrong_selectors_are_refused)
{
    static uint8_t low[16] = {1}, high[16] = {2};
    static const struct {
        size_t start_n, end_n;
        uint8_t *start, *end;
        uint32_t protocol, start_port, end_port;
        int expected;
    } cases[] = {
        {4, 4, low, high, 6, 80, 90, 0},           {4, 4, low, low, 6, 80, 80, 0},
        {4, 4, low, high, 255, 65535, 0, 0}, // OPAQUE
        {4, 16, low, high, 0, 0, 65535, -EINVAL},  {0, 0, low, high, 0, 0, 65535, -EINVAL},
        {4, 5, low, high, 0, 0, 65535, -EINVAL},   {16, 16, high, low, 0, 0, 65535, -EINVAL},
        {4, 4, low, high, 256, 0, 65535, -EINVAL}, {4, 4, low, high, 6, 65536, 65536, -EINVAL},
        {4, 4, low, high, 6, 80, 65536, -EINVAL},  {4, 4, low, high, 6, 90, 80, -EINVAL},
    };
    struct selector s;

    ck_assert_int_eq(edge_message_selector(NULL, &s), -EINVAL);
    for (size_t i = 0; i < RUN_COUNT(cases); i++) {
        selector_message m = BULKHEAD__INTERNAL__V1__SELECTOR__INIT;

        m.start_ip = (ProtobufCBinaryData){cases[i].start_n, cases[i].start};
        m.end_ip = (ProtobufCBinaryData){cases[i].end_n, cases[i].end};
        m.protocol = cases[i].protocol;
        m.start_port = cases[i].start_port;
        m.end_port = cases[i].end_port;
        ck_assert_msg(edge_message_selector(&m, &s) == cases[i].expected, "case %zu", i);
    }
}
END_TEST

START_TEST(identities_are_lent)
{
    struct identity id;
    identity_message m;

    ck_assert_int_eq(identity_parse("fqdn:gw.example", &id), 0);
    edge_message_put_identity(&id, &m);
    ck_assert_uint_eq(m.type, IDENTITY_FQDN);
    ck_assert_ptr_eq(m.data.data, id.data);
    ck_assert_uint_eq(m.data.len, id.n);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {selectors_come_back_as_they_went, endpoints_come_back_as_they_went,
                                  wrong_endpoints_are_refused, wrong_selectors_are_refused, identities_are_lent};

    return run_tests("edge_message", tests, RUN_COUNT(tests));
}
