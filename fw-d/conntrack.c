#include "fw-d/conntrack.h"

#include <errno.h>
#include <netinet/in.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

// What a deletion needs of an entry: its first tuple and zone as the kernel gave them.
struct doomed {
    uint8_t family; // AF_INET or AF_INET6
    bool has_zone;
    uint16_t zone_be;
    size_t n;
    uint8_t tuple[128];
};

struct sweep {
    conntrack_match_fn *match;
    void *arg;
    struct doomed *doomed;
    size_t n;
    size_t size;
};

static struct bytes payload(const struct nlattr *attr)
{
    return bytes_of(mnl_attr_get_payload(attr), mnl_attr_get_payload_len(attr));
}

static void parse_addresses(const struct nlattr *nest, struct address *source, struct address *destination)
{
    const struct nlattr *attr;

    for (attr = mnl_attr_get_payload(nest); attribute_is_in(nest, attr); attr = mnl_attr_next(attr)) {
        uint16_t type = mnl_attr_get_type(attr);

        if (type == CTA_IP_V4_SRC || type == CTA_IP_V6_SRC)
            (void)address_from_bytes(payload(attr), source);
        else if (type == CTA_IP_V4_DST || type == CTA_IP_V6_DST)
            (void)address_from_bytes(payload(attr), destination);
    }
}

static uint16_t parse_port(const struct nlattr *attr)
{
    struct bytes b = payload(attr);

    return (uint16_t)(b.n == 2 ? b.p[0] << 8 | b.p[1] : 0);
}

static uint8_t parse_byte(const struct nlattr *attr)
{
    struct bytes b = payload(attr);

    return b.n == 1 ? b.p[0] : 0;
}

static void parse_protocol(const struct nlattr *nest, struct conntrack_entry *entry)
{
    const struct nlattr *attr;

    for (attr = mnl_attr_get_payload(nest); attribute_is_in(nest, attr); attr = mnl_attr_next(attr)) {
        switch (mnl_attr_get_type(attr)) {
        case CTA_PROTO_NUM:
            entry->protocol = mnl_attr_get_payload_len(attr) ? mnl_attr_get_u8(attr) : 0;
            break;
        case CTA_PROTO_SRC_PORT:
            entry->source_port = parse_port(attr);
            break;
        case CTA_PROTO_DST_PORT:
            entry->destination_port = parse_port(attr);
            break;
        case CTA_PROTO_ICMP_TYPE:
        case CTA_PROTO_ICMPV6_TYPE: // in both ports, as policies have it
            entry->source_port |= (uint16_t)(parse_byte(attr) << 8);
            entry->destination_port = entry->source_port;
            break;
        case CTA_PROTO_ICMP_CODE:
        case CTA_PROTO_ICMPV6_CODE:
            entry->source_port |= parse_byte(attr);
            entry->destination_port = entry->source_port;
            break;
        default:
            break;
        }
    }
}

static void parse_tuple(const struct nlattr *nest, struct conntrack_entry *entry)
{
    const struct nlattr *attr;

    for (attr = mnl_attr_get_payload(nest); attribute_is_in(nest, attr); attr = mnl_attr_next(attr)) {
        if (mnl_attr_get_type(attr) == CTA_TUPLE_IP)
            parse_addresses(attr, &entry->source, &entry->destination);
        else if (mnl_attr_get_type(attr) == CTA_TUPLE_PROTO)
            parse_protocol(attr, entry);
    }
}

int conntrack_parse(const struct nlmsghdr *message, struct conntrack_entry *ret_entry)
{
    struct conntrack_entry entry = {0};
    const struct nlattr *attr;

    if (mnl_nlmsg_get_payload_len(message) < sizeof(struct nfgenmsg))
        return -EBADMSG;
    for (attr = mnl_nlmsg_get_payload_offset(message, sizeof(struct nfgenmsg)); attribute_is_of(message, attr);
         attr = mnl_attr_next(attr)) {
        if (mnl_attr_get_type(attr) == CTA_TUPLE_ORIG)
            parse_tuple(attr, &entry);
    }
    if (!entry.source.family || entry.source.family != entry.destination.family)
        return -EBADMSG;
    *ret_entry = entry;
    return 0;
}

static int remember(struct sweep *sweep, const struct nlmsghdr *message)
{
    const struct nfgenmsg *header = mnl_nlmsg_get_payload(message);
    struct doomed d = {.family = header->nfgen_family};
    const struct nlattr *attr;
    struct doomed *more;

    for (attr = mnl_nlmsg_get_payload_offset(message, sizeof(*header)); attribute_is_of(message, attr);
         attr = mnl_attr_next(attr)) {
        struct bytes b = payload(attr);

        if (mnl_attr_get_type(attr) == CTA_TUPLE_ORIG && b.n <= sizeof(d.tuple)) {
            memcpy(d.tuple, b.p, b.n);
            d.n = b.n;
        } else if (mnl_attr_get_type(attr) == CTA_ZONE && b.n == sizeof(d.zone_be)) {
            memcpy(&d.zone_be, b.p, b.n);
            d.has_zone = true;
        }
    }
    if (sweep->n == sweep->size) {
        sweep->size = sweep->size ? 2 * sweep->size : 64;
        more = reallocarray(sweep->doomed, sweep->size, sizeof(*more));
        if (!more)
            return -ENOMEM;
        sweep->doomed = more;
    }
    sweep->doomed[sweep->n++] = d;
    return 0;
}

static int take_entry(const struct nlmsghdr *message, void *arg)
{
    struct sweep *sweep = arg;
    struct conntrack_entry entry;

    if (conntrack_parse(message, &entry) < 0 || !sweep->match(&entry, sweep->arg))
        return 0;
    return remember(sweep, message);
}

static struct nlmsghdr *conntrack_request(struct netlink *nl, void *buffer, uint8_t type, uint16_t flags,
                                          uint8_t family)
{
    struct nlmsghdr *request = netlink_request(nl, buffer, (uint16_t)(NFNL_SUBSYS_CTNETLINK << 8 | type), flags);
    struct nfgenmsg *header = mnl_nlmsg_put_extra_header(request, sizeof(*header));

    *header = (struct nfgenmsg){.nfgen_family = family, .version = NFNETLINK_V0};
    return request;
}

static int delete_entry(struct netlink *nl, const struct doomed *d)
{
    char buffer[NETLINK_REQUEST_MAX_BYTES];
    struct nlmsghdr *request = conntrack_request(nl, buffer, IPCTNL_MSG_CT_DELETE, 0, d->family);

    mnl_attr_put(request, NLA_F_NESTED | CTA_TUPLE_ORIG, d->n, d->tuple);
    if (d->has_zone)
        mnl_attr_put(request, CTA_ZONE, sizeof(d->zone_be), &d->zone_be);
    return netlink_ask(nl, request);
}

int conntrack_delete(struct netlink *nl, conntrack_match_fn *match, void *arg)
{
    static const uint8_t families[] = {AF_INET, AF_INET6};
    struct sweep sweep = {.match = match, .arg = arg};
    char buffer[NETLINK_REQUEST_MAX_BYTES];
    int r = 0, deleted = 0;

    for (size_t i = 0; i < sizeof(families) && r == 0; i++)
        r = netlink_dump(nl, conntrack_request(nl, buffer, IPCTNL_MSG_CT_GET, NLM_F_DUMP, families[i]), take_entry,
                         &sweep);
    for (size_t i = 0; i < sweep.n && r == 0; i++) {
        r = delete_entry(nl, &sweep.doomed[i]);
        deleted += r == 0;
        if (r == -ENOENT) // it ended by itself meanwhile
            r = 0;
    }
    free(sweep.doomed);
    return r < 0 ? r : deleted;
}
