// Rules of a tunnel's ends and of how they prove themselves (declared in config_rules.h; the words are those of
// proto/bulkhead/v1/tunnel.proto).
#include "lib/schema/config_rules.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/net/host_name.h"
#include "lib/net/identity_pattern.h"
#include "lib/net/range.h"
#include "lib/schema/config.h"

#define OTHER_ADDRESSES_MAX 8
#define PPK_ID_MAX_BYTES    255
#define AUTHORITIES_MAX     16

#define NAME_FORM "write 1-64 letters, digits, '-', '_' and '.'"

static bool initiates(const Bulkhead__V1__Tunnel *tunnel)
{
    return tunnel->start != BULKHEAD__V1__START_MODE__START_MODE_PASSIVE;
}

static bool is_anywhere(const char *address)
{
    return *address == '\0' || strcmp(address, "any") == 0;
}

// False when it is not the address of one host; said.
static bool check_host(const struct rules *rules, const char *field, const struct address *a, const char *text)
{
    if (!address_is_any(a) && !address_is_multicast(a))
        return true;
    rules_refuse(rules, field, "%s is not the address of one host; write that of the gateway", text);
    return false;
}

// Returns the family, 0 when it is none.
static uint8_t check_address(const struct rules *rules, const char *field, const char *text)
{
    struct address a;

    if (address_parse(text, &a) < 0) {
        rules_refuse(rules, field, "\"%.60s\" is not an address; write for example 192.0.2.1 or 2001:db8::1", text);
        return 0;
    }
    return check_host(rules, field, &a, text) ? a.family : 0;
}

// What the peer's addresses are so far.
struct remote_addresses {
    uint8_t family; // 0: none yet
    bool callable;  // one of them is a host's
};

static void check_remote_address(const struct rules *rules, const char *field, const char *text,
                                 struct remote_addresses *addresses)
{
    char right[PREFIX_TEXT_MAX];
    struct prefix p;
    int r = prefix_parse(text, &p);
    bool is_name = r < 0 && r != -EDOM && host_name_is_valid(text);
    bool is_host = r == 0 && p.bits == 8 * address_size(&p.address);

    if (is_name) {
        addresses->callable = true;
        addresses->family = UINT8_MAX; // whatever it leads to
        return;
    }
    if (r == -EDOM)
        rules_refuse(rules, field, "%s has host bits set; write %s", text, prefix_format(&p, right, sizeof(right)));
    else if (r < 0)
        rules_refuse(rules, field,
                     "\"%.60s\" is neither an address, a prefix nor a name; write for example 192.0.2.1, 2001:db8::1, "
                     "192.0.2.0/24 or gw.example",
                     text);
    if (r < 0 || (is_host && !check_host(rules, field, &p.address, text)))
        return;
    addresses->callable = addresses->callable || is_host;
    if (!addresses->family)
        addresses->family = p.address.family;
    else if (addresses->family != p.address.family)
        addresses->family = UINT8_MAX; // both, so any local address may do for one of them
}

static void check_other_addresses(const struct rules *rules, const Bulkhead__V1__Endpoint *remote,
                                  struct remote_addresses *addresses)
{
    if (remote->n_other_addresses > OTHER_ADDRESSES_MAX)
        rules_refuse(rules, "remote.other_addresses", "%zu addresses; at most %d are allowed",
                     remote->n_other_addresses, OTHER_ADDRESSES_MAX);
    for (size_t i = 0; i < remote->n_other_addresses; i++) {
        char field[48];

        snprintf(field, sizeof(field), "remote.other_addresses[%zu]", i);
        check_remote_address(rules, field, remote->other_addresses[i], addresses);
    }
}

static void check_local_id(const struct rules *rules, const char *text)
{
    struct identity_pattern pattern;
    struct identity id;

    if (!*text)
        return;
    if (strcmp(text, "any") == 0 ||
        (identity_pattern_parse(text, &pattern) == 0 && pattern.kind != IDENTITY_PATTERN_EXACT))
        rules_refuse(rules, "local.id", "\"%.60s\" is a pattern; write the one identity that this gateway sends", text);
    else if (identity_parse(text, &id) < 0)
        rules_refuse(rules, "local.id",
                     "\"%.60s\" is not an identity; write for example fqdn:gw.example, email:a@b.example, "
                     "ipv4:192.0.2.1, ipv6:2001:db8::1, keyid:0a0b or \"dn:CN=gw1,O=Example\"",
                     text);
}

static void check_remote_id(const struct rules *rules, const char *text, bool by_certificate)
{
    struct identity_pattern pattern = {.kind = IDENTITY_PATTERN_ANY};

    if (*text && identity_pattern_parse(text, &pattern) < 0)
        rules_refuse(rules, "remote.id",
                     "\"%.60s\" is not an identity; write for example fqdn:gw.example, email:a@b.example, "
                     "ipv4:192.0.2.1, ipv6:2001:db8::1, keyid:0a0b or \"dn:CN=gw1,O=Example\", a pattern as "
                     "*.branch.example, *@example.com or \"dn:CN=*,O=Example\", or any",
                     text);
    else if (by_certificate && pattern.identity.type == IDENTITY_KEY_ID)
        rules_refuse(rules, "remote.id",
                     "\"%.60s\" is in no certificate; write the name, e-mail, address or subject (dn:) that the peer's "
                     "certificate has",
                     text);
}

// Its peer is known by whom its certificate names and who has issued it.
static bool has_certificate(const Bulkhead__V1__Tunnel *tunnel)
{
    return tunnel->auth && tunnel->auth->method_case == BULKHEAD__V1__AUTH__METHOD_CERTIFICATE;
}

static uint8_t check_remote(const struct rules *rules, const Bulkhead__V1__Tunnel *tunnel)
{
    const Bulkhead__V1__Endpoint *remote = tunnel->remote;
    struct remote_addresses addresses = {0};

    if (!remote) {
        rules_refuse(rules, "remote", "is required; write remote: {address: ...}");
        return 0;
    }
    check_remote_id(rules, remote->id, has_certificate(tunnel));
    if (!is_anywhere(remote->address)) {
        check_remote_address(rules, "remote.address", remote->address, &addresses);
        if (!addresses.family)
            return 0;
    }
    check_other_addresses(rules, remote, &addresses);
    if (initiates(tunnel) && !addresses.callable)
        rules_refuse(rules, "remote.address",
                     addresses.family
                         ? "is a prefix, which can't be called, and this tunnel initiates; write the peer's address, "
                           "or start: passive"
                         : "is required, since this tunnel initiates; write the peer's address, or start: passive");
    else if (is_anywhere(remote->address) && !addresses.family && !*remote->id && !has_certificate(tunnel))
        rules_refuse(rules, "remote.id",
                     "is required when the peer may call from anywhere; write the identity it sends");
    return addresses.family == UINT8_MAX ? 0 : addresses.family;
}

void config_check_ends(const struct rules *rules, const Bulkhead__V1__Tunnel *tunnel)
{
    uint8_t remote = check_remote(rules, tunnel), local = 0;

    if (!tunnel->local)
        return;
    check_local_id(rules, tunnel->local->id);
    if (tunnel->local->n_other_addresses)
        rules_refuse(rules, "local.other_addresses", "are the peer's alone; write them below remote");
    if (*tunnel->local->address)
        local = check_address(rules, "local.address", tunnel->local->address);
    if (local && remote && local != remote)
        rules_refuse(rules, "local.address", "%s is IPv%u, but remote.address is IPv%u; write two of one family",
                     tunnel->local->address, local, remote);
}

// The value is not quoted: somebody may have written the secret itself.
static bool check_secret(const struct rules *rules, const char *field, const char *name)
{
    if (!*name)
        rules_refuse(rules, field, "is required; write the name of a secret that `bhctl secrets set NAME` stores");
    else if (!config_is_name(name))
        rules_refuse(rules, field, "is not a secret's name; " NAME_FORM ", not the secret itself");
    return *name && config_is_name(name);
}

static void check_ppk(const struct rules *rules, const Bulkhead__V1__Ppk *ppk)
{
    size_t n = strlen(ppk->id);

    if (!n)
        rules_refuse(rules, "auth.ppk.id", "is required; write the PPK_ID that both sides give this key");
    else if (n > PPK_ID_MAX_BYTES)
        rules_refuse(rules, "auth.ppk.id", "has %zu bytes; at most %d are allowed", n, PPK_ID_MAX_BYTES);
    check_secret(rules, "auth.ppk.secret", ppk->secret);
}

static void check_psk(const struct rules *rules, const Bulkhead__V1__PskAuth *psk)
{
    if (check_secret(rules, "auth.psk.secret", psk->secret) && *psk->other_secret &&
        check_secret(rules, "auth.psk.other_secret", psk->other_secret) && strcmp(psk->secret, psk->other_secret) == 0)
        rules_refuse(rules, "auth.psk.other_secret", "is the same as secret; write another one, or leave it out");
}

static void check_authorities(const struct rules *rules, const Bulkhead__V1__CertificateAuth *auth)
{
    char field[48];

    if (auth->n_authorities > AUTHORITIES_MAX)
        rules_refuse(rules, "auth.certificate.authorities", "%zu authorities; at most %d are allowed",
                     auth->n_authorities, AUTHORITIES_MAX);
    for (size_t i = 0; i < auth->n_authorities && i < AUTHORITIES_MAX; i++) {
        snprintf(field, sizeof(field), "auth.certificate.authorities[%zu]", i);
        if (!config_is_name(auth->authorities[i]))
            rules_refuse(rules, field, "\"%.60s\" is not an authority's name; " NAME_FORM " (`bhctl pki ca list`)",
                         auth->authorities[i]);
        for (size_t k = 0; k < i; k++)
            if (strcmp(auth->authorities[k], auth->authorities[i]) == 0)
                rules_refuse(rules, field, "\"%.64s\" is already authorities[%zu]; write it once", auth->authorities[i],
                             k);
    }
}

static void check_certificate(const struct rules *rules, const Bulkhead__V1__CertificateAuth *auth)
{
    if (!*auth->certificate)
        rules_refuse(rules, "auth.certificate.certificate",
                     "is required; write the name of our own certificate (`bhctl pki cert list`)");
    else if (!config_is_name(auth->certificate))
        rules_refuse(rules, "auth.certificate.certificate", "\"%.60s\" is not a certificate's name; " NAME_FORM,
                     auth->certificate);
    check_authorities(rules, auth);
    if (auth->revocation > BULKHEAD__V1__REVOCATION_POLICY__REVOCATION_POLICY_OFF)
        rules_refuse(rules, "auth.certificate.revocation", "%d is unknown; write IF_AVAILABLE, STRICT or OFF",
                     (int)auth->revocation);
    if (auth->rsa_padding > BULKHEAD__V1__RSA_PADDING__RSA_PADDING_PSS)
        rules_refuse(rules, "auth.certificate.rsa_padding", "%d is unknown; write PKCS1 or PSS",
                     (int)auth->rsa_padding);
}

void config_check_auth(const struct rules *rules, const Bulkhead__V1__Auth *auth)
{
    switch (auth ? auth->method_case : BULKHEAD__V1__AUTH__METHOD__NOT_SET) {
    case BULKHEAD__V1__AUTH__METHOD_PSK:
        check_psk(rules, auth->psk);
        break;
    case BULKHEAD__V1__AUTH__METHOD_CERTIFICATE:
        check_certificate(rules, auth->certificate);
        break;
    default:
        rules_refuse(rules, "auth",
                     "is required; write auth: {psk: {secret: NAME}} or auth: {certificate: {certificate: NAME}}");
        return;
    }
    if (auth->ppk)
        check_ppk(rules, auth->ppk);
}
