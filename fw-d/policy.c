#include "fw-d/policy.h"

#include <stdio.h>

bool protocol_has_ports(uint8_t protocol)
{
    return protocol == IPPROTO_TCP || protocol == IPPROTO_UDP || protocol == IPPROTO_DCCP || protocol == IPPROTO_SCTP ||
           protocol == IPPROTO_UDPLITE;
}

bool protocol_is_icmp(uint8_t protocol)
{
    return protocol == IPPROTO_ICMP || protocol == IPPROTO_ICMPV6;
}

bool policy_equal(const struct policy *a, const struct policy *b)
{
    return selector_equal(&a->local, &b->local) && selector_equal(&a->remote, &b->remote) && a->action == b->action &&
           a->notrack == b->notrack;
}

bool policy_overlaps(const struct policy *a, const struct policy *b)
{
    return selector_overlaps(&a->local, &b->local) && selector_overlaps(&a->remote, &b->remote);
}

bool policy_covers(const struct policy *outer, const struct policy *inner)
{
    return selector_covers(&outer->local, &inner->local) && selector_covers(&outer->remote, &inner->remote);
}

char *policy_format(const struct policy *p, char *out, size_t out_size)
{
    char local[SELECTOR_TEXT_MAX], remote[SELECTOR_TEXT_MAX];

    snprintf(out, out_size, "%s <-> %s", selector_format(&p->local, local, sizeof(local)),
             selector_format(&p->remote, remote, sizeof(remote)));
    return out;
}

bool policy_matches(const struct policy *p, const struct flow *flow)
{
    return selector_matches(&p->local, &flow->local, flow->protocol, flow->local_port) &&
           selector_matches(&p->remote, &flow->remote, flow->protocol, flow->remote_port);
}
