// Distinguished names: text and DER, and which of them are the same.
#include <check.h>
#include <errno.h>
#include <string.h>

#include "lib/net/distinguished_name.h"
#include "tests/unit/lib/run.h"

#define DER_MAX  1024
#define TEXT_MAX 2048

struct der {
    uint8_t b[DER_MAX];
    size_t n;
};

static struct der of_hex(const char *hex)
{
    struct der der;
    int n = bytes_from_hex(hex, der.b, sizeof(der.b));

    ck_assert_int_ge(n, 0);
    der.n = (size_t)n;
    return der;
}

static struct der of_text(const char *text)
{
    struct der der;

    ck_assert_msg(distinguished_name_from_text(text, true, sizeof(der.b), der.b, &der.n) == 0, "%s", text);
    return der;
}

static struct bytes view(const struct der *der)
{
    return bytes_of(der->b, der->n);
}

// As `openssl req -subj` writes it: C (PrintableString), O and CN (UTF8String).
#define OPENSSL_NAME "302d310b30090603550406130244453110300e060355040a0c074578616d706c65310c300a06035504030c03677731"
// The same with PrintableString in all of them, as other tools write it.
#define PRINTABLE_NAME                                                                                                 \
    "302d310b300906035504061302444531"                                                                                 \
    "10300e060355040a13074578616d706c65310c300a0603550403130367"                                                       \
    "7731"
// CN as BMPString: "gw1".
#define BMP_NAME "3011310f300d06035504031e06006700770031"

START_TEST(reads_and_writes_text)
{
    static const struct {
        const char *text, *printed; // NULL: the same
    } cases[] = {
        {"CN=gw1,O=Example,C=DE", NULL},
        {"cn = gw1 , o = Example , c=DE", "CN=gw1,O=Example,C=DE"},
        {"2.5.4.3=gw1", "CN=gw1"},
        {"OID.1.3.6.1.4.1.311.60.2.1.3=DE", "1.3.6.1.4.1.311.60.2.1.3=DE"},
        {"DC=office,DC=example", NULL},
        {"CN=Anna,E=anna@b.example", "CN=Anna,emailAddress=anna@b.example"},
        {"CN=\"Example, Inc.\"", "CN=Example\\, Inc."},
        {"CN=Example\\, Inc.", NULL},
        {"CN=a\\2cb", "CN=a\\,b"},
        {"CN=\\ a\\ ", NULL},
        {"CN=\\#a", NULL},
        {"CN=M\xc3\xbcller", "CN=M\\c3\\bcller"},
        {"CN=#0c03677731", "CN=gw1"},
        {"CN=#0a0101", NULL},
        {"CN=gw1+serialNumber=7,O=Example", NULL},
        {"CN=*,O=*", NULL},
        {"CN=\\2a", NULL},
        {"CN=\\*", "CN=\\2a"},
        {"CN=\"a*\"", "CN=a\\2a"},
        {"UID=anna,unstructuredName=gw", NULL},
    };

    for (size_t i = 0; i < RUN_COUNT(cases); i++) {
        char out[TEXT_MAX];
        struct der der = of_text(cases[i].text), again;

        distinguished_name_format(view(&der), out, sizeof(out));
        ck_assert_str_eq(out, cases[i].printed ? cases[i].printed : cases[i].text);
        again = of_text(out);
        ck_assert(distinguished_name_equal(view(&der), view(&again)));
        ck_assert_uint_eq(distinguished_name_hash(view(&der)), distinguished_name_hash(view(&again)));
    }
}
END_TEST

START_TEST(refuses_texts)
{
    static const char *const cases[] = {
        "",           "CN",           "CN=",
        "=gw1",       "XX=gw1",       "CN=gw1,",
        "CN=gw1+",    "CN=\"gw1",     "CN=\"a\"b",
        "CN=a\\",     "CN=a\\zz",     "CN=a;O=b",
        "CN=a<b",     "CN=#",         "CN=#0",
        "CN=#0c0467", "CN=#0c0161zz", "3.1=a",
        "1.40=a",     "1=a",          "1..2=a",
        "2.05.4=a",   "2.5.4.3.=gw1", ",CN=gw1",
        "CN=\\xyz",   "/CN=gw1",      "99999999999.1=a",
        "SN=7",       "CN=*.a",
    };
    struct der der;

    for (size_t i = 0; i < RUN_COUNT(cases); i++)
        ck_assert_msg(distinguished_name_from_text(cases[i], true, sizeof(der.b), der.b, &der.n) == -EINVAL, "\"%s\"",
                      cases[i]);
    ck_assert_int_eq(distinguished_name_from_text("CN=*", false, sizeof(der.b), der.b, &der.n), -EINVAL);
    ck_assert_int_eq(distinguished_name_from_text("CN=gw1", false, 5, der.b, &der.n), -EINVAL);
}
END_TEST

START_TEST(refuses_too_many_attributes)
{
    char text[8 * (DISTINGUISHED_NAME_ATTRIBUTES_MAX + 1) + 1] = "";
    struct der der;

    for (int i = 0; i < DISTINGUISHED_NAME_ATTRIBUTES_MAX; i++)
        strcat(text, i ? ",OU=a" : "OU=a");
    ck_assert_int_eq(distinguished_name_from_text(text, false, sizeof(der.b), der.b, &der.n), 0);
    strcat(text, ",OU=a");
    ck_assert_int_eq(distinguished_name_from_text(text, false, sizeof(der.b), der.b, &der.n), -EINVAL);
}
END_TEST

START_TEST(compares)
{
    static const struct {
        const char *a, *b; // hexadecimal DER, or text
        bool equal;
    } cases[] = {
        {OPENSSL_NAME, "CN=gw1,O=Example,C=DE", true},
        {OPENSSL_NAME, PRINTABLE_NAME, true},
        {OPENSSL_NAME, "C=DE,O=Example,CN=gw1", true},
        {OPENSSL_NAME, "CN=gw1,C=DE,O=Example", false},
        {OPENSSL_NAME, "cn=GW1,o=EXAMPLE,c=de", true},
        {OPENSSL_NAME, "CN=gw1,O=Example", false},
        {OPENSSL_NAME, "CN=gw1,O=Example,OU=x,C=DE", false},
        {BMP_NAME, "CN=Gw1", true},
        {"CN=  a \\  b ", "CN=a b", true},
        {"CN=ab", "CN=a b", false},
        {"CN=M\xc3\xbcller",
         "3013311130"
         "0f060355040314084dfc6c6c65722020",
         true}, // T61String
        {"CN=a+O=b", "O=b+CN=a", true},
        {"CN=a+O=b", "CN=a,O=b", false},
        {"CN=a+O=b,C=DE", "C=DE,CN=a+O=b", true},
        {"CN=a+O=b,C=DE", "CN=a,O=b+C=DE", false},
        {"CN=a+CN=a", "CN=a+CN=b", false},
        {"CN=a", "CN=\\2a", false},
        {"CN=#0a0101", "CN=#0a0101", true},
        {"CN=#0a0101", "CN=#020101", false},
        {"CN=*", "CN=a", false},
    };

    for (size_t i = 0; i < RUN_COUNT(cases); i++) {
        struct der a = cases[i].a[0] == '3' ? of_hex(cases[i].a) : of_text(cases[i].a);
        struct der b = cases[i].b[0] == '3' ? of_hex(cases[i].b) : of_text(cases[i].b);

        ck_assert_msg(distinguished_name_equal(view(&a), view(&b)) == cases[i].equal, "case %zu", i);
        ck_assert_msg(distinguished_name_equal(view(&b), view(&a)) == cases[i].equal, "case %zu, turned", i);
        if (cases[i].equal)
            ck_assert_uint_eq(distinguished_name_hash(view(&a)), distinguished_name_hash(view(&b)));
    }
}
END_TEST

// Each of them is a small change of "300e310c300a06035504030c03677731", CN=gw1.
START_TEST(refuses_der)
{
    static const char *const cases[] = {
        "",
        "3000",                                 // no attribute
        "300e310c300a06035504030c036777",       // cut short
        "300e310c300a06035504030c0367773100",   // something behind it
        "30810e310c300a06035504030c03677731",   // a length in more bytes than it needs
        "3080310c300a06035504030c036777310000", // indefinite length
        "310e310c300a06035504030c03677731",     // SET for SEQUENCE
        "300e300c300a06035504030c03677731",     // SEQUENCE for SET
        "300e310c310a06035504030c03677731",     // SET for SEQUENCE
        "300e310c300a04035504030c03677731",     // no OBJECT IDENTIFIER
        "300b3109300706000c03677731",           // an empty one
        "300731053003060103",                   // no value
        "3010310e300c06035504030c036777310500", // a second value
        "30023100",                             // an empty SET
        "300e310c300a06035504031f03677731",     // a tag of several bytes
        "308300000e310c300a06035504030c03677731",
        "300e310c300a06035504030c04677731",
    };
    struct distinguished_name name;
    char out[TEXT_MAX];

    for (size_t i = 0; i < RUN_COUNT(cases); i++) {
        struct der der = of_hex(cases[i]), good = of_text("CN=gw1");

        ck_assert_msg(distinguished_name_parse(view(&der), &name) == -EBADMSG, "case %zu", i);
        ck_assert(distinguished_name_equal(view(&der), view(&der)));
        ck_assert(!distinguished_name_equal(view(&der), view(&good)));
        ck_assert(!distinguished_name_fits(view(&good), view(&der)));
        ck_assert_str_eq(distinguished_name_format(view(&der), out, 2), "#");
    }
}
END_TEST

START_TEST(escapes_what_a_peer_sent)
{
    struct der der = of_hex("3014311230100603550403"
                            "0c09610a1b5b41c3bc0022");
    char out[TEXT_MAX], small[12];

    ck_assert_str_eq(distinguished_name_format(view(&der), out, sizeof(out)), "CN=a\\0a\\1b[A\\c3\\bc\\00\\\"");
    ck_assert_str_eq(distinguished_name_format(view(&der), small, sizeof(small)), "CN=a\\0a\\1b["); // cut short
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("distinguished_name");
    TCase *t = tcase_create("rows");

    tcase_add_test(t, reads_and_writes_text);
    tcase_add_test(t, refuses_texts);
    tcase_add_test(t, refuses_too_many_attributes);
    tcase_add_test(t, compares);
    tcase_add_test(t, refuses_der);
    tcase_add_test(t, escapes_what_a_peer_sent);
    suite_add_tcase(s, t);
    return s;
}

int main(void)
{
    return run_suite(suite());
}
