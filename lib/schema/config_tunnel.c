// Rules of one tunnel (declared in config_rules.h; the words are those of proto/bulkhead/v1/tunnel.proto).
#include "lib/schema/config_rules.h"

#include <stdio.h>
#include <string.h>

#include "lib/crypto/proposal.h"
#include "lib/schema/config.h"
#include "lib/schema/policy_form.h"

#define DSCP_MAX          63u // RFC 2474 3
#define REPLAY_WINDOW_MIN 64u // packets; what esp-d takes
#define REPLAY_WINDOW_MAX 65536u
#define LIVENESS_MIN_S    1
#define LIVENESS_MAX_S    86400

#define NAME_FORM "write 1-64 letters, digits, '-', '_' and '.'"

static size_t count_defaults(enum proposal_protocol protocol)
{
    const char *const *defaults = protocol == PROPOSAL_IKE ? proposal_ike_defaults : proposal_esp_defaults;
    size_t n = 0;

    while (defaults[n])
        n++;
    return n;
}

static void check_proposals(const struct rules *rules, const char *field, char *const *texts, size_t n,
                            enum proposal_protocol protocol)
{
    size_t offered = 0;

    for (size_t i = 0; i < n; i++) {
        bool is_default = proposal_is_default(texts[i]);
        struct proposal p;
        char error[320], indexed[48];

        offered += is_default ? count_defaults(protocol) : 1;
        if (is_default || proposal_parse(texts[i], protocol, &p, error, sizeof(error)) == 0)
            continue;
        snprintf(indexed, sizeof(indexed), "%s[%zu]", field, i);
        rules_refuse(rules, indexed, "\"%.80s\": %s", texts[i], error);
    }
    if (offered > CONFIG_PROPOSALS_MAX)
        rules_refuse(rules, field, "%zu proposals; at most %d are allowed", offered, CONFIG_PROPOSALS_MAX);
}

static void check_liveness(const struct rules *rules, const Bulkhead__V1__Liveness *liveness)
{
    const Google__Protobuf__Duration *interval = liveness ? liveness->interval : NULL;

    if (interval && (interval->seconds < LIVENESS_MIN_S || interval->seconds > LIVENESS_MAX_S ||
                     (interval->seconds == LIVENESS_MAX_S && interval->nanos > 0)))
        rules_refuse(rules, "liveness.interval", "%lld s is out of range; write 1s to 1d",
                     (long long)interval->seconds);
}

static void check_packets(const struct rules *rules, const Bulkhead__V1__Tunnel *tunnel)
{
    if (tunnel->dscp_presence_case != BULKHEAD__V1__TUNNEL__DSCP_PRESENCE__NOT_SET && tunnel->dscp > DSCP_MAX)
        rules_refuse(rules, "dscp", "%u is out of range; write 0 to %u, or leave it out to copy what packets have",
                     tunnel->dscp, DSCP_MAX);
    if (tunnel->replay_window &&
        (tunnel->replay_window < REPLAY_WINDOW_MIN || tunnel->replay_window > REPLAY_WINDOW_MAX))
        rules_refuse(rules, "replay_window", "%u is out of range; write %u to %u packets", tunnel->replay_window,
                     REPLAY_WINDOW_MIN, REPLAY_WINDOW_MAX);
}

static void check_recovery(const struct rules *rules, const char *field, const Bulkhead__V1__Tunnel *tunnel,
                           Bulkhead__V1__RecoveryAction action)
{
    const Bulkhead__V1__Endpoint *remote = tunnel->remote;
    bool known = remote && remote->address[0] && strcmp(remote->address, "any") != 0;
    bool calls = action == BULKHEAD__V1__RECOVERY_ACTION__RECOVERY_ACTION_RESTART ||
                 action == BULKHEAD__V1__RECOVERY_ACTION__RECOVERY_ACTION_ON_DEMAND;

    if (calls && !known && !(remote && remote->n_other_addresses))
        rules_refuse(rules, field,
                     "this gateway can't call a peer whose address is not configured; write RECOVERY_ACTION_CLEAR, or "
                     "set remote.address");
}

#define REAUTHENTICATION_MIN_S 10
#define REAUTHENTICATION_MAX_S (365 * 86400)

static void check_reauthentication(const struct rules *rules, const Google__Protobuf__Duration *period)
{
    if (period && (period->seconds < REAUTHENTICATION_MIN_S || period->seconds > REAUTHENTICATION_MAX_S))
        rules_refuse(rules, "reauthentication", "%lld s is out of range; write 10s to 365d",
                     (long long)period->seconds);
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

// RFC 7296 1.3.1: transport mode has no place for other hosts than the two that negotiate.
static void check_transport_side(const struct rules *rules, const char *field, char *const *ranges, size_t n,
                                 const Bulkhead__V1__Endpoint *end)
{
    struct range range;
    struct address own;

    for (size_t i = 0; i < n; i++) {
        if (range_parse(ranges[i], &range) < 0)
            continue; // told already
        if (!address_equal(&range.start, &range.end))
            rules_refuse(rules, field,
                         "%s is more than one address; mode: transport is host to host, write the gateway's own",
                         ranges[i]);
        else if (end && address_parse(end->address, &own) == 0 && !address_equal(&own, &range.start))
            rules_refuse(rules, field, "%s is not %s.address; mode: transport is host to host, write %s", ranges[i],
                         field, end->address);
    }
}

static void check_transport(const struct rules *rules, const Bulkhead__V1__Tunnel *tunnel,
                            const Bulkhead__V1__Policy *policy)
{
    struct policy_words words = policy_form_words(policy);

    if (tunnel->mode != BULKHEAD__V1__SA_MODE__SA_MODE_TRANSPORT ||
        policy->action > BULKHEAD__V1__POLICY_ACTION__POLICY_ACTION_PROTECT)
        return;
    check_transport_side(rules, "local", words.locals, words.locals_n, tunnel->local);
    check_transport_side(rules, "remote", words.remotes, words.remotes_n, tunnel->remote);
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
        check_transport(&inner, tunnel, tunnel->policies[i]);
    }
    check_pairs(rules, tunnel);
}

void config_check_tunnel(const struct rules *rules, const Bulkhead__V1__Tunnel *tunnel)
{
    if (!*tunnel->name)
        rules_refuse(rules, "name", "is required; " NAME_FORM);
    else if (!config_is_name(tunnel->name))
        rules_refuse(rules, "name", "\"%.80s\" is not a name; " NAME_FORM, tunnel->name);
    config_check_ends(rules, tunnel);
    config_check_auth(rules, tunnel->auth);
    check_policies(rules, tunnel);
    check_proposals(rules, "ike_proposals", tunnel->ike_proposals, tunnel->n_ike_proposals, PROPOSAL_IKE);
    check_proposals(rules, "esp_proposals", tunnel->esp_proposals, tunnel->n_esp_proposals, PROPOSAL_ESP);
    check_liveness(rules, tunnel->liveness);
    if (tunnel->liveness)
        check_recovery(rules, "liveness.action", tunnel, tunnel->liveness->action);
    check_recovery(rules, "close_action", tunnel, tunnel->close_action);
    check_packets(rules, tunnel);
    check_reauthentication(rules, tunnel->reauthentication);
    config_check_lifetime(rules, "ike_lifetime", tunnel->ike_lifetime, false);
    config_check_lifetime(rules, "child_lifetime", tunnel->child_lifetime, true);
}
