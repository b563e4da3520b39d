#include "lib/pki/lint.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define DAY_S        86400
#define RSA_BITS_MIN 2048u

struct lint {
    const struct lint_facts *facts;
    enum lint_purpose purpose;
    const struct lint_profile *profile; // NULL: everybody
    const char *rule;
    unsigned *left; // findings that may still come
    lint_finding_fn *on_finding;
    void *arg;
};

__attribute__((format(printf, 3, 4))) static void found(const struct lint *lint, enum lint_severity severity,
                                                        const char *format, ...)
{
    struct lint_finding finding = {
        .severity = severity, .client = lint->profile ? lint->profile->name : "", .rule = lint->rule};
    va_list args;

    if (severity == LINT_SEVERITY_NONE || !*lint->left)
        return;
    --*lint->left;
    va_start(args, format);
    vsnprintf(finding.message, sizeof(finding.message), format, args);
    va_end(args);
    lint->on_finding(lint->arg, &finding);
}

static const char *common_name(const struct lint *lint)
{
    return lint->facts->common_name ? lint->facts->common_name : "";
}

// "dns:vpn.example" -> "vpn.example"; NULL: of another kind.
static const char *value_of(const char *alt_name, const char *prefix)
{
    size_t n = strlen(prefix);

    return strncasecmp(alt_name, prefix, n) ? NULL : alt_name + n;
}

static bool is_address(const char *text)
{
    struct in6_addr room;

    return inet_pton(AF_INET, text, &room) == 1 || inet_pton(AF_INET6, text, &room) == 1;
}

static bool is_same_address(const char *a, const char *b)
{
    struct in6_addr x = {0}, y = {0};

    if (inet_pton(AF_INET, a, &x) == 1)
        return inet_pton(AF_INET, b, &y) == 1 && !memcmp(&x, &y, sizeof(struct in_addr));
    return inet_pton(AF_INET6, a, &x) == 1 && inet_pton(AF_INET6, b, &y) == 1 && !memcmp(&x, &y, sizeof(x));
}

static bool is_same_name(const char *a, const char *b)
{
    return !strcasecmp(a, b) || is_same_address(a, b);
}

static bool has_alt_name(const struct lint *lint, const char *prefix, const char *value)
{
    for (size_t i = 0; i < lint->facts->alt_names_n; i++) {
        const char *own = value_of(lint->facts->alt_names[i], prefix);

        if (own && is_same_name(own, value))
            return true;
    }
    return false;
}

static bool has_server_name(const struct lint_facts *facts)
{
    for (size_t i = 0; i < facts->alt_names_n; i++)
        if (value_of(facts->alt_names[i], "dns:") || value_of(facts->alt_names[i], "ip:"))
            return true;
    return false;
}

// "*.example" stands for one label before ".example" (RFC 6125 6.4.3).
static bool fits_wildcard(const struct lint *lint, const char *value)
{
    const char *rest = strchr(value, '.');

    for (size_t i = 0; rest && !is_address(value) && i < lint->facts->alt_names_n; i++) {
        const char *own = value_of(lint->facts->alt_names[i], "dns:");

        if (own && own[0] == '*' && !strcasecmp(own + 1, rest))
            return true;
    }
    return false;
}

static const char *dialled_of(const char *text)
{
    const char *value = value_of(text, "dns:");

    if (!value)
        value = value_of(text, "ip:");
    return value ? value : text;
}

static bool has_usage(const struct lint_facts *facts, const char *name, const char *oid)
{
    for (size_t i = 0; i < facts->extended_key_usage_n; i++)
        if (!strcasecmp(facts->extended_key_usage[i], name) || !strcmp(facts->extended_key_usage[i], oid))
            return true;
    return false;
}

// RFC 5280 4.2.1.12
static bool is_for_servers(const struct lint_facts *facts)
{
    return has_usage(facts, "serverAuth", "1.3.6.1.5.5.7.3.1");
}

static bool is_for_clients(const struct lint_facts *facts)
{
    return has_usage(facts, "clientAuth", "1.3.6.1.5.5.7.3.2");
}

static enum lint_purpose guess_purpose(const struct lint_facts *facts)
{
    if (facts->is_authority)
        return LINT_PURPOSE_AUTHORITY;
    if (is_for_servers(facts))
        return is_for_clients(facts) ? LINT_PURPOSE_SITE : LINT_PURPOSE_SERVER;
    if (facts->dialled_n || (!is_for_clients(facts) && has_server_name(facts)))
        return LINT_PURPOSE_SERVER;
    return LINT_PURPOSE_CLIENT;
}

static const char *key_name(enum lint_key key)
{
    switch (key) {
    case LINT_KEY_RSA:
        return "RSA";
    case LINT_KEY_EC_P256:
        return "ECDSA P-256";
    case LINT_KEY_EC_P384:
        return "ECDSA P-384";
    case LINT_KEY_EC_P521:
        return "ECDSA P-521";
    case LINT_KEY_ED25519:
        return "Ed25519";
    case LINT_KEY_OTHER:
        break;
    }
    return "of this kind";
}

// For everybody.

static void check_expired(const struct lint *lint)
{
    const struct lint_facts *facts = lint->facts;

    if (facts->now > facts->not_after)
        found(lint, LINT_SEVERITY_ERROR, "it expired %lld days ago; renew it",
              (long long)((facts->now - facts->not_after) / DAY_S));
}

static void check_not_yet_valid(const struct lint *lint)
{
    const struct lint_facts *facts = lint->facts;

    if (facts->now < facts->not_before)
        found(lint, LINT_SEVERITY_ERROR, "it becomes valid in %lld hours; until then nobody takes it",
              (long long)((facts->not_before - facts->now + 3599) / 3600));
}

static void check_rsa_length(const struct lint *lint)
{
    unsigned bits = lint->facts->rsa_bits;

    if (lint->facts->key == LINT_KEY_RSA && bits && bits < RSA_BITS_MIN)
        found(lint, LINT_SEVERITY_ERROR, "an RSA key of %u bits is too short; 2048 bits or more would be right", bits);
}

static void check_key_kind(const struct lint *lint)
{
    if (lint->facts->key == LINT_KEY_OTHER)
        found(lint, LINT_SEVERITY_ERROR, "the key is neither RSA nor ECDSA P-256, P-384, P-521 nor Ed25519");
}

// Nobody checks a root's own signature.
static void check_signature(const struct lint *lint)
{
    const char *name = lint->facts->signature_algorithm;

    if (!name || lint->facts->is_self_signed)
        return;
    if (strcasestr(name, "sha1") || strcasestr(name, "sha-1"))
        found(lint, LINT_SEVERITY_ERROR, "it is signed with SHA-1, which clients refuse; SHA-256 would be right");
    else if (strcasestr(name, "md5") || strcasestr(name, "md2") || strcasestr(name, "md4"))
        found(lint, LINT_SEVERITY_ERROR, "it is signed with %.20s, which can be forged; SHA-256 would be right", name);
}

// RFC 5280 4.2.1.1
static void check_authority_key_id(const struct lint *lint)
{
    if (!lint->facts->has_authority_key_id && !lint->facts->is_self_signed)
        found(lint, LINT_SEVERITY_WARNING,
              "authorityKeyIdentifier is missing; without it clients may pick the wrong issuer of two with one name");
}

// RFC 5280 4.2.1.2
static void check_subject_key_id(const struct lint *lint)
{
    if (!lint->facts->has_subject_key_id)
        found(lint, LINT_SEVERITY_WARNING, "an authority without subjectKeyIdentifier; RFC 5280 asks for one");
}

static void check_basic_constraints(const struct lint *lint)
{
    if (!lint->facts->is_authority)
        found(lint, LINT_SEVERITY_ERROR, "basicConstraints does not say CA; nobody takes what it signs");
}

// RFC 5280 4.2.1.3
static void check_cert_sign(const struct lint *lint)
{
    if (!lint->facts->key_usage)
        found(lint, LINT_SEVERITY_WARNING, "an authority without keyUsage; keyCertSign and cRLSign would be right");
    else if (!(lint->facts->key_usage & LINT_USAGE_KEY_CERT_SIGN))
        found(lint, LINT_SEVERITY_ERROR, "an authority whose keyUsage lacks keyCertSign; nobody takes what it signs");
}

static void check_crl_sign(const struct lint *lint)
{
    if (lint->facts->key_usage && !(lint->facts->key_usage & LINT_USAGE_CRL_SIGN))
        found(lint, LINT_SEVERITY_WARNING, "an authority whose keyUsage lacks cRLSign; clients refuse its CRLs");
}

// RFC 4945 5.1.3.2
static void check_digital_signature(const struct lint *lint)
{
    uint32_t usage = lint->facts->key_usage;

    if (usage && !(usage & (LINT_USAGE_DIGITAL_SIGNATURE | LINT_USAGE_NON_REPUDIATION)))
        found(lint, LINT_SEVERITY_ERROR, "keyUsage lacks digitalSignature, with which IKE authenticates");
}

static void check_name(const struct lint *lint)
{
    if (!common_name(lint)[0] && !lint->facts->alt_names_n)
        found(lint, LINT_SEVERITY_ERROR, "it names nobody; a common name or an alternative name would be right");
}

static void check_common_name(const struct lint *lint)
{
    const char *name = common_name(lint);

    if (!name[0] || !has_server_name(lint->facts))
        return;
    if (!has_alt_name(lint, "dns:", name) && !has_alt_name(lint, "ip:", name))
        found(lint, LINT_SEVERITY_WARNING,
              "the common name \"%.64s\" is not among the alternative names, which alone count; add dns:%.64s if it is "
              "dialled",
              name, name);
}

// A gateway refuses it, ours included (RFC 5280 4.2.1.12). Without the extension it is for anything.
static void check_client_usage(const struct lint *lint)
{
    if (lint->facts->extended_key_usage_n && !is_for_clients(lint->facts) &&
        !has_usage(lint->facts, "ipsecIKE", "1.3.6.1.5.5.7.3.17") &&
        !has_usage(lint->facts, "anyExtendedKeyUsage", "2.5.29.37.0"))
        found(lint, LINT_SEVERITY_ERROR,
              "extendedKeyUsage lacks clientAuth; gateways refuse a client with it. Issue it with purpose tls-client");
}

// For a client.

static void check_client_key(const struct lint *lint)
{
    uint32_t bit = LINT_KEY_BIT(lint->facts->key);
    const struct lint_profile *p = lint->profile;
    enum lint_severity severity = p->keys_doubtful & bit ? LINT_SEVERITY_WARNING : LINT_SEVERITY_ERROR;

    if (lint->facts->key != LINT_KEY_OTHER && !(p->keys & bit))
        found(lint, severity, "%s %s keys of type %s: %s; rsa-2048 would be right", p->title,
              severity == LINT_SEVERITY_ERROR ? "can't use" : "may be unable to use", key_name(lint->facts->key),
              p->key_reason);
}

static void check_missing_san(const struct lint *lint)
{
    if (!has_server_name(lint->facts))
        found(lint, lint->profile->missing_san,
              "there is no alternative name of a server; %s the name that is dialled there, as dns:%.64s",
              lint->profile->missing_san == LINT_SEVERITY_ERROR ? "this client insists on" : "this client may look for",
              common_name(lint)[0] ? common_name(lint) : "vpn.example");
}

static void check_missing_server_auth(const struct lint *lint)
{
    if (!is_for_servers(lint->facts))
        found(lint, lint->profile->missing_server_auth,
              "extendedKeyUsage lacks serverAuth (1.3.6.1.5.5.7.3.1), needed for %s. Issue it with purpose "
              "tls-server",
              lint->profile->title);
}

// Without the extension a certificate is for anything.
static void check_missing_client_auth(const struct lint *lint)
{
    if (!is_for_clients(lint->facts))
        found(lint, lint->facts->extended_key_usage_n ? lint->profile->missing_client_auth : LINT_SEVERITY_WARNING,
              "extendedKeyUsage lacks clientAuth (1.3.6.1.5.5.7.3.2), needed for %s. Issue it "
              "with purpose tls-client",
              lint->profile->title);
}

static void check_client_auth(const struct lint *lint)
{
    if (lint->profile->missing_client_auth)
        check_missing_client_auth(lint);
}

static void check_address(const struct lint *lint, const char *address, enum lint_severity severity)
{
    if (!is_address(address) || has_alt_name(lint, "dns:", address))
        return;
    found(lint, severity, "for %s a dialled address must be among the DNS names; add dns:%.64s beside ip:%.64s",
          lint->profile->title, address, address);
}

static void check_ip_not_dns_name(const struct lint *lint)
{
    const struct lint_facts *facts = lint->facts;

    if (!lint->profile->ip_not_dns_name)
        return;
    for (size_t i = 0; i < facts->dialled_n; i++)
        check_address(lint, dialled_of(facts->dialled[i]), lint->profile->ip_not_dns_name);
    // Nobody said that it is dialled.
    for (size_t i = 0; !facts->dialled_n && i < facts->alt_names_n; i++)
        if (value_of(facts->alt_names[i], "ip:"))
            check_address(lint, value_of(facts->alt_names[i], "ip:"), LINT_SEVERITY_WARNING);
}

static void check_dialled_one(const struct lint *lint, const char *value)
{
    bool is_common_name = is_same_name(common_name(lint), value);

    if (has_alt_name(lint, "dns:", value) || fits_wildcard(lint, value))
        return;
    // An address that clients look for among the DNS names has a finding of its own.
    if (is_address(value) && (has_alt_name(lint, "ip:", value) || lint->profile->ip_not_dns_name))
        return;
    found(lint, is_common_name ? lint->profile->dialled_only_as_common_name : LINT_SEVERITY_ERROR,
          "\"%.64s\" is dialled, but is %s; add %s:%.64s", value,
          is_common_name ? "only the common name" : "no name of the certificate", is_address(value) ? "ip" : "dns",
          value);
}

static void check_dialled(const struct lint *lint)
{
    for (size_t i = 0; i < lint->facts->dialled_n; i++)
        check_dialled_one(lint, dialled_of(lint->facts->dialled[i]));
}

// RFC 4945 3.1.2: an FQDN identity is compared whole.
static void check_wildcard(const struct lint *lint)
{
    for (size_t i = 0; i < lint->facts->alt_names_n; i++) {
        const char *name = value_of(lint->facts->alt_names[i], "dns:");

        if (name && strchr(name, '*'))
            found(lint, lint->profile->wildcard,
                  "IKE compares names whole, so \"%.64s\" fits no server; name each one that is dialled", name);
    }
}

static void check_validity(const struct lint *lint)
{
    // By the count of those who make certificates: the last second (RFC 5280 4.1.2.5) is one too many, and is let go.
    int64_t seconds = lint->facts->not_after - lint->facts->not_before;
    unsigned max = lint->profile->server_days_max;

    if (max && seconds > (int64_t)max * DAY_S)
        found(lint, LINT_SEVERITY_ERROR,
              "%s refuse a server's certificate that is valid for more than %u days; this one is for %lld",
              lint->profile->title, max, (long long)((seconds + DAY_S - 1) / DAY_S));
}

struct rule {
    const char *id;
    unsigned purposes; // enum lint_purpose
    void (*check)(const struct lint *lint);
};

#define AUTHORITY LINT_PURPOSE_AUTHORITY
#define SERVER    LINT_PURPOSE_SERVER
#define CLIENT    LINT_PURPOSE_CLIENT
#define ALL       (AUTHORITY | SERVER | CLIENT)

static const struct rule rules[] = {
    {"expired", ALL, check_expired},
    {"not-yet-valid", ALL, check_not_yet_valid},
    {"key-too-short", ALL, check_rsa_length},
    {"key-type-unknown", ALL, check_key_kind},
    {"weak-signature", ALL, check_signature},
    {"missing-authority-key-id", ALL, check_authority_key_id},
    {"missing-subject-key-id", AUTHORITY, check_subject_key_id},
    {"not-an-authority", AUTHORITY, check_basic_constraints},
    {"missing-key-cert-sign", AUTHORITY, check_cert_sign},
    {"missing-crl-sign", AUTHORITY, check_crl_sign},
    {"missing-digital-signature", SERVER | CLIENT, check_digital_signature},
    {"no-name", ALL, check_name},
    {"common-name-not-in-san", SERVER, check_common_name},
    {"wrong-usage", CLIENT, check_client_usage},
};

static const struct rule client_rules[] = {
    {"key-type-unsupported", ALL, check_client_key},
    {"missing-san", SERVER, check_missing_san},
    {"missing-server-auth", SERVER, check_missing_server_auth},
    {"missing-client-auth", CLIENT, check_client_auth},
    {"ip-not-dns-name", SERVER, check_ip_not_dns_name},
    {"dialled-not-in-san", SERVER, check_dialled},
    {"wildcard-name", SERVER, check_wildcard},
    {"validity-too-long", SERVER, check_validity},
};

static void check_all(struct lint *lint, const struct rule *table, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!(table[i].purposes & lint->purpose))
            continue;
        lint->rule = table[i].id;
        table[i].check(lint);
    }
}

void lint_certificate(const struct lint_facts *facts, lint_finding_fn *on_finding, void *arg)
{
    unsigned left = LINT_FINDINGS_MAX;
    struct lint lint = {.facts = facts, .purpose = facts->purpose, .left = &left, .on_finding = on_finding, .arg = arg};

    if (lint.purpose == LINT_PURPOSE_GUESS)
        lint.purpose = guess_purpose(facts);
    check_all(&lint, rules, sizeof(rules) / sizeof(rules[0]));
    for (size_t i = 0; i < LINT_CLIENT_COUNT; i++) {
        if (!(facts->clients & LINT_CLIENT_BIT(i)))
            continue;
        lint.profile = &lint_profiles[i];
        check_all(&lint, client_rules, sizeof(client_rules) / sizeof(client_rules[0]));
    }
}
