#include <endian.h>
#include <errno.h>
#include <netinet/in.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "fw-d/fw_limits.h"
#include "fw-d/sets.h"
#include "fw-d/table_reader.h"

static const struct nlattr *first_of(const struct nlmsghdr *message)
{
    return mnl_nlmsg_get_payload_offset(message, sizeof(struct nfgenmsg));
}

// The attribute of that type in the nest, or NULL.
static const struct nlattr *find_in(const struct nlattr *nest, uint16_t type)
{
    const struct nlattr *attr = mnl_attr_get_payload(nest);

    for (; attribute_is_in(nest, attr); attr = mnl_attr_next(attr)) {
        if (mnl_attr_get_type(attr) == type)
            return attr;
    }
    return NULL;
}

static const struct nlattr *find_of(const struct nlmsghdr *message, uint16_t type)
{
    const struct nlattr *attr = first_of(message);

    for (; attribute_is_of(message, attr); attr = mnl_attr_next(attr)) {
        if (mnl_attr_get_type(attr) == type)
            return attr;
    }
    return NULL;
}

// NULL unless there is a text that ends inside the attribute.
static const char *text_of(const struct nlattr *attr)
{
    size_t n = attr ? mnl_attr_get_payload_len(attr) : 0;
    const char *text = n ? mnl_attr_get_payload(attr) : NULL;

    return text && text[n - 1] == '\0' ? text : NULL;
}

static bool read_be32(const struct nlattr *attr, uint32_t *ret_value)
{
    if (!attr || mnl_attr_get_payload_len(attr) != sizeof(uint32_t))
        return false;
    *ret_value = ntohl(mnl_attr_get_u32(attr));
    return true;
}

static uint64_t read_be64(const struct nlattr *attr)
{
    return attr && mnl_attr_get_payload_len(attr) == sizeof(uint64_t) ? be64toh(mnl_attr_get_u64(attr)) : 0;
}

int table_take_flags(const struct nlmsghdr *message, uint32_t *ret_flags)
{
    return read_be32(find_of(message, NFTA_TABLE_FLAGS), ret_flags) ? 0 : -EBADMSG;
}

int table_take_counter(const struct nlmsghdr *message, struct counter_value *counters)
{
    const char *name = text_of(find_of(message, NFTA_OBJ_NAME));
    const struct nlattr *data = find_of(message, NFTA_OBJ_DATA);
    uint32_t type;

    if (!name || !data || !read_be32(find_of(message, NFTA_OBJ_TYPE), &type) || type != NFT_OBJECT_COUNTER)
        return 0;
    for (int i = 0; i < COUNTER_COUNT; i++) {
        if (strcmp(name, table_counter_name((enum table_counter)i)) != 0)
            continue;
        counters[i].packets = read_be64(find_in(data, NFTA_COUNTER_PACKETS));
        counters[i].bytes = read_be64(find_in(data, NFTA_COUNTER_BYTES));
    }
    return 0;
}

int table_take_map(const struct nlmsghdr *message, struct table_maps *maps)
{
    const char *name = text_of(find_of(message, NFTA_SET_NAME)), *table = text_of(find_of(message, NFTA_SET_TABLE));
    struct set_id id;

    if (!name || !table || strcmp(table, FW_TABLE_NAME) != 0 || !set_name_parse(name, &id) || maps->n == TABLE_MAPS_MAX)
        return 0;
    strcpy(maps->names[maps->n++], name); // NOLINT: it was compared with one that fits
    return 0;
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

static struct bytes key_of(const struct nlattr *element, uint16_t type)
{
    const struct nlattr *key = find_in(element, type);
    const struct nlattr *value = key ? find_in(key, NFTA_DATA_VALUE) : NULL;

    return value ? bytes_of(mnl_attr_get_payload(value), mnl_attr_get_payload_len(value)) : bytes_of(NULL, 0);
}

static int take_element(const struct nlattr *element, struct element_list *list)
{
    struct bytes start = key_of(element, NFTA_SET_ELEM_KEY), end = key_of(element, NFTA_SET_ELEM_KEY_END);
    const struct nlattr *data = find_in(element, NFTA_SET_ELEM_DATA);
    const struct nlattr *verdict = data ? find_in(data, NFTA_DATA_VERDICT) : NULL;
    const struct nlattr *chain = verdict ? find_in(verdict, NFTA_VERDICT_CHAIN) : NULL;
    struct policy p;

    if (!verdict || (chain && !text_of(chain)))
        return -EBADMSG;
    // an interval of one value has no end, nor has an element of a map with masks
    if (set_key_decode(&list->map, start, end.n ? end : start, text_of(chain), &p) < 0)
        return -EBADMSG;
    return append_policy(list, &p);
}

int table_take_elements(const struct nlmsghdr *message, struct element_list *list)
{
    const struct nlattr *elements = find_of(message, NFTA_SET_ELEM_LIST_ELEMENTS), *element;
    int r = 0;

    if (!elements)
        return 0;
    for (element = mnl_attr_get_payload(elements); attribute_is_in(elements, element) && r == 0;
         element = mnl_attr_next(element))
        r = take_element(element, list);
    return r;
}
