#include "fw-d/intent.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "fw-d/fw_limits.h"

void intent_done(struct intent *intent)
{
    free(intent->policies);
    tunnel_names_done(&intent->tunnels);
    *intent = (struct intent){0};
}

// Returns what is wrong, or NULL.
static const char *take_selector(const Bulkhead__Internal__V1__Selector *wire, struct selector *s)
{
    if (!wire)
        return "missing";
    if (address_from_bytes(bytes_of(wire->start_ip.data, wire->start_ip.len), &s->range.start) < 0 ||
        address_from_bytes(bytes_of(wire->end_ip.data, wire->end_ip.len), &s->range.end) < 0)
        return "start_ip and end_ip must have 4 or 16 bytes";
    if (s->range.start.family != s->range.end.family)
        return "start_ip and end_ip are of different families";
    if (address_compare(&s->range.start, &s->range.end) > 0)
        return "start_ip is over end_ip";
    if (wire->protocol > UINT8_MAX)
        return "protocol is over 255";
    if (wire->start_port > UINT16_MAX || wire->end_port > UINT16_MAX)
        return "port is over 65535";
    if (wire->start_port > wire->end_port)
        return "start_port is over end_port";
    s->protocol = (uint8_t)wire->protocol;
    s->start_port = (uint16_t)wire->start_port;
    s->end_port = (uint16_t)wire->end_port;
    if ((s->start_port || s->end_port != UINT16_MAX) && !protocol_has_ports(s->protocol) &&
        !protocol_is_icmp(s->protocol))
        return "ports need protocol tcp, udp, dccp, sctp or udplite; any port is 0-65535";
    return NULL;
}

static const char *take_action(Bulkhead__Internal__V1__FwAction wire, enum policy_action *action)
{
    switch (wire) {
    case BULKHEAD__INTERNAL__V1__FW_ACTION__FW_ACTION_PROTECT:
        *action = POLICY_PROTECT;
        return NULL;
    case BULKHEAD__INTERNAL__V1__FW_ACTION__FW_ACTION_BYPASS:
        *action = POLICY_BYPASS;
        return NULL;
    case BULKHEAD__INTERNAL__V1__FW_ACTION__FW_ACTION_DISCARD:
        *action = POLICY_DISCARD;
        return NULL;
    default:
        return "must be protect, bypass or discard";
    }
}

// Returns what is wrong (and where in the policy), or NULL.
static const char *take_policy(const Bulkhead__Internal__V1__FwPolicy *wire, struct policy *p, const char **ret_field)
{
    const char *wrong;

    *ret_field = "local";
    wrong = take_selector(wire->local, &p->local);
    if (wrong)
        return wrong;
    *ret_field = "remote";
    wrong = take_selector(wire->remote, &p->remote);
    if (wrong)
        return wrong;
    if (p->local.range.start.family != p->remote.range.start.family)
        return "local and remote are of different families";
    if (p->local.protocol != p->remote.protocol)
        return "local and remote have different protocols";
    if (protocol_is_icmp(p->local.protocol) &&
        (p->local.start_port != p->remote.start_port || p->local.end_port != p->remote.end_port))
        return "local and remote have different ICMP types";
    *ret_field = "action";
    wrong = take_action(wire->action, &p->action);
    if (wrong)
        return wrong;
    *ret_field = "notrack";
    p->notrack = wire->notrack;
    return p->notrack && p->action != POLICY_PROTECT ? "goes with protect alone" : NULL;
}

static int make_room(struct intent *intent, size_t more)
{
    struct policy *policies;
    size_t size = intent->n + more;

    if (size <= intent->size)
        return 0;
    if (size < 2 * intent->size)
        size = 2 * intent->size;
    policies = reallocarray(intent->policies, size, sizeof(*policies));
    if (!policies)
        return -ENOMEM;
    intent->policies = policies;
    intent->size = size;
    return 0;
}

int intent_add_page(struct intent *intent, const Bulkhead__Internal__V1__FwConfigureRequest *page, char *ret_error)
{
    const char *wrong, *field;
    int r;

    if (page->generation != intent->generation) {
        intent->n = 0;
        intent->tunnels.n = 0;
        intent->generation = page->generation;
    }
    if (page->n_policies > FW_POLICIES_MAX - intent->n) {
        snprintf(ret_error, INTENT_ERROR_MAX, "policies: more than %u", FW_POLICIES_MAX);
        intent_done(intent);
        return -EINVAL;
    }
    r = make_room(intent, page->n_policies);
    if (r < 0)
        return r;
    for (size_t i = 0; i < page->n_policies; i++) {
        struct policy *p = &intent->policies[intent->n];

        wrong = take_policy(page->policies[i], p, &field);
        r = wrong ? 0 : tunnel_names_add(&intent->tunnels, page->policies[i]->tunnel, &p->tunnel);
        if (r == -ENOMEM)
            return r;
        if (r < 0) {
            field = "tunnel";
            wrong = "a name has at most 64 characters";
        }
        if (wrong) {
            snprintf(ret_error, INTENT_ERROR_MAX, "policies[%zu] (tunnel %.64s): %s: %s", intent->n,
                     page->policies[i]->tunnel, field, wrong);
            intent_done(intent);
            return -EINVAL;
        }
        intent->n++;
    }
    return 0;
}
