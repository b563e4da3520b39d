// Names of hosts (RFC 1123 2.1) and http URLs (RFC 9110 4.2.1).
#include <errno.h>
#include <string.h>

#include "lib/net/url.h"
#include "tests/unit/lib/run.h"

static const struct {
    const char *text;
    bool valid;
} names[] = {
    {"gw.example", true},
    {"gw", true},
    {"gw.example.", true},
    {"a-b_c.example", true},
    {"1.example", true},
    {"", false},
    {".", false},
    {"gw..example", false},
    {".gw", false},
    {"-gw.example", false},
    {"gw-.example", false},
    {"192.0.2.300", false},
    {"10.1", false},
    {"gw example", false},
    {"gw/24", false},
    {"2001:db8::1", false},
    {"a123456789012345678901234567890123456789012345678901234567890123.example", false},
};

START_TEST(names_are_told_from_what_is_none)
{
    ck_assert_msg(host_name_is_valid(names[_i].text) == names[_i].valid, "%s", names[_i].text);
}
END_TEST

static const struct {
    const char *text;
    int error;
    const char *host;
    uint16_t port;
    const char *target;
} urls[] = {
    {"http://pki.example/ca.crl", 0, "pki.example", 80, "/ca.crl"},
    {"HTTP://pki.example:8080", 0, "pki.example", 8080, "/"},
    {"http://pki.example?x=y", 0, "pki.example", 80, "/?x=y"},
    {"http://192.0.2.1/a%20b", 0, "192.0.2.1", 80, "/a%20b"},
    {"http://[2001:db8::1]:81/", 0, "2001:db8::1", 81, "/"},
    {"https://pki.example/", -EPROTONOSUPPORT, NULL, 0, NULL},
    {"ldap://pki.example/", -EPROTONOSUPPORT, NULL, 0, NULL},
    {"http://", -EINVAL, NULL, 0, NULL},
    {"http://user@pki.example/", -EINVAL, NULL, 0, NULL},
    {"http://pki.example@127.0.0.1/", -EINVAL, NULL, 0, NULL},
    {"http://pki.example/#x", -EINVAL, NULL, 0, NULL},
    {"http://pki.example/a b", -EINVAL, NULL, 0, NULL},
    {"http://pki.example/a\r\nX: y", -EINVAL, NULL, 0, NULL},
    {"http://pki.example:0/", -EINVAL, NULL, 0, NULL},
    {"http://pki.example:65536/", -EINVAL, NULL, 0, NULL},
    {"http://pki.example:/", -EINVAL, NULL, 0, NULL},
    {"http://2130706433/", -EINVAL, NULL, 0, NULL}, // 127.0.0.1, as some read it
    {"http://0x7f.1/", -EINVAL, NULL, 0, NULL},
    {"http://2001:db8::1/", -EINVAL, NULL, 0, NULL},
    {"http://[192.0.2.1]/", -EINVAL, NULL, 0, NULL},
    {"http://[2001:db8::1/", -EINVAL, NULL, 0, NULL},
};

START_TEST(urls_are_taken_apart)
{
    struct url url;

    ck_assert_msg(url_parse(urls[_i].text, &url) == urls[_i].error, "%s", urls[_i].text);
    if (urls[_i].error)
        return;
    ck_assert_str_eq(url.host, urls[_i].host);
    ck_assert_uint_eq(url.port, urls[_i].port);
    ck_assert_str_eq(url.target, urls[_i].target);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("url");

    tcase_add_loop_test(tcase, names_are_told_from_what_is_none, 0, RUN_COUNT(names));
    tcase_add_loop_test(tcase, urls_are_taken_apart, 0, RUN_COUNT(urls));
    return run_case(tcase);
}
