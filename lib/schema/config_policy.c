// Rules of policies (declared in config_rules.h; the words are those of proto/bulkhead/v1/policy.proto).
#include "lib/schema/config_rules.h"

#include <errno.h>
#include <stdio.h>

#include "lib/net/selector.h"
#include "lib/schema/config.h"
#include "lib/schema/policy_form.h"

enum { PROTOCOL_ICMP = 1, PROTOCOL_IPV6_ICMP = 58 };

// The addresses of one side; 0 or -EINVAL.
static int check_range(const struct rules *rules, const char *field, const char *text, struct range *ret_range)
{
    char right[PREFIX_TEXT_MAX];
    struct prefix p;
    int r;

    if (!*text) {
        rules_refuse(rules, field, "is required; write a prefix, an address or a range, for example 10.1.0.0/24");
        return -EINVAL;
    }
    r = range_parse(text, ret_range);
    if (r == -EDOM && prefix_parse(text, &p) == -EDOM)
        rules_refuse(rules, field, "%s has host bits set; write %s", text, prefix_format(&p, right, sizeof(right)));
    else if (r == -ERANGE)
        rules_refuse(rules, field, "\"%.100s\" should have two addresses of one family, the lower one first", text);
    else if (r < 0)
        rules_refuse(rules, field,
                     "\"%.60s\" is not a prefix, an address or a range; write for example 10.1.0.0/24, 10.1.0.1 or "
                     "10.1.0.1-10.1.0.9",
                     text);
    return r < 0 ? -EINVAL : 0;
}

// Protocol and ports, which selector_parse has the words for: with the whole family as the range, only they can be
// wrong.
static int check_upper(const struct rules *rules, const char *field, const char *protocol, const char *ports,
                       struct selector *s)
{
    const char *error;

    if (selector_parse("0.0.0.0/0", protocol, ports, s, &error) == 0)
        return 0;
    if (selector_parse("0.0.0.0/0", protocol, "", s, &error) < 0)
        rules_refuse(rules, "protocol", "\"%.40s\": %s", protocol, error);
    else
        rules_refuse(rules, field, "\"%.40s\": %s", ports,
                     selector_parse("0.0.0.0/0", "tcp", ports, s, &error) < 0 ? error
                                                                              : "ports need protocol tcp, udp or sctp");
    return -EINVAL;
}

static void check_icmp(const struct rules *rules, const char *text, uint8_t protocol, unsigned families)
{
    if (protocol == PROTOCOL_ICMP && families & 1u << 6)
        rules_refuse(rules, "protocol", "\"%s\" is IPv4's; write ipv6-icmp with IPv6 addresses", text);
    if (protocol == PROTOCOL_IPV6_ICMP && families & 1u << 4)
        rules_refuse(rules, "protocol", "\"%s\" is IPv6's; write icmp with IPv4 addresses", text);
}

static void check_icmp_type(const struct rules *rules, const Bulkhead__V1__Policy *policy)
{
    struct selector s;
    const char *error;

    if (selector_parse("0.0.0.0/0", policy->protocol, "", &s, &error) == 0 &&
        policy_words_icmp(policy->icmp_type, &s, &error) < 0)
        rules_refuse(rules, "icmp_type", "\"%.40s\": %s", policy->icmp_type, error);
}

// The ranges of one side, from the one field or the other. Says which families there are, as bits; 0: something is
// wrong.
static unsigned check_side(const struct rules *rules, const char *field, const char *one, char *const *several,
                           size_t n)
{
    char name[32];
    struct range range;
    unsigned families = 0;
    bool wrong = false;

    if (n == 0)
        return check_range(rules, field, one, &range) == 0 ? 1u << range.start.family : 0;
    if (*one) {
        rules_refuse(rules, field, "stands beside %ss; write one of the two", field);
        return 0;
    }
    if (n > CONFIG_SIDE_MAX) {
        snprintf(name, sizeof(name), "%ss", field);
        rules_refuse(rules, name, "%zu entries; at most %d are allowed", n, CONFIG_SIDE_MAX);
        return 0;
    }
    for (size_t i = 0; i < n; i++) {
        snprintf(name, sizeof(name), "%ss[%zu]", field, i);
        if (check_range(rules, name, several[i], &range) == 0)
            families |= 1u << range.start.family;
        else
            wrong = true;
    }
    return wrong ? 0 : families;
}

static void check_families(const struct rules *rules, const Bulkhead__V1__Policy *policy, unsigned local,
                           unsigned remote)
{
    if (local == remote)
        return;
    if (policy->n_locals || policy->n_remotes)
        rules_refuse(rules, policy->n_remotes ? "remotes" : "remote",
                     "both sides need the same families; IPv%d stands on one side alone",
                     (local ^ remote) & 1u << 4 ? 4 : 6);
    else
        rules_refuse(rules, "remote", "%s is IPv%d, but local is IPv%d; write two of one family", policy->remote,
                     remote & 1u << 4 ? 4 : 6, local & 1u << 4 ? 4 : 6);
}

void config_check_policy(const struct rules *rules, const Bulkhead__V1__Policy *policy)
{
    unsigned local, remote;
    struct selector s;

    if (*policy->name && !config_is_name(policy->name))
        rules_refuse(rules, "name", "\"%.80s\" is not a name; write 1-64 letters, digits, '-', '_' and '.'",
                     policy->name);
    local = check_side(rules, "local", policy->local, policy->locals, policy->n_locals);
    remote = check_side(rules, "remote", policy->remote, policy->remotes, policy->n_remotes);
    if (local && remote)
        check_families(rules, policy, local, remote);
    if (policy->selectors > BULKHEAD__V1__SELECTOR_MODE__SELECTOR_MODE_UNSPECIFIED &&
        policy->action > BULKHEAD__V1__POLICY_ACTION__POLICY_ACTION_PROTECT)
        rules_refuse(rules, "selectors", "has a meaning with action protect alone; remove it");
    if (policy->notrack && policy->action > BULKHEAD__V1__POLICY_ACTION__POLICY_ACTION_PROTECT)
        rules_refuse(rules, "notrack", "has a meaning with action protect alone; remove it");
    if (check_upper(rules, "local_ports", policy->protocol, policy->local_ports, &s) < 0)
        return;
    if (check_upper(rules, "remote_ports", policy->protocol, policy->remote_ports, &s) < 0)
        return;
    check_icmp_type(rules, policy);
    if (local && local == remote && s.protocol)
        check_icmp(rules, policy->protocol, s.protocol, local);
}
