#include "fw-d/host.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/netconf.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <sys/socket.h>

#define LOOPBACK_INDEX   1
#define RP_FILTER_STRICT 1

// The network's own prefix out of one of its addresses.
static int network_of(const struct address *a, uint8_t bits, struct range *ret_range)
{
    char text[ADDRESS_TEXT_MAX], prefix_text[ADDRESS_TEXT_MAX + 8];
    struct prefix prefix;
    int r;

    snprintf(prefix_text, sizeof(prefix_text), "%s/%u", address_format(a, text, sizeof(text)), bits);
    r = prefix_parse(prefix_text, &prefix);
    if (r < 0 && r != -EDOM) // EDOM: host bits were set, and are cleared in what it returned
        return r;
    *ret_range = prefix_to_range(&prefix);
    return 0;
}

int host_parse_address(const struct nlmsghdr *message, struct host_address *ret_address)
{
    const struct ifaddrmsg *header = mnl_nlmsg_get_payload(message);
    struct host_address a = {0};
    const struct nlattr *attr;

    if (mnl_nlmsg_get_payload_len(message) < sizeof(*header))
        return -EBADMSG;
    for (attr = mnl_nlmsg_get_payload_offset(message, sizeof(*header)); attribute_is_of(message, attr);
         attr = mnl_attr_next(attr)) {
        struct bytes b = bytes_of(mnl_attr_get_payload(attr), mnl_attr_get_payload_len(attr));

        // of a point-to-point interface this is the other end
        if (mnl_attr_get_type(attr) == IFA_ADDRESS && address_from_bytes(b, &a.address) < 0)
            return -EBADMSG;
    }
    a.index = (int)header->ifa_index;
    if (!a.address.family || network_of(&a.address, header->ifa_prefixlen, &a.network) < 0)
        return -EBADMSG;
    *ret_address = a;
    return 0;
}

struct connected_dump {
    int except;
    struct connected connected;
};

static int take_address(const struct nlmsghdr *message, void *arg)
{
    struct connected_dump *dump = arg;
    struct host_address a;

    if (host_parse_address(message, &a) < 0 || a.index == dump->except || a.index == LOOPBACK_INDEX ||
        address_is_link_local(&a.address))
        return 0;
    return connected_add(&dump->connected, &a.network);
}

int host_read_connected(struct netlink *nl, int except, struct connected *ret_connected)
{
    char buffer[NETLINK_REQUEST_MAX_BYTES];
    struct nlmsghdr *request = netlink_request(nl, buffer, RTM_GETADDR, NLM_F_DUMP);
    struct ifaddrmsg *header = mnl_nlmsg_put_extra_header(request, sizeof(*header));
    struct connected_dump dump = {.except = except};
    int r;

    *header = (struct ifaddrmsg){.ifa_family = AF_UNSPEC};
    r = netlink_dump(nl, request, take_address, &dump);
    if (r < 0) {
        connected_done(&dump.connected);
        return r;
    }
    *ret_connected = dump.connected;
    return 0;
}

struct netconf {
    int32_t forwarding;
    int32_t rp_filter;
};

static int take_netconf(const struct nlmsghdr *message, void *arg)
{
    struct netconf *conf = arg;
    const struct nlattr *attr;

    if (mnl_nlmsg_get_payload_len(message) < sizeof(struct netconfmsg))
        return 0;
    for (attr = mnl_nlmsg_get_payload_offset(message, sizeof(struct netconfmsg)); attribute_is_of(message, attr);
         attr = mnl_attr_next(attr)) {
        if (mnl_attr_get_payload_len(attr) != sizeof(int32_t))
            continue;
        if (mnl_attr_get_type(attr) == NETCONFA_FORWARDING)
            conf->forwarding = (int32_t)mnl_attr_get_u32(attr);
        else if (mnl_attr_get_type(attr) == NETCONFA_RP_FILTER)
            conf->rp_filter = (int32_t)mnl_attr_get_u32(attr);
    }
    return 0;
}

static int read_netconf(struct netlink *nl, uint8_t family, struct netconf *conf)
{
    char buffer[NETLINK_REQUEST_MAX_BYTES];
    struct nlmsghdr *request = netlink_request(nl, buffer, RTM_GETNETCONF, NLM_F_ACK);
    struct netconfmsg *header = mnl_nlmsg_put_extra_header(request, sizeof(*header));

    header->ncm_family = family;
    mnl_attr_put_u32(request, NETCONFA_IFINDEX, (uint32_t)NETCONFA_IFINDEX_ALL);
    return netlink_dump(nl, request, take_netconf, conf);
}

int host_read_settings(struct netlink *nl, struct host_settings *ret_settings)
{
    struct netconf ipv4 = {.forwarding = 1}, ipv6 = {.forwarding = 1};
    int r = read_netconf(nl, AF_INET, &ipv4);

    if (r < 0)
        return r;
    r = read_netconf(nl, AF_INET6, &ipv6);
    if (r < 0 && r != -EAFNOSUPPORT && r != -EOPNOTSUPP)
        return r;
    *ret_settings = (struct host_settings){.ipv4_forwarding = ipv4.forwarding != 0,
                                           .ipv6_forwarding = ipv6.forwarding != 0,
                                           .strict_source = ipv4.rp_filter == RP_FILTER_STRICT};
    return 0;
}
