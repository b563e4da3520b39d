#include <errno.h>
#include <netinet/in.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "fw-d/attribute.h"
#include "fw-d/fw_limits.h"
#include "fw-d/survey.h"
#include "lib/net/marks.h"

enum { PORT_IKE = 500, PORT_IKE_NAT = 4500 };

// What one rule looks at and does.
struct rule {
    const char *tun;
    bool has_condition;
    bool accepts;
    bool drops;
    bool names_tun;
    bool looks_at_mark;
    bool names_our_mark;
    const char *set; // that it looks something up in
    bool has_ike_port;
    bool offloads;
};

static bool names_of(const struct nlmsghdr *message, uint16_t table, uint16_t chain, struct survey_chain *ret_chain)
{
    const char *table_name = attribute_text(attribute_of(message, table));
    const char *chain_name = attribute_text(attribute_of(message, chain));
    const struct nfgenmsg *header = mnl_nlmsg_get_payload(message);

    if (mnl_nlmsg_get_payload_len(message) < sizeof(*header) || !table_name || !chain_name ||
        strlen(table_name) >= SURVEY_NAME_MAX || strlen(chain_name) >= SURVEY_NAME_MAX)
        return false;
    ret_chain->family = header->nfgen_family;
    strcpy(ret_chain->table, table_name); // NOLINT: both were measured
    strcpy(ret_chain->name, chain_name);  // NOLINT
    return ret_chain->family != NFPROTO_INET || strcmp(table_name, FW_TABLE_NAME) != 0;
}

static int append(struct survey *survey, const struct survey_chain *chain)
{
    size_t size = survey->size ? 2 * survey->size : 64;
    struct survey_chain *more;

    if (survey->n == SURVEY_CHAINS_MAX)
        return 0;
    if (survey->n == survey->size) {
        more = reallocarray(survey->chains, size, sizeof(*more));
        if (!more)
            return -ENOMEM;
        survey->chains = more;
        survey->size = size;
    }
    survey->chains[survey->n++] = *chain;
    return 0;
}

static void take_hook(const struct nlattr *nest, struct survey_chain *chain)
{
    uint32_t priority;

    if (!nest || !attribute_be32(attribute_in(nest, NFTA_HOOK_HOOKNUM), &chain->hook) ||
        !attribute_be32(attribute_in(nest, NFTA_HOOK_PRIORITY), &priority))
        return;
    chain->priority = (int32_t)priority;
    chain->is_base = true;
}

int survey_take_chain(const struct nlmsghdr *message, struct survey *survey)
{
    struct survey_chain chain = {0};
    const char *type;
    uint32_t policy;

    if (!names_of(message, NFTA_CHAIN_TABLE, NFTA_CHAIN_NAME, &chain))
        return 0;
    take_hook(attribute_of(message, NFTA_CHAIN_HOOK), &chain);
    type = attribute_text(attribute_of(message, NFTA_CHAIN_TYPE));
    chain.is_nat = type && strcmp(type, "nat") == 0;
    chain.drops = attribute_be32(attribute_of(message, NFTA_CHAIN_POLICY), &policy) && policy == NF_DROP;
    return append(survey, &chain);
}

static void take_verdict(const struct nlattr *data, struct rule *rule)
{
    const struct nlattr *value = attribute_in(data, NFTA_IMMEDIATE_DATA);
    const struct nlattr *verdict = value ? attribute_in(value, NFTA_DATA_VERDICT) : NULL;
    uint32_t code;

    if (!verdict || !attribute_be32(attribute_in(verdict, NFTA_VERDICT_CODE), &code))
        return;
    rule->accepts |= code == NF_ACCEPT;
    rule->drops |= code == NF_DROP;
}

static bool is_ike_port(const uint8_t *be)
{
    unsigned port = (unsigned)(be[0] << 8 | be[1]);

    return port == PORT_IKE || port == PORT_IKE_NAT;
}

static void take_value(struct bytes value, struct rule *rule)
{
    size_t tun_n = strlen(rule->tun);
    uint32_t mark;

    // "bulkhead0", or the beginning of it before a '*'
    if (value.n > 2 && value.n <= IFNAMSIZ && memcmp(value.p, rule->tun, value.n < tun_n ? value.n : tun_n) == 0)
        rule->names_tun = true;
    if (value.n == sizeof(uint16_t) && is_ike_port(value.p))
        rule->has_ike_port = true;
    if (value.n != sizeof(mark) || !rule->looks_at_mark)
        return;
    memcpy(&mark, value.p, sizeof(mark));
    rule->names_our_mark |= (mark & (MARK_PROTECT | MARK_FROM_TUNNEL)) != 0;
}

static void take_data(const struct nlattr *data, uint16_t type, struct rule *rule)
{
    const struct nlattr *nest = attribute_in(data, type);

    if (nest)
        take_value(attribute_bytes(attribute_in(nest, NFTA_DATA_VALUE)), rule);
}

static bool is_condition(const char *name)
{
    static const char *const others[] = {"counter", "log", "immediate", "reject", "notrack"};

    for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
        if (strcmp(name, others[i]) == 0)
            return false;
    }
    return true;
}

static void take_expression(const char *name, const struct nlattr *data, struct rule *rule)
{
    uint32_t key;

    rule->has_condition |= is_condition(name);
    rule->drops |= strcmp(name, "reject") == 0;
    rule->offloads |= strcmp(name, "flow_offload") == 0;
    if (!data)
        return;
    if (strcmp(name, "immediate") == 0)
        take_verdict(data, rule);
    else if (strcmp(name, "meta") == 0 && attribute_be32(attribute_in(data, NFTA_META_KEY), &key))
        rule->looks_at_mark |= key == NFT_META_MARK;
    else if (strcmp(name, "cmp") == 0)
        take_data(data, NFTA_CMP_DATA, rule);
    else if (strcmp(name, "bitwise") == 0)
        take_data(data, NFTA_BITWISE_MASK, rule);
    else if (strcmp(name, "lookup") == 0)
        rule->set = attribute_text(attribute_in(data, NFTA_LOOKUP_SET));
}

static void take_expressions(const struct nlattr *list, struct rule *rule)
{
    const struct nlattr *element;

    for (element = mnl_attr_get_payload(list); attribute_is_in(list, element); element = mnl_attr_next(element)) {
        const char *name = attribute_text(attribute_in(element, NFTA_EXPR_NAME));

        if (name)
            take_expression(name, attribute_in(element, NFTA_EXPR_DATA), rule);
    }
}

// What a rule accepts by a set, its elements tell.
static int append_set(struct survey *survey, size_t chain, const char *name)
{
    struct survey_set *more;

    if (survey->sets_n == SURVEY_SETS_MAX || strlen(name) >= SURVEY_NAME_MAX)
        return 0;
    more = reallocarray(survey->sets, survey->sets_n + 1, sizeof(*more));
    if (!more)
        return -ENOMEM;
    survey->sets = more;
    more[survey->sets_n].chain = chain;
    strcpy(more[survey->sets_n++].name, name); // NOLINT: it was measured
    return 0;
}

static bool is_chain(const struct survey_chain *a, const struct survey_chain *b)
{
    return a->family == b->family && strcmp(a->table, b->table) == 0 && strcmp(a->name, b->name) == 0;
}

int survey_take_rule(const struct nlmsghdr *message, struct survey *survey)
{
    struct rule rule = {.tun = survey->tun};
    const struct nlattr *list = attribute_of(message, NFTA_RULE_EXPRESSIONS);
    struct survey_chain names = {0};
    size_t i = 0;

    if (!names_of(message, NFTA_RULE_TABLE, NFTA_RULE_CHAIN, &names) || !list)
        return 0;
    while (i < survey->n && !is_chain(&survey->chains[i], &names))
        i++;
    if (i == survey->n)
        return 0;
    take_expressions(list, &rule);
    survey->chains[i].drops |= rule.drops && !rule.has_condition;
    survey->chains[i].accepts_tunnels |= rule.accepts && (rule.names_tun || rule.names_our_mark);
    survey->chains[i].accepts_ike |= rule.accepts && rule.has_ike_port;
    if (rule.offloads)
        survey->chains[i].flow_handle = attribute_be64(attribute_of(message, NFTA_RULE_HANDLE));
    return rule.accepts && rule.set ? append_set(survey, i, rule.set) : 0;
}

// IKE's port in one of the fields, which start at multiples of 4 bytes.
static bool has_ike_port(struct bytes key)
{
    for (size_t at = 0; at + sizeof(uint16_t) <= key.n; at += sizeof(uint32_t)) {
        if (is_ike_port(key.p + at))
            return true;
    }
    return false;
}

bool survey_finds_ike(const struct nlmsghdr *message)
{
    const struct nlattr *list = attribute_of(message, NFTA_SET_ELEM_LIST_ELEMENTS), *element;

    if (!list)
        return false;
    for (element = mnl_attr_get_payload(list); attribute_is_in(list, element); element = mnl_attr_next(element)) {
        const struct nlattr *key = attribute_in(element, NFTA_SET_ELEM_KEY);

        if (key && has_ike_port(attribute_bytes(attribute_in(key, NFTA_DATA_VALUE))))
            return true;
    }
    return false;
}
