// Identity patterns: which texts are one, and whom they let in.
#include <check.h>
#include <errno.h>

#include "lib/net/identity_pattern.h"
#include "tests/unit/lib/run.h"

static const struct {
    const char *pattern, *id;
    bool fits;
} fits_rows[] = {
    {"gw.example", "fqdn:gw.example", true},
    {"gw.example", "fqdn:GW.Example", true},
    {"gw.example", "fqdn:a.gw.example", false},
    {"*.branch.example", "fqdn:a.branch.example", true},
    {"fqdn:*.branch.example", "fqdn:A.B.Branch.Example", true},
    {"*.branch.example", "fqdn:branch.example", false},
    {"*.branch.example", "fqdn:.branch.example", false},
    {"*.branch.example", "fqdn:..branch.example", false},
    {"*.branch.example", "fqdn:abranch.example", false},
    {"*.branch.example", "fqdn:a.branch.example.org", false},
    {"*.branch.example", "email:a@a.branch.example", false},
    {"*@example.com", "email:anna@example.com", true},
    {"email:*@example.com", "email:Anna@EXAMPLE.com", true},
    {"*@example.com", "email:anna@sub.example.com", false},
    {"*@example.com", "fqdn:example.com", false},
    {"any", "keyid:0a", true},
    {"any", "ipv4:192.0.2.1", true},
    {"ipv4:192.0.2.1", "ipv4:192.0.2.1", true},
    {"ipv4:192.0.2.1", "ipv4:192.0.2.2", false},
    {"dn:CN=*,O=Example", "dn:CN=gw1,O=Example", true},
    {"CN=*, O=Example", "dn:CN=gw1,O=EXAMPLE", true},
    {"dn:O=Example,CN=*", "dn:CN=gw1,O=Example", true},
    {"dn:CN=*,E=*", "dn:CN=gw1,E=a@b.example", true},
    {"dn:CN=*,O=Example", "dn:CN=gw1,O=Other", false},
    {"dn:CN=*,O=Example", "dn:CN=gw1,OU=x,O=Example", false},
    {"dn:CN=*,O=Example", "dn:CN=gw1", false},
    {"dn:CN=*,O=Example", "dn:OU=gw1,O=Example", false},
    {"dn:CN=*,O=Example", "fqdn:gw1.example", false},
    {"dn:CN=\\2a", "dn:CN=gw1", false},
    {"dn:CN=gw1,O=Example", "dn:CN=gw1,O=Example", true},
};

START_TEST(lets_in)
{
    struct identity_pattern pattern;
    struct identity id;

    ck_assert_int_eq(identity_pattern_parse(fits_rows[_i].pattern, &pattern), 0);
    ck_assert_int_eq(identity_parse(fits_rows[_i].id, &id), 0);
    ck_assert_int_eq(identity_pattern_fits(&pattern, &id), fits_rows[_i].fits);
}
END_TEST

// A peer's own words: bytes that identity_parse would never make.
START_TEST(is_not_fooled)
{
    static const char two_at[] = "a@b@example.com";
    struct identity_pattern pattern;
    struct identity id, none = {.type = IDENTITY_NONE};

    ck_assert_int_eq(identity_pattern_parse("*@example.com", &pattern), 0);
    ck_assert_int_eq(identity_from_wire(IDENTITY_EMAIL, bytes_of_str(two_at), &id), 0);
    ck_assert(!identity_pattern_fits(&pattern, &id));
    ck_assert_int_eq(identity_pattern_parse("any", &pattern), 0);
    ck_assert(!identity_pattern_fits(&pattern, &none));
}
END_TEST

START_TEST(refuses)
{
    static const char *const bad[] = {"*",
                                      "*.",
                                      "a.*.example",
                                      "*a.example",
                                      "*.*.example",
                                      "a*@b.example",
                                      "*@*.example",
                                      "fqdn:*",
                                      "ipv4:*",
                                      "keyid:*",
                                      "gw.*",
                                      "*@",
                                      "",
                                      "dn:CN=a*",
                                      "dn:*",
                                      "dn:*=gw1"};
    struct identity_pattern pattern;

    ck_assert_int_eq(identity_pattern_parse(bad[_i], &pattern), -EINVAL);
}
END_TEST

START_TEST(prints)
{
    static const char *const texts[] = {"any",
                                        "fqdn:*.branch.example",
                                        "email:*@example.com",
                                        "fqdn:gw.example",
                                        "dn:CN=*,O=Example",
                                        "dn:CN=gw1,O=Example"};
    struct identity_pattern pattern;
    char out[IDENTITY_TEXT_MAX];

    ck_assert_int_eq(identity_pattern_parse(texts[_i], &pattern), 0);
    ck_assert_str_eq(identity_pattern_format(&pattern, out, sizeof(out)), texts[_i]);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("identity_pattern");
    TCase *t = tcase_create("rows");

    tcase_add_loop_test(t, lets_in, 0, (int)(sizeof(fits_rows) / sizeof(fits_rows[0])));
    tcase_add_test(t, is_not_fooled);
    tcase_add_loop_test(t, refuses, 0, 16);
    tcase_add_loop_test(t, prints, 0, 6);
    suite_add_tcase(s, t);
    return s;
}

int main(void)
{
    return run_suite(suite());
}
