#include "lib/pki/lint_profile.h"

#include <strings.h>

#define RSA     LINT_KEY_BIT(LINT_KEY_RSA)
#define P256    LINT_KEY_BIT(LINT_KEY_EC_P256)
#define P384    LINT_KEY_BIT(LINT_KEY_EC_P384)
#define P521    LINT_KEY_BIT(LINT_KEY_EC_P521)
#define ED25519 LINT_KEY_BIT(LINT_KEY_ED25519)

#define NONE    LINT_SEVERITY_NONE
#define WARNING LINT_SEVERITY_WARNING
#define ERROR   LINT_SEVERITY_ERROR

// clang-format off
const struct lint_profile lint_profiles[LINT_CLIENT_COUNT] = {
    // docs.strongswan.org, "Windows Certificate Requirements" and "Windows Clients": serverAuth; the dialled name as
    // dNSName or common name; a dialled address as dNSName, since iPAddress gives error 13801; machine certificates with
    // RSA signatures; Microsoft, "Always On VPN": clientAuth in the machine's certificate (else 13806).
    [LINT_CLIENT_WINDOWS] = {
        .client = LINT_CLIENT_WINDOWS, .name = "windows", .title = "Windows",
        .keys = RSA, .keys_doubtful = P256 | P384, .key_reason = "its built-in client is only known to sign with RSA",
        .missing_san = WARNING, .missing_server_auth = ERROR, .missing_client_auth = ERROR, .ip_not_dns_name = ERROR,
        .wildcard = NONE, .dialled_only_as_common_name = NONE, .server_days_max = 0,
    },
    // support.apple.com/103769 (HT210176), "Requirements for trusted certificates in iOS 13 and macOS 10.15": the name as
    // dNSName, not as common name; serverAuth; at most 825 days. The 398 days of support.apple.com/102028 (HT211025) bind
    // only authorities that Apple ships, not those that users or administrators add. Certificate types: Apple, "VPN
    // payload", CertificateType RSA, ECDSA256, ECDSA384, ECDSA521. An address as dNSName: strongSwan, as above.
    [LINT_CLIENT_APPLE] = {
        .client = LINT_CLIENT_APPLE, .name = "apple", .title = "Apple's devices",
        .keys = RSA | P256 | P384 | P521, .keys_doubtful = 0, .key_reason = "they know RSA and ECDSA alone",
        .missing_san = ERROR, .missing_server_auth = ERROR, .missing_client_auth = NONE, .ip_not_dns_name = WARNING,
        .wildcard = WARNING, .dialled_only_as_common_name = ERROR, .server_days_max = 825,
    },
    // Android's IKE library (packages/modules/IPsec): IkeAuthDigitalSignPayload knows RSA with SHA-1 and SHA-2 alone;
    // the peer's identity must be a subjectAltName. strongSwan's own app takes ECDSA, too.
    [LINT_CLIENT_ANDROID] = {
        .client = LINT_CLIENT_ANDROID, .name = "android", .title = "Android",
        .keys = RSA, .keys_doubtful = 0, .key_reason = "its built-in client knows RSA alone (strongSwan's app ECDSA, too)",
        .missing_san = ERROR, .missing_server_auth = WARNING, .missing_client_auth = NONE, .ip_not_dns_name = NONE,
        .wildcard = WARNING, .dialled_only_as_common_name = ERROR, .server_days_max = 0,
    },
    // docs.strongswan.org, "Identity parsing, matching": the identity must be the whole subject or one of the
    // subjectAltNames, compared as they are; key types of its pki tool. EKUs are not asked for.
    [LINT_CLIENT_STRONGSWAN] = {
        .client = LINT_CLIENT_STRONGSWAN, .name = "strongswan", .title = "strongSwan",
        .keys = RSA | P256 | P384 | P521 | ED25519, .keys_doubtful = 0, .key_reason = "it knows RSA, ECDSA and Ed25519",
        .missing_san = ERROR, .missing_server_auth = NONE, .missing_client_auth = NONE, .ip_not_dns_name = NONE,
        .wildcard = ERROR, .dialled_only_as_common_name = ERROR, .server_days_max = 0,
    },
    // help.mikrotik.com, "IPsec" (identity: my-id auto is the SAN, else the DN) and "Certificates" (key-size: RSA,
    // prime256v1, secp384r1, secp521r1; those of curves came late, and not to every device).
    [LINT_CLIENT_ROUTEROS] = {
        .client = LINT_CLIENT_ROUTEROS, .name = "routeros", .title = "RouterOS",
        .keys = RSA, .keys_doubtful = P256 | P384 | P521, .key_reason = "only RSA works with every version",
        .missing_san = WARNING, .missing_server_auth = NONE, .missing_client_auth = NONE, .ip_not_dns_name = NONE,
        .wildcard = WARNING, .dialled_only_as_common_name = WARNING, .server_days_max = 0,
    },
    // Cisco, "ASA VPN CLI Configuration Guide", digital certificates: RSA and ECDSA trustpoints for IKEv2; Secure Client:
    // serverAuth in the gateway's certificate, clientAuth in its own, the name in the SAN, or CN when there is none.
    [LINT_CLIENT_CISCO] = {
        .client = LINT_CLIENT_CISCO, .name = "cisco", .title = "Cisco",
        .keys = RSA | P256 | P384 | P521, .keys_doubtful = 0, .key_reason = "its IKEv2 knows RSA and ECDSA alone",
        .missing_san = WARNING, .missing_server_auth = WARNING, .missing_client_auth = WARNING, .ip_not_dns_name = NONE,
        .wildcard = WARNING, .dialled_only_as_common_name = WARNING, .server_days_max = 0,
    },
};
// clang-format on

static const struct {
    const char *name;
    enum lint_client client;
} aliases[] = {
    {"ios", LINT_CLIENT_APPLE},
    {"macos", LINT_CLIENT_APPLE},
    {"mikrotik", LINT_CLIENT_ROUTEROS},
};

uint32_t lint_profile_find(const char *name)
{
    for (size_t i = 0; i < LINT_CLIENT_COUNT; i++)
        if (!strcasecmp(lint_profiles[i].name, name))
            return LINT_CLIENT_BIT(i);
    for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++)
        if (!strcasecmp(aliases[i].name, name))
            return LINT_CLIENT_BIT(aliases[i].client);
    return 0;
}

uint32_t lint_profile_find_all(char *const *names, size_t n, size_t *ret_unknown)
{
    uint32_t bits = n ? 0 : LINT_CLIENTS_ALL;

    for (size_t i = 0; i < n; i++) {
        uint32_t one = lint_profile_find(names[i]);

        if (!one) {
            *ret_unknown = i;
            return 0;
        }
        bits |= one;
    }
    return bits;
}
