#include "fw-d/tunnel_counters.h"

#include <errno.h>
#include <netinet/in.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netlink.h>
#include <stdlib.h>
#include <string.h>

#include <libnftnl/common.h>
#include <libnftnl/udata.h>

#include "fw-d/attribute.h"
#include "fw-d/fw_limits.h"
#include "fw-d/table_reader.h"

void tunnel_counters_done(struct tunnel_counters *counters)
{
    free(counters->counters);
    *counters = (struct tunnel_counters){0};
}

// Elements of one tunnel mostly come in a row.
static struct tunnel_counter *counter_of(struct tunnel_counters *counters, const char *name)
{
    size_t size = counters->size ? 2 * counters->size : 64;
    struct tunnel_counter *more;

    if (counters->n && strcmp(counters->counters[counters->n - 1].name, name) == 0)
        return &counters->counters[counters->n - 1];
    if (counters->n == counters->size) {
        more = reallocarray(counters->counters, size, sizeof(*more));
        if (!more)
            return NULL;
        counters->counters = more;
        counters->size = size;
    }
    more = &counters->counters[counters->n++];
    *more = (struct tunnel_counter){0};
    strcpy(more->name, name); // NOLINT: comment_of measured it
    return more;
}

// The text of an element's comment (type, length, text), or NULL.
static const char *comment_of(const struct nlattr *element)
{
    struct bytes data = attribute_bytes(attribute_in(element, NFTA_SET_ELEM_USERDATA));

    if (data.n < 3 || data.p[0] != NFTNL_UDATA_SET_ELEM_COMMENT || data.p[1] == 0 || data.p[1] > TUNNEL_NAME_MAX + 1 ||
        data.n < 2u + data.p[1] || data.p[1 + data.p[1]] != '\0')
        return NULL;
    return (const char *)data.p + 2;
}

static const struct nlattr *counter_data(const struct nlattr *element)
{
    const struct nlattr *expression = attribute_in(element, NFTA_SET_ELEM_EXPR);
    const char *name = expression ? attribute_text(attribute_in(expression, NFTA_EXPR_NAME)) : NULL;

    return name && strcmp(name, "counter") == 0 ? attribute_in(expression, NFTA_EXPR_DATA) : NULL;
}

int tunnel_counters_take(const struct nlmsghdr *message, struct tunnel_counters *counters)
{
    const struct nlattr *list = attribute_of(message, NFTA_SET_ELEM_LIST_ELEMENTS), *element;

    if (!list)
        return 0;
    for (element = mnl_attr_get_payload(list); attribute_is_in(list, element); element = mnl_attr_next(element)) {
        const char *name = comment_of(element);
        const struct nlattr *data = counter_data(element);
        struct tunnel_counter *counter;

        if (!name || !data)
            continue;
        if (counters->n > FW_POLICIES_MAX)
            return -E2BIG;
        counter = counter_of(counters, name);
        if (!counter)
            return -ENOMEM;
        counter->value.packets += attribute_be64(attribute_in(data, NFTA_COUNTER_PACKETS));
        counter->value.bytes += attribute_be64(attribute_in(data, NFTA_COUNTER_BYTES));
    }
    return 0;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(((const struct tunnel_counter *)a)->name, ((const struct tunnel_counter *)b)->name);
}

void tunnel_counters_merge(struct tunnel_counters *counters)
{
    size_t n = 0;

    if (counters->n)
        qsort(counters->counters, counters->n, sizeof(*counters->counters), compare_names);
    for (size_t i = 0; i < counters->n; i++) {
        const struct tunnel_counter *counter = &counters->counters[i];

        if (n && compare_names(counter, &counters->counters[n - 1]) == 0) {
            counters->counters[n - 1].value.packets += counter->value.packets;
            counters->counters[n - 1].value.bytes += counter->value.bytes;
        } else {
            counters->counters[n++] = *counter;
        }
    }
    counters->n = n;
}

static int on_elements(const struct nlmsghdr *message, void *arg)
{
    return tunnel_counters_take(message, arg);
}

static int read_map(struct netlink *nl, const char *name, struct tunnel_counters *counters)
{
    char buffer[NETLINK_REQUEST_MAX_BYTES];
    struct nlmsghdr *request;

    if (++nl->seq == 0)
        nl->seq = 1;
    request = nftnl_nlmsg_build_hdr(buffer, NFT_MSG_GETSETELEM, NFPROTO_INET, NLM_F_DUMP, nl->seq);
    mnl_attr_put_strz(request, NFTA_SET_ELEM_LIST_TABLE, FW_TABLE_NAME);
    mnl_attr_put_strz(request, NFTA_SET_ELEM_LIST_SET, name);
    return netlink_dump(nl, request, on_elements, counters);
}

int tunnel_counters_read(struct netlink *nl, struct tunnel_counters *ret_counters)
{
    struct table_maps maps = {.n = 0};
    int r = table_read_maps(nl, &maps);

    *ret_counters = (struct tunnel_counters){0};
    for (size_t i = 0; i < maps.n && r == 0; i++)
        r = read_map(nl, maps.names[i], ret_counters);
    tunnel_counters_merge(ret_counters);
    return r == -ENOENT ? 0 : r;
}
