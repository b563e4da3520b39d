// The linter: one certificate that everybody takes, and for each rule what breaks it, whom it concerns and how badly.
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "lib/pki/lint_message.h"
#include "tests/unit/lib/run.h"

#define DAY_S 86400
#define NOW   1800000000

static char *const server_names[] = {"dns:vpn.example"};
static char *const server_usage[] = {"serverAuth", "ipsecIKE"};
static char *const client_usage[] = {"clientAuth"};
static char *const client_names[] = {"email:anna@example.com"};

static struct lint_facts server(void)
{
    return (struct lint_facts){
        .purpose = LINT_PURPOSE_SERVER,
        .common_name = "vpn.example",
        .alt_names = server_names,
        .alt_names_n = 1,
        .key = LINT_KEY_RSA,
        .rsa_bits = 2048,
        .signature_algorithm = "sha256WithRSAEncryption",
        .key_usage = LINT_USAGE_DIGITAL_SIGNATURE,
        .extended_key_usage = server_usage,
        .extended_key_usage_n = 2,
        .has_subject_key_id = true,
        .has_authority_key_id = true,
        .not_before = NOW,
        .not_after = NOW + 397LL * DAY_S,
        .clients = LINT_CLIENTS_ALL,
        .now = NOW,
    };
}

static struct lint_facts client(void)
{
    struct lint_facts facts = server();

    facts.purpose = LINT_PURPOSE_CLIENT;
    facts.common_name = "anna";
    facts.alt_names = client_names;
    facts.extended_key_usage = client_usage;
    facts.extended_key_usage_n = 1;
    return facts;
}

static struct lint_facts authority(void)
{
    struct lint_facts facts = server();

    facts.purpose = LINT_PURPOSE_AUTHORITY;
    facts.common_name = "ca";
    facts.alt_names_n = 0;
    facts.extended_key_usage_n = 0;
    facts.key_usage = LINT_USAGE_KEY_CERT_SIGN | LINT_USAGE_CRL_SIGN;
    facts.is_authority = true;
    facts.is_self_signed = true;
    facts.has_authority_key_id = false;
    facts.not_after = NOW + 3650LL * DAY_S;
    return facts;
}

static void note(void *arg, const struct lint_finding *finding)
{
    char *out = arg;
    size_t n = strlen(out);

    ck_assert_uint_gt(strlen(finding->message), 20);
    snprintf(out + n, 2048 - n, "%s%s %s%s%s", n ? ", " : "",
             finding->severity == LINT_SEVERITY_ERROR ? "error" : "warning", finding->client,
             finding->client[0] ? " " : "", finding->rule);
}

static const char *lint(const struct lint_facts *facts)
{
    static char out[2048];

    out[0] = 0;
    lint_certificate(facts, note, out);
    return out;
}

// What breaks it.
static char *const address[] = {"ip:192.0.2.1", "dns:vpn.example"};
static char *const address_twice[] = {"ip:192.0.2.1", "dns:192.0.2.1", "dns:vpn.example"};
static char *const wildcard[] = {"dns:*.example"};
static char *const dialled_address[] = {"192.0.2.1"};
static char *const dialled_name[] = {"dns:vpn.example"};
static char *const dialled_other[] = {"gw.example"};
static char *const six[] = {"dns:2001:DB8::1", "ip:2001:db8::1", "dns:vpn.example"};
static char *const dialled_six[] = {"2001:db8:0::1"};

static void set_names(struct lint_facts *facts, char *const *names, size_t n)
{
    facts->alt_names = names;
    facts->alt_names_n = n;
}

static void set_dialled(struct lint_facts *facts, char *const *names)
{
    facts->dialled = names;
    facts->dialled_n = 1;
}

static void no_change(struct lint_facts *f)
{
    (void)f;
}

static void expired(struct lint_facts *f)
{
    f->now = f->not_after + 1;
}

static void early(struct lint_facts *f)
{
    f->now = f->not_before - 1;
}

static void short_key(struct lint_facts *f)
{
    f->rsa_bits = 1024;
}

static void other_key(struct lint_facts *f)
{
    f->key = LINT_KEY_OTHER;
}

static void p256(struct lint_facts *f)
{
    f->key = LINT_KEY_EC_P256;
}

static void p521(struct lint_facts *f)
{
    f->key = LINT_KEY_EC_P521;
}

static void ed25519(struct lint_facts *f)
{
    f->key = LINT_KEY_ED25519;
}

static void sha1(struct lint_facts *f)
{
    f->signature_algorithm = "RSA-SHA1";
}

static void md5(struct lint_facts *f)
{
    f->signature_algorithm = "md5WithRSAEncryption";
}

static void no_authority_key_id(struct lint_facts *f)
{
    f->has_authority_key_id = false;
}

static void no_subject_key_id(struct lint_facts *f)
{
    f->has_subject_key_id = false;
}

static void no_constraints(struct lint_facts *f)
{
    f->is_authority = false;
}

static void no_cert_sign(struct lint_facts *f)
{
    f->key_usage = LINT_USAGE_CRL_SIGN;
}

static void no_crl_sign(struct lint_facts *f)
{
    f->key_usage = LINT_USAGE_KEY_CERT_SIGN;
}

static void no_usage(struct lint_facts *f)
{
    f->key_usage = 0;
}

static void encipherment(struct lint_facts *f)
{
    f->key_usage = 1u << 2;
}

static void nobody(struct lint_facts *f)
{
    f->common_name = "";
    f->alt_names_n = 0;
}

static void no_san(struct lint_facts *f)
{
    f->alt_names_n = 0;
}

static void other_name(struct lint_facts *f)
{
    f->common_name = "gw.example";
}

static void with_wildcard(struct lint_facts *f)
{
    set_names(f, wildcard, 1);
    f->common_name = "";
}

static void wildcard_dialled(struct lint_facts *f)
{
    with_wildcard(f);
    set_dialled(f, dialled_other);
    f->clients = LINT_CLIENT_BIT(LINT_CLIENT_WINDOWS);
}

static void no_extended(struct lint_facts *f)
{
    f->extended_key_usage_n = 0;
}

static void wrong_extended(struct lint_facts *f)
{
    f->extended_key_usage = f->purpose == LINT_PURPOSE_CLIENT ? server_usage : client_usage;
    f->extended_key_usage_n = 1;
}

static void by_oid(struct lint_facts *f)
{
    static char *const oids[] = {"1.3.6.1.5.5.7.3.1"};

    f->extended_key_usage = oids;
    f->extended_key_usage_n = 1;
}

static void with_address(struct lint_facts *f)
{
    set_names(f, address, 2);
}

static void with_dialled_address(struct lint_facts *f)
{
    set_names(f, address, 2);
    set_dialled(f, dialled_address);
}

static void with_both_addresses(struct lint_facts *f)
{
    set_names(f, address_twice, 3);
    set_dialled(f, dialled_address);
}

static void with_six(struct lint_facts *f)
{
    set_names(f, six, 3);
    set_dialled(f, dialled_six);
}

static void foreign_address(struct lint_facts *f)
{
    set_dialled(f, dialled_address);
}

static void its_name(struct lint_facts *f)
{
    set_dialled(f, dialled_name);
}

static void foreign_name(struct lint_facts *f)
{
    set_dialled(f, dialled_other);
    f->clients = LINT_CLIENT_BIT(LINT_CLIENT_STRONGSWAN) | LINT_CLIENT_BIT(LINT_CLIENT_WINDOWS);
}

static void only_common_name(struct lint_facts *f)
{
    static char *const other[] = {"dns:other.example"};

    set_names(f, other, 1);
    set_dialled(f, dialled_name);
}

static void ten_years(struct lint_facts *f)
{
    f->not_after = NOW + 3650LL * DAY_S;
}

static void at_the_limit(struct lint_facts *f)
{
    f->not_after = NOW + 825LL * DAY_S;
}

static void beyond_the_limit(struct lint_facts *f)
{
    f->not_after = NOW + 825LL * DAY_S + 1;
}

static void site(struct lint_facts *f)
{
    f->purpose = LINT_PURPOSE_SITE;
}

static void guessed(struct lint_facts *f)
{
    f->purpose = LINT_PURPOSE_GUESS;
}

static void guessed_wrong(struct lint_facts *f)
{
    static char *const other[] = {"1.3.6.1.5.5.8.2.2"};

    f->purpose = LINT_PURPOSE_GUESS;
    f->extended_key_usage = other;
    f->extended_key_usage_n = 1;
}

static const struct {
    const char *name;
    struct lint_facts (*base)(void);
    void (*change)(struct lint_facts *facts);
    const char *findings;
} rows[] = {
    {"a good server", server, no_change, ""},
    {"a good client", client, no_change, ""},
    {"a good authority", authority, no_change, ""},
    {"expired", client, expired, "error expired"},
    {"early", client, early, "error not-yet-valid"},
    {"rsa-1024", client, short_key, "error key-too-short"},
    {"dsa", client, other_key, "error key-type-unknown"},
    {"ec-p256", server, p256,
     "warning windows key-type-unsupported, error android key-type-unsupported, warning routeros key-type-unsupported"},
    {"ec-p521", client, p521,
     "error windows key-type-unsupported, error android key-type-unsupported, warning routeros key-type-unsupported"},
    {"ed25519", authority, ed25519,
     "error windows key-type-unsupported, error apple key-type-unsupported, error android key-type-unsupported, "
     "error routeros key-type-unsupported, error cisco key-type-unsupported"},
    {"sha1", client, sha1, "error weak-signature"},
    {"md5", client, md5, "error weak-signature"},
    {"sha1 of a root", authority, sha1, ""},
    {"no authorityKeyIdentifier", client, no_authority_key_id, "warning missing-authority-key-id"},
    {"no subjectKeyIdentifier", authority, no_subject_key_id, "warning missing-subject-key-id"},
    {"no basicConstraints", authority, no_constraints, "error not-an-authority"},
    {"no keyCertSign", authority, no_cert_sign, "error missing-key-cert-sign"},
    {"no cRLSign", authority, no_crl_sign, "warning missing-crl-sign"},
    {"an authority without keyUsage", authority, no_usage, "warning missing-key-cert-sign"},
    {"a client without keyUsage", client, no_usage, ""},
    {"no digitalSignature", client, encipherment, "error missing-digital-signature"},
    {"nobody", client, nobody, "error no-name"},
    {"no SAN", server, no_san,
     "warning windows missing-san, error apple missing-san, error android missing-san, error strongswan missing-san, "
     "warning routeros missing-san, warning cisco missing-san"},
    {"common name of its own", server, other_name, "warning common-name-not-in-san"},
    {"wildcard", server, with_wildcard,
     "warning apple wildcard-name, warning android wildcard-name, error strongswan wildcard-name, "
     "warning routeros wildcard-name, warning cisco wildcard-name"},
    {"wildcard that fits what is dialled", server, wildcard_dialled, ""},
    {"a server without EKU", server, no_extended,
     "error windows missing-server-auth, error apple missing-server-auth, warning android missing-server-auth, "
     "warning cisco missing-server-auth"},
    {"a server with clientAuth", server, wrong_extended,
     "error windows missing-server-auth, error apple missing-server-auth, warning android missing-server-auth, "
     "warning cisco missing-server-auth"},
    {"serverAuth by its OID", server, by_oid, ""},
    {"a client without EKU", client, no_extended,
     "warning windows missing-client-auth, warning cisco missing-client-auth"},
    {"a client with serverAuth", client, wrong_extended,
     "error wrong-usage, error windows missing-client-auth, warning cisco missing-client-auth"},
    {"an address as iPAddress alone", server, with_address,
     "warning windows ip-not-dns-name, warning apple ip-not-dns-name"},
    {"and dialled", server, with_dialled_address, "error windows ip-not-dns-name, warning apple ip-not-dns-name"},
    {"an address as both", server, with_both_addresses, ""},
    {"an IPv6 address as both, written in other ways", server, with_six, ""},
    {"an address that it does not name", server, foreign_address,
     "error windows ip-not-dns-name, warning apple ip-not-dns-name, error android dialled-not-in-san, "
     "error strongswan dialled-not-in-san, error routeros dialled-not-in-san, error cisco dialled-not-in-san"},
    {"its name", server, its_name, ""},
    {"a name that it does not name", server, foreign_name,
     "error windows dialled-not-in-san, error strongswan dialled-not-in-san"},
    {"a name that is only the common name", server, only_common_name,
     "warning common-name-not-in-san, error apple dialled-not-in-san, error android dialled-not-in-san, "
     "error strongswan dialled-not-in-san, warning routeros dialled-not-in-san, warning cisco dialled-not-in-san"},
    {"ten years", server, ten_years, "error apple validity-too-long"},
    {"ten years of a client", client, ten_years, ""},
    {"825 days", server, at_the_limit, ""},
    {"825 days and a second", server, beyond_the_limit, "error apple validity-too-long"},
    {"a site with serverAuth alone", server, site,
     "error windows missing-client-auth, warning cisco missing-client-auth"},
    {"a server by its EKU", server, guessed, ""},
    {"an authority by its constraints", authority, guessed, ""},
    {"a server by its name", server, guessed_wrong,
     "error windows missing-server-auth, error apple missing-server-auth, warning android missing-server-auth, "
     "warning cisco missing-server-auth"},
};

START_TEST(finds)
{
    struct lint_facts facts = rows[_i].base();

    rows[_i].change(&facts);
    ck_assert_msg(!strcmp(lint(&facts), rows[_i].findings), "%s: %s", rows[_i].name, lint(&facts));
}
END_TEST

// Only those asked for are heard; what concerns everybody always.
START_TEST(asks_for_clients)
{
    struct lint_facts facts = server();

    facts.key = LINT_KEY_ED25519;
    facts.not_after = NOW - 1;
    facts.clients = 0;
    ck_assert_str_eq(lint(&facts), "error expired");
    facts.clients = LINT_CLIENT_BIT(LINT_CLIENT_STRONGSWAN) | LINT_CLIENT_BIT(LINT_CLIENT_CISCO);
    ck_assert_str_eq(lint(&facts), "error expired, error cisco key-type-unsupported");
}
END_TEST

START_TEST(knows_the_clients_names)
{
    static char *const good[] = {"windows", "iOS"};
    static char *const bad[] = {"windows", "beos"};
    size_t unknown = 9;

    ck_assert_uint_eq(lint_profile_find_all(good, 2, &unknown),
                      LINT_CLIENT_BIT(LINT_CLIENT_WINDOWS) | LINT_CLIENT_BIT(LINT_CLIENT_APPLE));
    ck_assert_uint_eq(lint_profile_find_all(NULL, 0, &unknown), LINT_CLIENTS_ALL);
    ck_assert_uint_eq(unknown, 9);
    ck_assert_uint_eq(lint_profile_find_all(bad, 2, &unknown), 0);
    ck_assert_uint_eq(unknown, 1);
    for (size_t i = 0; i < LINT_CLIENT_COUNT; i++)
        ck_assert_uint_eq(lint_profile_find(lint_profiles[i].name), LINT_CLIENT_BIT(lint_profiles[i].client));
}
END_TEST

// A stranger's certificate with thousands of names.
START_TEST(ends)
{
    static char *names[5000];
    struct lint_facts facts = server();
    struct lint_message_list list = {0};

    for (size_t i = 0; i < RUN_COUNT(names); i++)
        names[i] = (char *)"dns:*.example";
    set_names(&facts, names, RUN_COUNT(names));
    lint_certificate(&facts, lint_message_add, &list);
    ck_assert_uint_eq(list.n, LINT_FINDINGS_MAX);
    lint_message_list_done(&list);
}
END_TEST

START_TEST(reads_messages)
{
    Bulkhead__Internal__V1__CertificateFacts message = BULKHEAD__INTERNAL__V1__CERTIFICATE_FACTS__INIT;
    Bulkhead__Internal__V1__PublicKey key = BULKHEAD__INTERNAL__V1__PUBLIC_KEY__INIT;
    Bulkhead__V1__Subject subject = BULKHEAD__V1__SUBJECT__INIT;
    struct lint_message_list list = {0};
    struct lint_facts facts;
    uint8_t n[128] = {0x80};

    subject.common_name = (char *)"vpn.example";
    message.subject_fields = &subject;
    message.key = &key;
    key.n.data = n;
    key.n.len = sizeof(n);
    lint_message_facts(&message, &facts);
    ck_assert_int_eq(facts.key, LINT_KEY_RSA);
    ck_assert_uint_eq(facts.rsa_bits, 1024);
    n[0] = 1;
    lint_message_facts(&message, &facts);
    ck_assert_uint_eq(facts.rsa_bits, 1017);
    facts.purpose = LINT_PURPOSE_SERVER;
    facts.clients = LINT_CLIENT_BIT(LINT_CLIENT_WINDOWS);
    lint_certificate(&facts, lint_message_add, &list);
    ck_assert(list.has_error && !list.out_of_memory);
    ck_assert_uint_eq(list.n, 4);
    ck_assert_str_eq(list.findings[0]->rule, "key-too-short");
    ck_assert_str_eq(list.findings[0]->client, "");
    ck_assert_int_eq(list.findings[0]->severity, BULKHEAD__V1__LINT_FINDING__SEVERITY__SEVERITY_ERROR);
    ck_assert_str_eq(list.findings[1]->rule, "missing-authority-key-id");
    ck_assert_str_eq(list.findings[2]->client, "windows");
    lint_message_list_done(&list);
    lint_message_key(BULKHEAD__V1__KEY_TYPE__KEY_TYPE_EC_P384, &facts);
    ck_assert_int_eq(facts.key, LINT_KEY_EC_P384);
    ck_assert_int_eq(lint_message_purpose(BULKHEAD__V1__CERTIFICATE_PURPOSE__CERTIFICATE_PURPOSE_SITE),
                     LINT_PURPOSE_SITE);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("lint");

    tcase_add_loop_test(tcase, finds, 0, RUN_COUNT(rows));
    tcase_add_test(tcase, asks_for_clients);
    tcase_add_test(tcase, knows_the_clients_names);
    tcase_add_test(tcase, ends);
    tcase_add_test(tcase, reads_messages);
    return run_case(tcase);
}
