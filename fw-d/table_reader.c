#include "fw-d/table_reader.h"

#include <errno.h>
#include <netinet/in.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdlib.h>
#include <string.h>

#include <libnftnl/common.h>
#include <libnftnl/object.h>
#include <libnftnl/set.h>
#include <libnftnl/table.h>

#include "fw-d/fw_limits.h"
#include "fw-d/sets.h"

static struct nlmsghdr *nft_request(struct netlink *nl, void *buffer, uint16_t type, uint16_t flags)
{
    if (++nl->seq == 0)
        nl->seq = 1;
    return nftnl_nlmsg_build_hdr(buffer, type, NFPROTO_INET, flags, nl->seq);
}

static int take_flags(const struct nlmsghdr *message, void *arg)
{
    struct nftnl_table *table = nftnl_table_alloc();
    int r = -ENOMEM;

    if (table) {
        r = nftnl_table_nlmsg_parse(message, table) < 0 ? -EBADMSG : 0;
        if (r == 0)
            *(uint32_t *)arg = nftnl_table_get_u32(table, NFTNL_TABLE_FLAGS);
    }
    nftnl_table_free(table);
    return r;
}

int table_read_flags(struct netlink *nl, uint32_t *ret_flags)
{
    char buffer[NETLINK_REQUEST_MAX_BYTES];
    struct nlmsghdr *request = nft_request(nl, buffer, NFT_MSG_GETTABLE, NLM_F_ACK);

    mnl_attr_put_strz(request, NFTA_TABLE_NAME, FW_TABLE_NAME);
    return netlink_dump(nl, request, take_flags, ret_flags);
}

int table_take_counter(const struct nlmsghdr *message, struct counter_value *counters)
{
    struct nftnl_obj *counter = nftnl_obj_alloc();
    const char *name;

    if (!counter)
        return -ENOMEM;
    name = nftnl_obj_nlmsg_parse(message, counter) < 0 ? NULL : nftnl_obj_get_str(counter, NFTNL_OBJ_NAME);
    for (int i = 0; i < COUNTER_COUNT && name; i++) {
        if (strcmp(name, table_counter_name((enum table_counter)i)) != 0 ||
            nftnl_obj_get_u32(counter, NFTNL_OBJ_TYPE) != NFT_OBJECT_COUNTER)
            continue;
        counters[i].packets = nftnl_obj_get_u64(counter, NFTNL_OBJ_CTR_PKTS);
        counters[i].bytes = nftnl_obj_get_u64(counter, NFTNL_OBJ_CTR_BYTES);
    }
    nftnl_obj_free(counter);
    return 0;
}

static int take_counter(const struct nlmsghdr *message, void *arg)
{
    return table_take_counter(message, arg);
}

int table_read_counters(struct netlink *nl, struct counter_value *ret_counters)
{
    char buffer[NETLINK_REQUEST_MAX_BYTES];
    struct nlmsghdr *request = nft_request(nl, buffer, NFT_MSG_GETOBJ, NLM_F_DUMP);

    mnl_attr_put_strz(request, NFTA_OBJ_TABLE, FW_TABLE_NAME);
    mnl_attr_put_u32(request, NFTA_OBJ_TYPE, htonl(NFT_OBJECT_COUNTER));
    return netlink_dump(nl, request, take_counter, ret_counters);
}

static int take_generation(const struct nlmsghdr *message, void *arg)
{
    const struct nlattr *attr;

    for (attr = mnl_nlmsg_get_payload_offset(message, sizeof(struct nfgenmsg)); attribute_is_of(message, attr);
         attr = mnl_attr_next(attr)) {
        if (mnl_attr_get_type(attr) == NFTA_GEN_ID && mnl_attr_get_payload_len(attr) == sizeof(uint32_t))
            *(uint32_t *)arg = ntohl(mnl_attr_get_u32(attr));
    }
    return 0;
}

int table_read_generation(struct netlink *nl, uint32_t *ret_generation)
{
    char buffer[NETLINK_REQUEST_MAX_BYTES];

    return netlink_dump(nl, nft_request(nl, buffer, NFT_MSG_GETGEN, NLM_F_ACK), take_generation, ret_generation);
}

static int append_policy(struct element_list *list, const struct policy *p)
{
    struct policy *more;
    size_t size = list->size ? 2 * list->size : 64;

    if (list->n == list->size) {
        if (list->n >= FW_POLICIES_MAX)
            return -E2BIG;
        more = reallocarray(list->policies, size, sizeof(*more));
        if (!more)
            return -ENOMEM;
        list->policies = more;
        list->size = size;
    }
    list->policies[list->n++] = *p;
    return 0;
}

static int take_element(struct nftnl_set_elem *element, void *arg)
{
    struct element_list *list = arg;
    struct policy p;
    struct bytes start, end;
    uint32_t start_n = 0, end_n = 0;
    const char *chain = NULL;

    start.p = nftnl_set_elem_get(element, NFTNL_SET_ELEM_KEY, &start_n);
    end.p = nftnl_set_elem_get(element, NFTNL_SET_ELEM_KEY_END, &end_n);
    if (!start.p)
        return -1;
    if (nftnl_set_elem_is_set(element, NFTNL_SET_ELEM_CHAIN))
        chain = nftnl_set_elem_get_str(element, NFTNL_SET_ELEM_CHAIN);
    if (!end.p) { // an interval of one value
        end.p = start.p;
        end_n = start_n;
    }
    start.n = start_n;
    end.n = end_n;
    return set_key_decode(list->family, start, end, chain, &p) < 0 || append_policy(list, &p) < 0 ? -1 : 0;
}

int table_take_elements(const struct nlmsghdr *message, struct element_list *list)
{
    struct nftnl_set *set = nftnl_set_alloc();
    int r;

    if (!set)
        return -ENOMEM;
    r = nftnl_set_elems_nlmsg_parse(message, set) < 0 || nftnl_set_elem_foreach(set, take_element, list) < 0 ? -EBADMSG
                                                                                                             : 0;
    nftnl_set_free(set);
    return r;
}

static int take_elements(const struct nlmsghdr *message, void *arg)
{
    return table_take_elements(message, arg);
}

int table_read_policies(struct netlink *nl, struct policy **ret_policies, size_t *ret_n)
{
    char buffer[NETLINK_REQUEST_MAX_BYTES], name[SET_NAME_MAX];
    struct element_list list = {.family = 4};
    struct nlmsghdr *request;
    int r;

    for (;; list.family = 6) {
        for (size_t i = 0; i < FW_LAYERS_MAX; i++) {
            request = nft_request(nl, buffer, NFT_MSG_GETSETELEM, NLM_F_DUMP);
            mnl_attr_put_strz(request, NFTA_SET_ELEM_LIST_TABLE, FW_TABLE_NAME);
            mnl_attr_put_strz(request, NFTA_SET_ELEM_LIST_SET, set_name(list.family, i, name, sizeof(name)));
            r = netlink_dump(nl, request, take_elements, &list);
            if (r == -ENOENT) // that was the last layer
                break;
            if (r < 0) {
                free(list.policies);
                return r;
            }
        }
        if (list.family == 6)
            break;
    }
    *ret_policies = list.policies;
    *ret_n = list.n;
    return 0;
}
