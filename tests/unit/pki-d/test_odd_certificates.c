// 2,000 odd certificates, in the manner of other implementations' fuzz corpora: each is signed by the trusted authority
// and comes with a right AUTH payload, so that nothing but its oddness can be the reason to refuse it. None may pass.
#include <check.h>

#include "tests/unit/lib/run.h"
#include "tests/unit/pki-d/peer_call.h"

#define A_KIND 80 // of each kind of oddness
#define SAN    "subjectAltName=DNS:gw.example"

static EVP_PKEY *ca_key, *key, *other_key, *weak_key, *rsa_key;
static X509 *ca;
static uint32_t random_state;

static uint32_t draw(uint32_t n)
{
    random_state = random_state * 1664525u + 1013904223u;
    return (random_state >> 8) % n;
}

static void set_up(void)
{
    const struct mint_order root = {.subject = "CN=root", .extensions = {MINT_CA}};

    ca_key = mint_key("EC");
    key = mint_key("EC");
    other_key = mint_key("EC");
    weak_key = mint_key("RSA1024");
    rsa_key = mint_key("RSA2048");
    ca = mint_certificate(&root, ca_key);
}

static void tear_down(void)
{
    EVP_PKEY *const keys[] = {ca_key, key, other_key, weak_key, rsa_key};

    for (size_t i = 0; i < RUN_COUNT(keys); i++)
        EVP_PKEY_free(keys[i]);
    X509_free(ca);
}

// What is shown: the peer's own, and one issuer in between or none.
struct exhibit {
    X509 *own, *between;
    EVP_PKEY *key; // of AUTH; NULL: `key`
};

static X509 *issue(struct mint_order order, EVP_PKEY *subject_key)
{
    if (!order.subject)
        order.subject = "CN=gw";
    if (!order.issuer) {
        order.issuer = ca;
        order.issuer_key = ca_key;
    }
    if (!order.extensions[0])
        order.extensions[0] = SAN;
    return mint_certificate(&order, subject_key);
}

static X509 *plain(void)
{
    return issue((struct mint_order){.version = 3}, key);
}

static void sign_again(X509 *certificate)
{
    mint_require(X509_sign(certificate, ca_key, EVP_sha256()) > 0, "X509_sign");
}

static void add_text_extension(X509 *certificate, const char *text)
{
    X509_EXTENSION *extension = mint_extension(text, ca, certificate);

    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

// ---- the kinds

static void version(struct exhibit *x)
{
    static const int versions[] = {1, 2, 4, 5, 200};

    x->own = issue((struct mint_order){.version = versions[draw(5)]}, key);
}

static void extension_twice(struct exhibit *x)
{
    static const char *const texts[] = {SAN,
                                        "keyUsage=digitalSignature",
                                        "basicConstraints=CA:FALSE",
                                        "extendedKeyUsage=serverAuth",
                                        "1.2.3.4.5=ASN1:NULL",
                                        "2.5.29.32=DER:30:07:30:05:06:03:2a:03:04",
                                        "subjectKeyIdentifier=01:02"};
    const char *text = texts[draw(7)];

    x->own = plain();
    add_text_extension(x->own, text);
    add_text_extension(x->own, text);
    sign_again(x->own);
}

static void serial(struct exhibit *x)
{
    ASN1_INTEGER *number;
    uint8_t bytes[64];
    size_t n = draw(3) == 0 ? 1 : 21 + draw(40);
    bool is_negative = n == 1;
    BIGNUM *bn;

    for (size_t i = 0; i < n; i++)
        bytes[i] = (uint8_t)(1 + draw(255));
    bytes[0] &= 0x7f;
    bytes[0] |= 1;
    bn = BN_bin2bn(bytes, (int)n, NULL);
    BN_set_negative(bn, is_negative);
    if (is_negative && draw(4) == 0)
        BN_zero(bn);
    number = BN_to_ASN1_INTEGER(bn, NULL);
    x->own = plain();
    X509_set_serialNumber(x->own, number);
    sign_again(x->own);
    ASN1_INTEGER_free(number);
    BN_free(bn);
}

static void critical_unknown(struct exhibit *x)
{
    char text[120];

    snprintf(text, sizeof(text), "1.%u.%u.%u=critical,ASN1:%s", draw(39), draw(100000), draw(1000000),
             draw(2) ? "NULL" : "UTF8String:x");
    x->own = plain();
    add_text_extension(x->own, text);
    sign_again(x->own);
}

// As the one usage of the key, or as a critical extension.
static void huge_oid(struct exhibit *x)
{
    char oid[1000], text[1100], *at = oid;
    int arcs = 1 + (int)draw(30);

    at += sprintf(at, "1.2");
    for (int i = 0; i < arcs; i++)
        at += sprintf(at, ".%u%09u%09u", 1 + draw(9), draw(1000000000), draw(1000000000));
    if (draw(2))
        snprintf(text, sizeof(text), "extendedKeyUsage=%s%s", draw(2) ? "critical," : "", oid);
    else
        snprintf(text, sizeof(text), "%s=critical,ASN1:NULL", oid);
    x->own = plain();
    add_text_extension(x->own, text);
    sign_again(x->own);
}

static void set_time(ASN1_TIME *time, const char *text, int type)
{
    ASN1_STRING_set(time, text, (int)strlen(text));
    time->type = type;
}

static void times(struct exhibit *x)
{
    static const char *const bad[] = {"99991332250000Z", "270115080000",  "27011508000aZ",     "2701150800Z",    "",
                                      "\xff\xff",        "270230080000Z", "270115080000+0100", "00000000000000Z"};

    x->own = plain();
    if (draw(3) == 0)
        ASN1_TIME_set(X509_getm_notAfter(x->own), MINT_NOW - 1 - (int64_t)draw(100000000));
    else if (draw(2) == 0)
        ASN1_TIME_set(X509_getm_notBefore(x->own), MINT_NOW + 1 + (int64_t)draw(30000000));
    else
        set_time(draw(2) ? X509_getm_notAfter(x->own) : X509_getm_notBefore(x->own), bad[draw(9)],
                 draw(2) ? V_ASN1_UTCTIME : V_ASN1_GENERALIZEDTIME);
    sign_again(x->own);
}

static X509 *between(struct mint_order order)
{
    order.subject = "CN=between";
    return issue(order, other_key);
}

static X509 *below(X509 *issuer)
{
    return issue((struct mint_order){.issuer = issuer, .issuer_key = other_key}, key);
}

static void name_constraints(struct exhibit *x)
{
    static const char *const texts[] = {
        "nameConstraints=critical,excluded;DNS:gw.example",    "nameConstraints=critical,excluded;DNS:GW.EXAMPLE",
        "nameConstraints=critical,excluded;DNS:example",       "nameConstraints=excluded;DNS:.example",
        "nameConstraints=critical,permitted;DNS:other",        "nameConstraints=critical,permitted;DNS:w.example",
        "nameConstraints=critical,permitted;DNS:x.gw.example",
        "nameConstraints=critical,permitted;dirName:nothing", // a form that can't be read
        "nameConstraints=critical,permitted;RID:1.2.3",
    };
    const char *text = texts[draw(9)];

    if (strstr(text, "dirName"))
        text = "2.5.29.30=critical,DER:30:08:a0:06:30:04:a4:02:31:00";
    if (strstr(text, "RID"))
        text = "2.5.29.30=critical,DER:30:0a:a0:08:30:06:82:01:61:80:01:05"; // a minimum
    x->between = between((struct mint_order){.extensions = {MINT_CA, text}});
    x->own = below(x->between);
}

static void loop(struct exhibit *x)
{
    const struct mint_order middle = {.subject = "CN=between", .issuer_name = "CN=other", .extensions = {MINT_CA}};
    const struct mint_order self = {.subject = "CN=between", .extensions = {MINT_CA}};

    x->between = mint_certificate(draw(2) ? &middle : &self, other_key);
    x->own = below(x->between);
}

static void issuer_that_may_not(struct exhibit *x)
{
    static const char *const texts[][2] = {
        {"basicConstraints=CA:FALSE", "keyUsage=keyCertSign"},
        {"subjectKeyIdentifier=hash", "keyUsage=keyCertSign"},
        {"basicConstraints=critical,CA:TRUE", "keyUsage=critical,digitalSignature,cRLSign"},
        {"basicConstraints=critical,CA:FALSE", "keyUsage=critical,digitalSignature"},
        {"basicConstraints=CA:FALSE,pathlen:3", "extendedKeyUsage=serverAuth"},
    };
    uint32_t i = draw(5);

    x->between = between((struct mint_order){.extensions = {texts[i][0], texts[i][1]}});
    x->own = below(x->between);
}

static void extended_usage(struct exhibit *x)
{
    static const char *const texts[] = {"codeSigning",     "emailProtection",     "OCSPSigning",
                                        "timeStamping",    "1.3.6.1.5.5.7.3.5",   "1.3.6.1.5.5.7.3.18",
                                        "1.3.6.1.5.5.7.3", "1.3.6.1.5.5.7.3.1.1", "codeSigning,1.2.3"};
    char text[100];

    snprintf(text, sizeof(text), "extendedKeyUsage=%s%s", draw(2) ? "critical," : "", texts[draw(9)]);
    x->own = plain();
    add_text_extension(x->own, text);
    sign_again(x->own);
}

static void usage(struct exhibit *x)
{
    static const char *const texts[] = {"keyEncipherment", "keyAgreement,encipherOnly", "cRLSign", "dataEncipherment",
                                        "keyAgreement,decipherOnly"};
    char text[100];

    snprintf(text, sizeof(text), "keyUsage=%s%s", draw(2) ? "critical," : "", texts[draw(5)]);
    x->own = plain();
    add_text_extension(x->own, text);
    sign_again(x->own);
}

static void alternative_names(struct exhibit *x)
{
    static const char *const texts[] = {
        "2.5.29.17=DER:30:0d:82:0b:67:77:2e:65:78:61:6d:70:6c:65:00",          // gw.example and a NUL
        "2.5.29.17=DER:30:0f:82:0d:67:77:2e:65:78:61:6d:70:6c:65:00:2e:78",    // gw.example NUL .x
        "2.5.29.17=DER:30:0d:82:0b:20:67:77:2e:65:78:61:6d:70:6c:65",          // a space in front
        "2.5.29.17=DER:30:10:82:0a:67:77:2e:65:78:61:6d:70:6c:65:82:02:c3:a4", // a second one not ASCII
        "2.5.29.17=DER:30:10:82:0a:67:77:2e:65:78:61:6d:70:6c:65:87:02:01:02", // an address of two bytes
        "2.5.29.17=DER:30:0c:82:0a:67:77:2e:65:78:61:6d:70:6c",                // cut
        "2.5.29.17=DER:30:0e:82:0a:67:77:2e:65:78:61:6d:70:6c:65:82:00",       // an empty one
        "2.5.29.17=DER:04:00",
        "2.5.29.17=DER:30:0d:82:84:00:00:00:0a:67:77:2e:65:78:61:6d:70:6c:65",
    };

    x->own = issue((struct mint_order){.extensions = {texts[draw(9)]}}, key);
}

// Random bytes where an extension should be.
static void damaged_extension(struct exhibit *x)
{
    static const char *const oids[] = {"2.5.29.15", "2.5.29.19", "2.5.29.37", "2.5.29.35", "2.5.29.14", "2.5.29.31"};
    char text[200], *at = text;
    uint32_t n = 1 + draw(20);

    at += sprintf(at, "%s=DER:f%u", oids[draw(6)], draw(10)); // a tag that none of them begins with
    for (uint32_t i = 1; i < n; i++)
        at += sprintf(at, ":%02x", draw(256));
    x->own = plain();
    add_text_extension(x->own, text);
    sign_again(x->own);
}

static void weak(struct exhibit *x)
{
    if (draw(3) == 0) {
        x->own = issue((struct mint_order){.version = 3}, weak_key);
        x->key = EVP_PKEY_dup(key); // it comes as far as its key
        return;
    }
    x->between = issue((struct mint_order){.subject = "CN=between", .extensions = {MINT_CA}}, rsa_key);
    x->own = issue((struct mint_order){.issuer = x->between, .issuer_key = rsa_key, .digest = draw(2) ? "MD5" : "SHA1"},
                   key);
}

static void curve(struct exhibit *x)
{
    static const char *const curves[] = {"secp224r1", "secp256k1", "brainpoolP256r1", "prime192v1"};

    x->key = mint_key(curves[draw(4)]);
    x->own = issue((struct mint_order){.version = 3}, x->key);
}

static void too_many_extensions(struct exhibit *x)
{
    int n = 33 + (int)draw(100);

    x->own = plain();
    for (int i = 0; i < n; i++) {
        char text[60];

        snprintf(text, sizeof(text), "1.2.3.4.%d=ASN1:NULL", i);
        add_text_extension(x->own, text);
    }
    sign_again(x->own);
}

static void too_many_attributes(struct exhibit *x)
{
    int n = 33 + (int)draw(100);

    x->own = plain();
    for (int i = 0; i < n; i++)
        X509_NAME_add_entry_by_txt(X509_get_subject_name(x->own), "OU", MBSTRING_UTF8, (const unsigned char *)"x", 1,
                                   -1, 0);
    sign_again(x->own);
}

// A name that is nearly the one that is claimed.
static void other_names(struct exhibit *x)
{
    static const char *const names[] = {"DNS:*.example",
                                        "DNS:gw.example.",
                                        "DNS:gw.example.com",
                                        "DNS:xgw.example",
                                        "email:gw.example@x",
                                        "URI:gw.example",
                                        "DNS:gw",
                                        "DNS:*"};
    char text[100];

    snprintf(text, sizeof(text), "subjectAltName=%s", names[draw(8)]);
    x->own = issue((struct mint_order){.subject = "CN=gw.example", .extensions = {text}}, key);
}

static void too_large(struct exhibit *x)
{
    static const uint8_t content[20000];
    ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
    ASN1_OBJECT *oid = OBJ_txt2obj("1.2.3.4.5", 1);
    X509_EXTENSION *extension;

    ASN1_OCTET_STRING_set(value, content, 16400 + (int)draw(2000));
    extension = X509_EXTENSION_create_by_OBJ(NULL, oid, 0, value);
    x->own = plain();
    X509_add_ext(x->own, extension, -1);
    sign_again(x->own);
    X509_EXTENSION_free(extension);
    ASN1_OBJECT_free(oid);
    ASN1_OCTET_STRING_free(value);
}

static void namesake(struct exhibit *x)
{
    const struct mint_order root = {.subject = "CN=root", .extensions = {MINT_CA}};

    x->between = mint_certificate(&root, other_key);
    x->own = below(x->between);
}

static void policies(struct exhibit *x)
{
    x->between = between((struct mint_order){
        .extensions = {MINT_CA, draw(2) ? "policyConstraints=critical,requireExplicitPolicy:0"
                                        : "policyConstraints=requireExplicitPolicy:0,inhibitPolicyMapping:0"}});
    x->own = below(x->between);
}

// What the certificate says of its signature's algorithm, inside and outside, differs.
static void two_algorithms(struct exhibit *x)
{
    x->own = plain();
    X509_ALGOR_set0((X509_ALGOR *)(uintptr_t)X509_get0_tbs_sigalg(x->own), OBJ_nid2obj(NID_ecdsa_with_SHA384),
                    V_ASN1_UNDEF, NULL);
}

static void broken_signature(struct exhibit *x)
{
    const ASN1_BIT_STRING *signature;
    uint8_t *bytes;

    x->own = plain();
    X509_get0_signature(&signature, NULL, x->own);
    bytes = (uint8_t *)(uintptr_t)ASN1_STRING_get0_data(signature);
    bytes[draw((uint32_t)ASN1_STRING_length(signature))] ^= (uint8_t)(1u << draw(8));
}

static void proxy(struct exhibit *x)
{
    x->own = plain();
    add_text_extension(x->own, "1.3.6.1.5.5.7.1.14=critical,DER:30:0c:30:0a:06:08:2b:06:01:05:05:07:15:01");
    sign_again(x->own);
}

static void path_length(struct exhibit *x)
{
    // Two authorities where one may stand: the anchor allows any, the first in between none below it.
    X509 *first = issue(
        (struct mint_order){.subject = "CN=first",
                            .extensions = {"basicConstraints=critical,CA:TRUE,pathlen:0", "keyUsage=keyCertSign"}},
        other_key);

    x->between = issue(
        (struct mint_order){.subject = "CN=second", .issuer = first, .issuer_key = other_key, .extensions = {MINT_CA}},
        other_key);
    x->own = below(x->between);
    X509_free(first);
}

static const struct {
    const char *name;
    void (*make)(struct exhibit *);
} kinds[] = {
    {"version", version},
    {"extension twice", extension_twice},
    {"serial", serial},
    {"critical", critical_unknown},
    {"huge OID", huge_oid},
    {"times", times},
    {"names", name_constraints},
    {"loop", loop},
    {"issuer", issuer_that_may_not},
    {"EKU", extended_usage},
    {"usage", usage},
    {"SAN", alternative_names},
    {"damaged", damaged_extension},
    {"weak", weak},
    {"curve", curve},
    {"extensions", too_many_extensions},
    {"attributes", too_many_attributes},
    {"other names", other_names},
    {"large", too_large},
    {"namesake", namesake},
    {"policies", policies},
    {"algorithms", two_algorithms},
    {"signature", broken_signature},
    {"proxy", proxy},
    {"path length", path_length},
};

static void ask(const struct exhibit *x, struct peer_answer *ret_answer)
{
    static struct peer_call call; // of some size
    struct bytes anchor = mint_der(ca), own = mint_der(x->own), issuer = {.n = 0};

    if (x->between)
        issuer = mint_der(x->between);
    call = (struct peer_call){.id = "fqdn:gw.example", .anchor = anchor, .sent = {own, issuer}};
    call.sent_n = x->between ? 2 : 1;
    peer_call_sign(&call, x->key ? x->key : key);
    peer_call_ask(&call, ret_answer);
    mint_free_der(anchor);
    mint_free_der(own);
    mint_free_der(issuer);
}

static void exhibit_done(struct exhibit *x)
{
    X509_free(x->own);
    X509_free(x->between);
    EVP_PKEY_free(x->key);
}

START_TEST(none_passes)
{
    for (uint32_t i = 0; i < A_KIND; i++) {
        struct exhibit x = {.own = NULL};
        struct peer_answer answer;

        random_state = (uint32_t)_i * 1000 + i;
        draw(2);
        kinds[_i].make(&x);
        ask(&x, &answer);
        ck_assert_msg(answer.verdict.code != VERDICT(ACCEPTED), "%s %u passes", kinds[_i].name, i);
        ck_assert_msg(answer.verdict.code != VERDICT(WRONG_SIGNATURE), "%s %u comes as far as its signature: %s",
                      kinds[_i].name, i, answer.verdict.reason);
        ck_assert_str_ne(answer.verdict.reason, "");
        peer_answer_done(&answer);
        exhibit_done(&x);
    }
}
END_TEST

// What the others would be without their oddness.
START_TEST(plain_one_passes)
{
    struct exhibit x = {.own = plain()};
    struct peer_answer answer;

    ask(&x, &answer);
    ck_assert_msg(answer.verdict.code == VERDICT(ACCEPTED), "%s", answer.verdict.reason);
    peer_answer_done(&answer);
    X509_free(x.own);
    x.between = between((struct mint_order){.extensions = {MINT_CA, "nameConstraints=critical,permitted;DNS:example"}});
    x.own = below(x.between);
    ask(&x, &answer);
    ck_assert_msg(answer.verdict.code == VERDICT(ACCEPTED), "%s", answer.verdict.reason);
    peer_answer_done(&answer);
    exhibit_done(&x);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("odd_certificates");

    _Static_assert(RUN_COUNT(kinds) * A_KIND == 2000, "as many as are told");
    tcase_add_unchecked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, none_passes, 0, (int)RUN_COUNT(kinds));
    tcase_add_test(tcase, plain_one_passes);
    return run_case(tcase);
}
