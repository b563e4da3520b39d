#include "fw-d/attribute.h"

#include <endian.h>
#include <netinet/in.h>
#include <linux/netfilter/nfnetlink.h>

const struct nlattr *attribute_in(const struct nlattr *nest, uint16_t type)
{
    const struct nlattr *attr = mnl_attr_get_payload(nest);

    for (; attribute_is_in(nest, attr); attr = mnl_attr_next(attr)) {
        if (mnl_attr_get_type(attr) == type)
            return attr;
    }
    return NULL;
}

const struct nlattr *attribute_of(const struct nlmsghdr *message, uint16_t type)
{
    const struct nlattr *attr = mnl_nlmsg_get_payload_offset(message, sizeof(struct nfgenmsg));

    for (; attribute_is_of(message, attr); attr = mnl_attr_next(attr)) {
        if (mnl_attr_get_type(attr) == type)
            return attr;
    }
    return NULL;
}

const char *attribute_text(const struct nlattr *attr)
{
    size_t n = attr ? mnl_attr_get_payload_len(attr) : 0;
    const char *text = n ? mnl_attr_get_payload(attr) : NULL;

    return text && text[n - 1] == '\0' ? text : NULL;
}

bool attribute_be32(const struct nlattr *attr, uint32_t *ret_value)
{
    if (!attr || mnl_attr_get_payload_len(attr) != sizeof(uint32_t))
        return false;
    *ret_value = ntohl(mnl_attr_get_u32(attr));
    return true;
}

uint64_t attribute_be64(const struct nlattr *attr)
{
    return attr && mnl_attr_get_payload_len(attr) == sizeof(uint64_t) ? be64toh(mnl_attr_get_u64(attr)) : 0;
}

struct bytes attribute_bytes(const struct nlattr *attr)
{
    return attr ? bytes_of(mnl_attr_get_payload(attr), mnl_attr_get_payload_len(attr)) : bytes_of(NULL, 0);
}
