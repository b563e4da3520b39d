// Rules of policies (declared in config_rules.h; the words are those of proto/bulkhead/v1/policy.proto).
#include "lib/schema/config_rules.h"

#include <errno.h>
#include <stdio.h>

#include "lib/net/selector.h"
#include "lib/schema/config.h"

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

static void check_icmp(const struct rules *rules, const char *text, uint8_t protocol, uint8_t family)
{
    if (protocol == PROTOCOL_ICMP && family == 6)
        rules_refuse(rules, "protocol", "\"%s\" is IPv4's; write ipv6-icmp with IPv6 addresses", text);
    if (protocol == PROTOCOL_IPV6_ICMP && family == 4)
        rules_refuse(rules, "protocol", "\"%s\" is IPv6's; write icmp with IPv4 addresses", text);
}

void config_check_policy(const struct rules *rules, const Bulkhead__V1__Policy *policy)
{
    struct range local, remote;
    struct selector s;
    bool both;

    if (*policy->name && !config_is_name(policy->name))
        rules_refuse(rules, "name", "\"%.80s\" is not a name; write 1-64 letters, digits, '-', '_' and '.'",
                     policy->name);
    both = check_range(rules, "local", policy->local, &local) == 0;
    both = check_range(rules, "remote", policy->remote, &remote) == 0 && both;
    if (both && local.start.family != remote.start.family) {
        rules_refuse(rules, "remote", "%s is IPv%u, but local is IPv%u; write two of one family", policy->remote,
                     remote.start.family, local.start.family);
        both = false;
    }
    if (check_upper(rules, "local_ports", policy->protocol, policy->local_ports, &s) < 0)
        return;
    if (check_upper(rules, "remote_ports", policy->protocol, policy->remote_ports, &s) < 0)
        return;
    if (both)
        check_icmp(rules, policy->protocol, s.protocol, local.start.family);
}
