// Rules of one tunnel (declared in config_rules.h; the words are those of proto/bulkhead/v1/tunnel.proto).
#include "lib/schema/config_rules.h"

#include <stdio.h>
#include <string.h>

#include "lib/crypto/proposal.h"
#include "lib/net/identity.h"
#include "lib/schema/config.h"
#include "lib/schema/policy_form.h"

#define LIVENESS_MIN_S 1
#define LIVENESS_MAX_S 86400

#define NAME_FORM "write 1-64 letters, digits, '-', '_' and '.'"

static bool initiates(const Bulkhead__V1__Tunnel *tunnel)
{
    return tunnel->start != BULKHEAD__V1__START_MODE__START_MODE_PASSIVE;
}

static bool is_anywhere(const char *address)
{
    return *address == '\0' || strcmp(address, "any") == 0;
}

// Returns the family, 0 when it is none.
static uint8_t check_address(const struct rules *rules, const char *field, const char *text)
{
    struct address a;

    if (address_parse(text, &a) < 0) {
        rules_refuse(rules, field, "\"%.60s\" is not an address; write for example 192.0.2.1 or 2001:db8::1", text);
        return 0;
    }
    if (address_is_any(&a) || address_is_multicast(&a)) {
        rules_refuse(rules, field, "%s is not the address of one host; write that of the gateway", text);
        return 0;
    }
    return a.family;
}

static void check_id(const struct rules *rules, const char *field, const char *text)
{
    struct identity id;

    if (*text && identity_parse(text, &id) < 0)
        rules_refuse(rules, field,
                     "\"%.60s\" is not an identity; write for example fqdn:gw.example, email:a@b.example, "
                     "ipv4:192.0.2.1, ipv6:2001:db8::1 or keyid:0a0b",
                     text);
}

static uint8_t check_remote(const struct rules *rules, const Bulkhead__V1__Tunnel *tunnel)
{
    const Bulkhead__V1__Endpoint *remote = tunnel->remote;

    if (!remote) {
        rules_refuse(rules, "remote", "is required; write remote: {address: ...}");
        return 0;
    }
    check_id(rules, "remote.id", remote->id);
    if (!is_anywhere(remote->address))
        return check_address(rules, "remote.address", remote->address);
    if (initiates(tunnel))
        rules_refuse(rules, "remote.address",
                     "is required, since this tunnel initiates; write the peer's address, or start: passive");
    else if (!*remote->id)
        rules_refuse(rules, "remote.id",
                     "is required when the peer may call from anywhere; write the identity it sends");
    return 0;
}

static void check_ends(const struct rules *rules, const Bulkhead__V1__Tunnel *tunnel)
{
    uint8_t remote = check_remote(rules, tunnel), local = 0;

    if (!tunnel->local)
        return;
    check_id(rules, "local.id", tunnel->local->id);
    if (*tunnel->local->address)
        local = check_address(rules, "local.address", tunnel->local->address);
    if (local && remote && local != remote)
        rules_refuse(rules, "local.address", "%s is IPv%u, but remote.address is IPv%u; write two of one family",
                     tunnel->local->address, local, remote);
}

static void check_auth(const struct rules *rules, const Bulkhead__V1__Auth *auth)
{
    if (!auth || auth->method_case == BULKHEAD__V1__AUTH__METHOD__NOT_SET) {
        rules_refuse(rules, "auth", "is required; write auth: {psk: {secret: NAME}}");
        return;
    }
    if (!*auth->psk->secret)
        rules_refuse(rules, "auth.psk.secret",
                     "is required; write the name of a secret that `bhctl secrets set NAME` stores");
    else if (!config_is_name(auth->psk->secret)) // not quoted: somebody may have written the secret itself
        rules_refuse(rules, "auth.psk.secret", "is not a secret's name; " NAME_FORM ", not the secret itself");
}

static void check_proposals(const struct rules *rules, const char *field, char *const *texts, size_t n,
                            enum proposal_protocol protocol)
{
    for (size_t i = 0; i < n; i++) {
        struct proposal p;
        char error[256], indexed[48];

        if (proposal_parse(texts[i], protocol, &p, error, sizeof(error)) == 0)
            continue;
        snprintf(indexed, sizeof(indexed), "%s[%zu]", field, i);
        rules_refuse(rules, indexed, "\"%.80s\": %s", texts[i], error);
    }
}

static void check_liveness(const struct rules *rules, const Bulkhead__V1__Liveness *liveness)
{
    const Google__Protobuf__Duration *interval = liveness ? liveness->interval : NULL;

    if (interval && (interval->seconds < LIVENESS_MIN_S || interval->seconds > LIVENESS_MAX_S ||
                     (interval->seconds == LIVENESS_MAX_S && interval->nanos > 0)))
        rules_refuse(rules, "liveness.interval", "%lld s is out of range; write 1s to 1d",
                     (long long)interval->seconds);
}

static bool is_own_child(const Bulkhead__V1__Tunnel *tunnel, const Bulkhead__V1__Policy *policy)
{
    Bulkhead__V1__SelectorMode mode = policy->selectors ? policy->selectors : tunnel->selectors;

    return mode == BULKHEAD__V1__SELECTOR_MODE__SELECTOR_MODE_ONE_PER_CHILD &&
           policy->action <= BULKHEAD__V1__POLICY_ACTION__POLICY_ACTION_PROTECT;
}

// What the policies come to, all pairs of locals and remotes counted.
static void check_pairs(const struct rules *rules, const Bulkhead__V1__Tunnel *tunnel)
{
    size_t pairs = 0, children = 0;

    for (size_t i = 0; i < tunnel->n_policies; i++) {
        struct policy_words words = policy_form_words(tunnel->policies[i]);
        size_t n = policy_words_pairs(&words);

        pairs += n;
        children += is_own_child(tunnel, tunnel->policies[i]) ? n : 0;
    }
    if (pairs > POLICY_PAIRS_MAX)
        rules_refuse(rules, "policies", "%zu pairs of local and remote; at most %u are allowed", pairs,
                     POLICY_PAIRS_MAX);
    if (children >= POLICY_CHILDREN_MAX)
        rules_refuse(
            rules, "selectors",
            "%zu pairs would need a CHILD_SA each; at most %u are allowed: write wider selectors, or selectors: "
            "shared",
            children, POLICY_CHILDREN_MAX - 1);
}

static void check_policies(const struct rules *rules, const Bulkhead__V1__Tunnel *tunnel)
{
    struct rules inner = {.mistakes = rules->mistakes};

    if (tunnel->n_policies == 0)
        rules_refuse(rules, "policies", "at least one is required; write policies: [{local: ..., remote: ...}]");
    if (tunnel->n_policies > CONFIG_POLICIES_MAX)
        rules_refuse(rules, "policies", "%zu policies; at most %d are allowed", tunnel->n_policies,
                     CONFIG_POLICIES_MAX);
    for (size_t i = 0; i < tunnel->n_policies; i++) {
        snprintf(inner.path, sizeof(inner.path), "%.40s.policies[%zu]", rules->path, i);
        config_check_policy(&inner, tunnel->policies[i]);
    }
    check_pairs(rules, tunnel);
}

void config_check_tunnel(const struct rules *rules, const Bulkhead__V1__Tunnel *tunnel)
{
    if (!*tunnel->name)
        rules_refuse(rules, "name", "is required; " NAME_FORM);
    else if (!config_is_name(tunnel->name))
        rules_refuse(rules, "name", "\"%.80s\" is not a name; " NAME_FORM, tunnel->name);
    check_ends(rules, tunnel);
    check_auth(rules, tunnel->auth);
    check_policies(rules, tunnel);
    check_proposals(rules, "ike_proposals", tunnel->ike_proposals, tunnel->n_ike_proposals, PROPOSAL_IKE);
    check_proposals(rules, "esp_proposals", tunnel->esp_proposals, tunnel->n_esp_proposals, PROPOSAL_ESP);
    check_liveness(rules, tunnel->liveness);
    config_check_lifetime(rules, "ike_lifetime", tunnel->ike_lifetime, false);
    config_check_lifetime(rules, "child_lifetime", tunnel->child_lifetime, true);
}
