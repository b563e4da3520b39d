#include "fw-d/link.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/ip.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>

#include "fw-d/fw_limits.h"

static struct nlmsghdr *link_request(struct netlink *nl, void *buffer, uint16_t type, const struct ifinfomsg *info)
{
    struct nlmsghdr *request = netlink_request(nl, buffer, type, 0);
    struct ifinfomsg *header = mnl_nlmsg_put_extra_header(request, sizeof(*header));

    *header = *info;
    return request;
}

// struct ipv4_devconf's values follow one another, the first is number 1.
static void parse_ipv4(const struct nlattr *nest, struct link *link)
{
    const size_t at = (IPV4_DEVCONF_RP_FILTER - 1) * sizeof(uint32_t);
    const struct nlattr *attr;
    uint32_t value;

    for (attr = mnl_attr_get_payload(nest); attribute_is_in(nest, attr); attr = mnl_attr_next(attr)) {
        if (mnl_attr_get_type(attr) != IFLA_INET_CONF || mnl_attr_get_payload_len(attr) < at + sizeof(value))
            continue;
        memcpy(&value, (const uint8_t *)mnl_attr_get_payload(attr) + at, sizeof(value));
        link->strict_source = value != 0;
    }
}

static void parse_ipv6(const struct nlattr *nest, struct link *link)
{
    const struct nlattr *attr;

    link->has_ipv6 = true;
    for (attr = mnl_attr_get_payload(nest); attribute_is_in(nest, attr); attr = mnl_attr_next(attr)) {
        if (mnl_attr_get_type(attr) == IFLA_INET6_ADDR_GEN_MODE && mnl_attr_get_payload_len(attr) >= 1)
            link->makes_addresses = mnl_attr_get_u8(attr) != IN6_ADDR_GEN_MODE_NONE;
    }
}

int link_parse(const struct nlmsghdr *message, struct link *ret_link)
{
    const struct ifinfomsg *header = mnl_nlmsg_get_payload(message);
    const struct nlattr *attr, *family;
    struct link link = {0};

    if (mnl_nlmsg_get_payload_len(message) < sizeof(*header))
        return -EBADMSG;
    link.index = header->ifi_index;
    link.up = header->ifi_flags & IFF_UP;
    for (attr = mnl_nlmsg_get_payload_offset(message, sizeof(*header)); attribute_is_of(message, attr);
         attr = mnl_attr_next(attr)) {
        if (mnl_attr_get_type(attr) == IFLA_MTU && mnl_attr_get_payload_len(attr) == sizeof(uint32_t))
            link.mtu_bytes = mnl_attr_get_u32(attr);
        if (mnl_attr_get_type(attr) != IFLA_AF_SPEC)
            continue;
        for (family = mnl_attr_get_payload(attr); attribute_is_in(attr, family); family = mnl_attr_next(family)) {
            if (mnl_attr_get_type(family) == AF_INET)
                parse_ipv4(family, &link);
            else if (mnl_attr_get_type(family) == AF_INET6)
                parse_ipv6(family, &link);
        }
    }
    *ret_link = link;
    return 0;
}

static int take_link(const struct nlmsghdr *message, void *arg)
{
    return message->nlmsg_type == RTM_NEWLINK ? link_parse(message, arg) : 0;
}

int link_find(struct netlink *nl, const char *name, struct link *ret_link)
{
    char buffer[NETLINK_REQUEST_MAX_BYTES];
    struct nlmsghdr *request = link_request(nl, buffer, RTM_GETLINK, &(struct ifinfomsg){.ifi_family = AF_UNSPEC});

    request->nlmsg_flags |= NLM_F_ACK;
    mnl_attr_put_strz(request, IFLA_IFNAME, name);
    return netlink_dump(nl, request, take_link, ret_link);
}

// rp_filter 0 by netlink, since /proc/sys is read-only in containers.
static int allow_any_source(struct netlink *nl, int index)
{
    char buffer[NETLINK_REQUEST_MAX_BYTES];
    struct nlmsghdr *request = link_request(nl, buffer, RTM_SETLINK, &(struct ifinfomsg){.ifi_index = index});
    struct nlattr *spec = mnl_attr_nest_start(request, IFLA_AF_SPEC);
    struct nlattr *family = mnl_attr_nest_start(request, AF_INET);
    struct nlattr *conf = mnl_attr_nest_start(request, IFLA_INET_CONF);

    mnl_attr_put_u32(request, IPV4_DEVCONF_RP_FILTER, 0);
    mnl_attr_nest_end(request, conf);
    mnl_attr_nest_end(request, family);
    mnl_attr_nest_end(request, spec);
    return netlink_ask(nl, request);
}

static int make_no_addresses(struct netlink *nl, int index)
{
    char buffer[NETLINK_REQUEST_MAX_BYTES];
    struct nlmsghdr *request = link_request(nl, buffer, RTM_SETLINK, &(struct ifinfomsg){.ifi_index = index});
    struct nlattr *spec = mnl_attr_nest_start(request, IFLA_AF_SPEC);
    struct nlattr *family = mnl_attr_nest_start(request, AF_INET6);

    mnl_attr_put_u8(request, IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE);
    mnl_attr_nest_end(request, family);
    mnl_attr_nest_end(request, spec);
    return netlink_ask(nl, request);
}

static int bring_up(struct netlink *nl, int index)
{
    char buffer[NETLINK_REQUEST_MAX_BYTES];
    struct ifinfomsg info = {.ifi_index = index, .ifi_flags = IFF_UP, .ifi_change = IFF_UP};
    struct nlmsghdr *request = link_request(nl, buffer, RTM_SETLINK, &info);

    mnl_attr_put_u32(request, IFLA_MTU, FW_TUN_MTU_BYTES);
    return netlink_ask(nl, request);
}

int link_set_up(struct netlink *nl, const struct link *link)
{
    int r = 0;

    if (link->strict_source)
        r = allow_any_source(nl, link->index);
    if (r == 0 && link->has_ipv6 && link->makes_addresses)
        r = make_no_addresses(nl, link->index);
    if (r == 0 && (!link->up || link->mtu_bytes != FW_TUN_MTU_BYTES))
        r = bring_up(nl, link->index);
    return r;
}

int link_remove(struct netlink *nl, const char *name)
{
    char buffer[NETLINK_REQUEST_MAX_BYTES];
    struct nlmsghdr *request = link_request(nl, buffer, RTM_DELLINK, &(struct ifinfomsg){.ifi_family = AF_UNSPEC});
    int r;

    mnl_attr_put_strz(request, IFLA_IFNAME, name);
    r = netlink_ask(nl, request);
    return r == -ENODEV ? 0 : r;
}
