#include "lib/net/policy_words.h"

#include <errno.h>

enum { PROTOCOL_ICMP = 1, PROTOCOL_IPV6_ICMP = 58 };

// "8", "255"; moves on behind it.
static int parse_u8(const char **text, uint8_t *ret_value)
{
    const char *p = *text;
    unsigned value = 0;

    for (; *p >= '0' && *p <= '9' && p - *text < 3; p++)
        value = value * 10 + (unsigned)(*p - '0');
    if (p == *text || value > UINT8_MAX)
        return -EINVAL;
    *text = p;
    *ret_value = (uint8_t)value;
    return 0;
}

int policy_words_icmp(const char *icmp_type, struct selector *selector, const char **ret_error)
{
    const char *p = icmp_type;
    uint8_t type, first = 0, last = UINT8_MAX;

    if (!*icmp_type)
        return 0;
    if (selector->protocol != PROTOCOL_ICMP && selector->protocol != PROTOCOL_IPV6_ICMP) {
        *ret_error = "an ICMP type needs protocol icmp or ipv6-icmp";
        return -EINVAL;
    }
    *ret_error = "not an ICMP type; write for example 8, or 8/0 for type and code";
    if (parse_u8(&p, &type) < 0)
        return -EINVAL;
    if (*p == '/') {
        p++;
        if (parse_u8(&p, &first) < 0)
            return -EINVAL;
        last = first;
    }
    if (*p)
        return -EINVAL;
    selector->start_port = (uint16_t)(type << 8 | first);
    selector->end_port = (uint16_t)(type << 8 | last);
    return 0;
}

int policy_words_pair(const struct policy_words *words, size_t index, struct selector *ret_local,
                      struct selector *ret_remote, const char **ret_error)
{
    struct selector local, remote;
    int r;

    r = selector_parse(words->locals[index / words->remotes_n], words->protocol, words->local_ports, &local, ret_error);
    if (r == 0)
        r = selector_parse(words->remotes[index % words->remotes_n], words->protocol, words->remote_ports, &remote,
                           ret_error);
    if (r == 0)
        r = policy_words_icmp(words->icmp_type, &local, ret_error);
    if (r == 0)
        r = policy_words_icmp(words->icmp_type, &remote, ret_error);
    if (r < 0)
        return r;
    if (local.range.start.family != remote.range.start.family)
        return -EAFNOSUPPORT;
    *ret_local = local;
    *ret_remote = remote;
    return 0;
}
