#include "fw-d/route.h"

#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "fw-d/fw_limits.h"
#include "lib/net/marks.h"

static const uint8_t families[] = {AF_INET, AF_INET6};

// An answer of a kernel that has no IPv6, or has it switched off.
static bool is_without_family(uint8_t family, int error)
{
    return family == AF_INET6 && (error == -EAFNOSUPPORT || error == -EOPNOTSUPP || error == -EACCES);
}

static int ask_rule(struct netlink *nl, uint16_t type, uint16_t flags, uint8_t family)
{
    char buffer[NETLINK_REQUEST_MAX_BYTES];
    struct nlmsghdr *request = netlink_request(nl, buffer, type, flags);
    struct fib_rule_hdr *header = mnl_nlmsg_put_extra_header(request, sizeof(*header));

    *header = (struct fib_rule_hdr){.family = family, .table = RT_TABLE_UNSPEC, .action = FR_ACT_TO_TBL};
    mnl_attr_put_u32(request, FRA_TABLE, ROUTE_TABLE);
    mnl_attr_put_u32(request, FRA_PRIORITY, RULE_PRIORITY);
    mnl_attr_put_u32(request, FRA_FWMARK, MARK_PROTECT);
    mnl_attr_put_u32(request, FRA_FWMASK, MARK_PROTECT);
    return netlink_ask(nl, request);
}

// index 0: the unreachable route.
static int ask_route(struct netlink *nl, uint16_t type, uint16_t flags, uint8_t family, int index)
{
    char buffer[NETLINK_REQUEST_MAX_BYTES];
    struct nlmsghdr *request = netlink_request(nl, buffer, type, flags);
    struct rtmsg *header = mnl_nlmsg_put_extra_header(request, sizeof(*header));

    *header = (struct rtmsg){.rtm_family = family,
                             .rtm_protocol = RTPROT_STATIC,
                             .rtm_scope = RT_SCOPE_UNIVERSE,
                             .rtm_type = index ? RTN_UNICAST : RTN_UNREACHABLE};
    if (index && family == AF_INET)
        header->rtm_scope = RT_SCOPE_LINK;
    mnl_attr_put_u32(request, RTA_TABLE, ROUTE_TABLE);
    mnl_attr_put_u32(request, RTA_PRIORITY, index ? FW_METRIC_TUN : FW_METRIC_UNREACHABLE);
    if (index)
        mnl_attr_put_u32(request, RTA_OIF, (uint32_t)index);
    return netlink_ask(nl, request);
}

// IPv4 knows one route of a metric, so another one is replaced (an equal one stays, without a notification); IPv6 would
// replace, and notify of, an equal one too.
static int set_route(struct netlink *nl, uint8_t family, int index)
{
    uint16_t flags = (uint16_t)(NLM_F_CREATE | (family == AF_INET ? NLM_F_REPLACE : NLM_F_EXCL));
    int r = ask_route(nl, RTM_NEWROUTE, flags, family, index);

    return r == -EEXIST || is_without_family(family, r) ? 0 : r;
}

int route_set_base(struct netlink *nl)
{
    int r = 0;

    for (size_t i = 0; i < sizeof(families) && r == 0; i++) {
        r = ask_rule(nl, RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, families[i]);
        if (r == -EEXIST || is_without_family(families[i], r))
            r = 0;
        if (r == 0)
            r = set_route(nl, families[i], 0);
    }
    return r;
}

int route_set_tun(struct netlink *nl, int index)
{
    int r = 0;

    for (size_t i = 0; i < sizeof(families) && r == 0; i++)
        r = set_route(nl, families[i], index);
    return r;
}

// Asks until there is nothing more to remove.
static int remove_rules(struct netlink *nl, uint8_t family)
{
    int r;

    do {
        r = ask_rule(nl, RTM_DELRULE, 0, family);
    } while (r == 0);
    return r == -ENOENT || is_without_family(family, r) ? 0 : r;
}

struct flush {
    uint8_t family;
    size_t n;
    struct {
        uint8_t type;
        uint32_t metric;
        uint32_t index;
    } routes[16];
};

static int take_route(const struct nlmsghdr *message, void *arg)
{
    const struct rtmsg *header = mnl_nlmsg_get_payload(message);
    struct flush *flush = arg;
    const struct nlattr *attr;
    uint32_t table = 0, metric = 0, index = 0;

    if (mnl_nlmsg_get_payload_len(message) < sizeof(*header) || header->rtm_dst_len ||
        header->rtm_family != flush->family)
        return 0;
    for (attr = mnl_nlmsg_get_payload_offset(message, sizeof(*header)); attribute_is_of(message, attr);
         attr = mnl_attr_next(attr)) {
        if (mnl_attr_get_payload_len(attr) != sizeof(uint32_t))
            continue;
        if (mnl_attr_get_type(attr) == RTA_TABLE)
            table = mnl_attr_get_u32(attr);
        else if (mnl_attr_get_type(attr) == RTA_PRIORITY)
            metric = mnl_attr_get_u32(attr);
        else if (mnl_attr_get_type(attr) == RTA_OIF)
            index = mnl_attr_get_u32(attr);
    }
    if (table == ROUTE_TABLE && flush->n < sizeof(flush->routes) / sizeof(*flush->routes)) {
        flush->routes[flush->n].type = header->rtm_type;
        flush->routes[flush->n].metric = metric;
        flush->routes[flush->n++].index = index;
    }
    return 0;
}

static int delete_route(struct netlink *nl, const struct flush *flush, size_t i)
{
    char buffer[NETLINK_REQUEST_MAX_BYTES];
    struct nlmsghdr *request = netlink_request(nl, buffer, RTM_DELROUTE, 0);
    struct rtmsg *header = mnl_nlmsg_put_extra_header(request, sizeof(*header));

    *header =
        (struct rtmsg){.rtm_family = flush->family, .rtm_scope = RT_SCOPE_NOWHERE, .rtm_type = flush->routes[i].type};
    mnl_attr_put_u32(request, RTA_TABLE, ROUTE_TABLE);
    mnl_attr_put_u32(request, RTA_PRIORITY, flush->routes[i].metric);
    if (flush->routes[i].type == RTN_UNICAST)
        mnl_attr_put_u32(request, RTA_OIF, flush->routes[i].index);
    return netlink_ask(nl, request);
}

static int remove_routes(struct netlink *nl, uint8_t family)
{
    char buffer[NETLINK_REQUEST_MAX_BYTES];
    struct nlmsghdr *request = netlink_request(nl, buffer, RTM_GETROUTE, NLM_F_DUMP);
    struct rtmsg *header = mnl_nlmsg_put_extra_header(request, sizeof(*header));
    struct flush flush = {.family = family};
    int r;

    *header = (struct rtmsg){.rtm_family = family};
    r = netlink_dump(nl, request, take_route, &flush);
    for (size_t i = 0; i < flush.n && r == 0; i++) {
        r = delete_route(nl, &flush, i);
        if (r == -ESRCH)
            r = 0;
    }
    return is_without_family(family, r) ? 0 : r;
}

int route_remove(struct netlink *nl)
{
    int r = 0, error;

    for (size_t i = 0; i < sizeof(families); i++) {
        error = remove_rules(nl, families[i]);
        r = r ? r : error;
        error = remove_routes(nl, families[i]);
        r = r ? r : error;
    }
    return r;
}
