#include "fw-d/table_reader.h"

#include <errno.h>
#include <netinet/in.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdlib.h>
#include <string.h>

#include <libnftnl/common.h>

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
    return table_take_flags(message, arg);
}

int table_read_flags(struct netlink *nl, uint32_t *ret_flags)
{
    char buffer[NETLINK_REQUEST_MAX_BYTES];
    struct nlmsghdr *request = nft_request(nl, buffer, NFT_MSG_GETTABLE, NLM_F_ACK);

    mnl_attr_put_strz(request, NFTA_TABLE_NAME, FW_TABLE_NAME);
    return netlink_dump(nl, request, take_flags, ret_flags);
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

static int take_map(const struct nlmsghdr *message, void *arg)
{
    return table_take_map(message, arg);
}

int table_read_maps(struct netlink *nl, struct table_maps *ret_maps)
{
    char buffer[NETLINK_REQUEST_MAX_BYTES];
    struct nlmsghdr *request = nft_request(nl, buffer, NFT_MSG_GETSET, NLM_F_DUMP);

    mnl_attr_put_strz(request, NFTA_SET_TABLE, FW_TABLE_NAME);
    return netlink_dump(nl, request, take_map, ret_maps);
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

static int take_elements(const struct nlmsghdr *message, void *arg)
{
    return table_take_elements(message, arg);
}

// Between the two transactions of a change there are the maps of two letters; the older ones are as good as the newer.
static char letter_of(const struct table_maps *maps)
{
    char letter = SET_LETTER_LAST;

    for (size_t i = 0; i < maps->n; i++) {
        char last = maps->names[i][strlen(maps->names[i]) - 1];

        letter = last < letter ? last : letter;
    }
    return letter;
}

// The map of that layer, or NULL.
static const char *find_map(const struct table_maps *maps, uint8_t family, size_t index, struct set_id *ret_id)
{
    char letter = letter_of(maps);

    for (size_t i = 0; i < maps->n; i++) {
        if (set_name_parse(maps->names[i], ret_id) && !ret_id->is_raw && ret_id->kind.family == family &&
            ret_id->index == index && ret_id->letter == letter)
            return maps->names[i];
    }
    return NULL;
}

static int read_elements(struct netlink *nl, const char *name, struct element_list *list)
{
    char buffer[NETLINK_REQUEST_MAX_BYTES];
    struct nlmsghdr *request = nft_request(nl, buffer, NFT_MSG_GETSETELEM, NLM_F_DUMP);

    mnl_attr_put_strz(request, NFTA_SET_ELEM_LIST_TABLE, FW_TABLE_NAME);
    mnl_attr_put_strz(request, NFTA_SET_ELEM_LIST_SET, name);
    return netlink_dump(nl, request, take_elements, list);
}

int table_read_policies(struct netlink *nl, struct policy **ret_policies, size_t *ret_n)
{
    static const uint8_t families[] = {4, 6};
    struct table_maps maps = {.n = 0};
    struct element_list list = {0};
    const char *name;
    int r = table_read_maps(nl, &maps);

    for (size_t f = 0; f < sizeof(families) && r == 0; f++) {
        for (size_t i = 0; i < FW_LAYERS_MAX && r == 0; i++) {
            name = find_map(&maps, families[f], i, &list.map);
            if (!name)
                break;
            r = read_elements(nl, name, &list);
        }
    }
    if (r < 0) {
        free(list.policies);
        return r;
    }
    *ret_policies = list.policies;
    *ret_n = list.n;
    return 0;
}
