#include <errno.h>
#include <netinet/in.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "fw-d/attribute.h"
#include "fw-d/fw_limits.h"
#include "fw-d/sets.h"
#include "fw-d/table_reader.h"

int table_take_flags(const struct nlmsghdr *message, uint32_t *ret_flags)
{
    return attribute_be32(attribute_of(message, NFTA_TABLE_FLAGS), ret_flags) ? 0 : -EBADMSG;
}

int table_take_counter(const struct nlmsghdr *message, struct counter_value *counters)
{
    const char *name = attribute_text(attribute_of(message, NFTA_OBJ_NAME));
    const struct nlattr *data = attribute_of(message, NFTA_OBJ_DATA);
    uint32_t type;

    if (!name || !data || !attribute_be32(attribute_of(message, NFTA_OBJ_TYPE), &type) || type != NFT_OBJECT_COUNTER)
        return 0;
    for (int i = 0; i < COUNTER_COUNT; i++) {
        if (strcmp(name, table_counter_name((enum table_counter)i)) != 0)
            continue;
        counters[i].packets = attribute_be64(attribute_in(data, NFTA_COUNTER_PACKETS));
        counters[i].bytes = attribute_be64(attribute_in(data, NFTA_COUNTER_BYTES));
    }
    return 0;
}

int table_take_map(const struct nlmsghdr *message, struct table_maps *maps)
{
    const char *name = attribute_text(attribute_of(message, NFTA_SET_NAME)),
               *table = attribute_text(attribute_of(message, NFTA_SET_TABLE));
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
    const struct nlattr *key = attribute_in(element, type);

    return attribute_bytes(key ? attribute_in(key, NFTA_DATA_VALUE) : NULL);
}

static int take_element(const struct nlattr *element, struct element_list *list)
{
    struct bytes start = key_of(element, NFTA_SET_ELEM_KEY), end = key_of(element, NFTA_SET_ELEM_KEY_END);
    const struct nlattr *data = attribute_in(element, NFTA_SET_ELEM_DATA);
    const struct nlattr *verdict = data ? attribute_in(data, NFTA_DATA_VERDICT) : NULL;
    const struct nlattr *chain = verdict ? attribute_in(verdict, NFTA_VERDICT_CHAIN) : NULL;
    struct policy p;

    if (!verdict || (chain && !attribute_text(chain)))
        return -EBADMSG;
    // an interval of one value has no end, nor has an element of a map with masks
    if (set_key_decode(&list->map, start, end.n ? end : start, attribute_text(chain), &p) < 0)
        return -EBADMSG;
    return append_policy(list, &p);
}

int table_take_elements(const struct nlmsghdr *message, struct element_list *list)
{
    const struct nlattr *elements = attribute_of(message, NFTA_SET_ELEM_LIST_ELEMENTS), *element;
    int r = 0;

    if (!elements)
        return 0;
    for (element = mnl_attr_get_payload(elements); attribute_is_in(elements, element) && r == 0;
         element = mnl_attr_next(element))
        r = take_element(element, list);
    return r;
}
