// Others' chains and rules, read from messages made by hand, and what is said about them.
#include "fw-d/survey.h"

#include <netinet/in.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <string.h>

#include "lib/net/marks.h"
#include "tests/unit/lib/run.h"

#define TUN "bulkhead0"

static struct nlmsghdr *start_message(void *at, uint8_t family)
{
    struct nlmsghdr *message = mnl_nlmsg_put_header(at);
    struct nfgenmsg *header = mnl_nlmsg_put_extra_header(message, sizeof(*header));

    header->nfgen_family = family;
    return message;
}

struct hook {
    const char *type;
    uint32_t number;
    int32_t priority;
    uint32_t policy;
};

static void add_chain(struct survey *survey, const char *table, const char *name, const struct hook *hook)
{
    _Alignas(8) uint8_t buffer[1024];
    struct nlmsghdr *message = start_message(buffer, NFPROTO_INET);
    struct nlattr *nest;

    mnl_attr_put_strz(message, NFTA_CHAIN_TABLE, table);
    mnl_attr_put_strz(message, NFTA_CHAIN_NAME, name);
    if (hook) {
        nest = mnl_attr_nest_start(message, NFTA_CHAIN_HOOK);
        mnl_attr_put_u32(message, NFTA_HOOK_HOOKNUM, htonl(hook->number));
        mnl_attr_put_u32(message, NFTA_HOOK_PRIORITY, htonl((uint32_t)hook->priority));
        mnl_attr_nest_end(message, nest);
        mnl_attr_put_u32(message, NFTA_CHAIN_POLICY, htonl(hook->policy));
        mnl_attr_put_strz(message, NFTA_CHAIN_TYPE, hook->type);
    }
    ck_assert_int_eq(survey_take_chain(message, survey), 0);
}

// One expression of a rule: its name, and one attribute of it.
struct piece {
    const char *name;
    uint16_t type;
    struct bytes value; // inside NFTA_DATA_VALUE; of meta and verdicts: `number`
    uint32_t number;
    const char *text; // of lookup
};

static void put_piece(struct nlmsghdr *message, const struct piece *piece)
{
    struct nlattr *element = mnl_attr_nest_start(message, NFTA_LIST_ELEM), *data, *nest, *verdict;

    mnl_attr_put_strz(message, NFTA_EXPR_NAME, piece->name);
    data = mnl_attr_nest_start(message, NFTA_EXPR_DATA);
    if (strcmp(piece->name, "immediate") == 0) {
        nest = mnl_attr_nest_start(message, NFTA_IMMEDIATE_DATA);
        verdict = mnl_attr_nest_start(message, NFTA_DATA_VERDICT);
        mnl_attr_put_u32(message, NFTA_VERDICT_CODE, htonl(piece->number));
        mnl_attr_nest_end(message, verdict);
        mnl_attr_nest_end(message, nest);
    } else if (piece->text) {
        mnl_attr_put_strz(message, piece->type, piece->text);
    } else if (piece->value.n) {
        nest = mnl_attr_nest_start(message, piece->type);
        mnl_attr_put(message, NFTA_DATA_VALUE, piece->value.n, piece->value.p);
        mnl_attr_nest_end(message, nest);
    } else {
        mnl_attr_put_u32(message, piece->type, htonl(piece->number));
    }
    mnl_attr_nest_end(message, data);
    mnl_attr_nest_end(message, element);
}

static void add_rule(struct survey *survey, const char *chain, const struct piece *pieces, size_t n)
{
    _Alignas(8) uint8_t buffer[2048];
    struct nlmsghdr *message = start_message(buffer, NFPROTO_INET);
    struct nlattr *list;

    mnl_attr_put_strz(message, NFTA_RULE_TABLE, "operator");
    mnl_attr_put_strz(message, NFTA_RULE_CHAIN, chain);
    mnl_attr_put_u64(message, NFTA_RULE_HANDLE, htobe64(7));
    list = mnl_attr_nest_start(message, NFTA_RULE_EXPRESSIONS);
    for (size_t i = 0; i < n; i++)
        put_piece(message, &pieces[i]);
    mnl_attr_nest_end(message, list);
    ck_assert_int_eq(survey_take_rule(message, survey), 0);
}

static const struct hook forward = {"filter", NF_INET_FORWARD, 0, NF_DROP};
static const struct hook forward_open = {"filter", NF_INET_FORWARD, 0, NF_ACCEPT};
static const struct hook input = {"filter", NF_INET_LOCAL_IN, 0, NF_DROP};
static const struct hook early = {"nat", NF_INET_POST_ROUTING, -199, NF_ACCEPT};
static const struct hook usual = {"nat", NF_INET_POST_ROUTING, 100, NF_ACCEPT};

#define VALUE(data)                                                                                                    \
    {                                                                                                                  \
        (const uint8_t *)(data), sizeof(data)                                                                          \
    }
#define ACCEPT                                                                                                         \
    {                                                                                                                  \
        "immediate", .number = NF_ACCEPT                                                                               \
    }
#define DROP                                                                                                           \
    {                                                                                                                  \
        "immediate", .number = NF_DROP                                                                                 \
    }
#define META(what)                                                                                                     \
    {                                                                                                                  \
        "meta", NFTA_META_KEY, .number = NFT_META_##what                                                               \
    }
#define COMPARE(data)                                                                                                  \
    {                                                                                                                  \
        "cmp", NFTA_CMP_DATA, .value = VALUE(data)                                                                     \
    }

static const char tun_name[16] = TUN, other_name[16] = "wan";
static const uint8_t ike_port[2] = {500 >> 8, 500 & 0xff}, other_port[2] = {0, 80};
static const uint32_t our_mark[] = {MARK_FROM_TUNNEL}, other_mark[] = {0x1};

// One chain with one rule, and whether it is found.
static const struct {
    const char *what;
    const struct hook *hook;
    struct piece pieces[4];
    size_t n;
    size_t found;
    enum finding_kind kind;
} cases[] = {
    {"forward drops", &forward, {META(IIFNAME), COMPARE(other_name), ACCEPT}, 3, 1, FINDING_FORWARD_DROPS},
    {"but accepts the TUN", &forward, {META(IIFNAME), COMPARE(tun_name), ACCEPT}, 3, 0, 0},
    {"drops the TUN", &forward, {META(IIFNAME), COMPARE(tun_name), DROP}, 3, 1, FINDING_FORWARD_DROPS},
    {"accepts our mark",
     &forward,
     {META(MARK), {"bitwise", NFTA_BITWISE_MASK, .value = VALUE(our_mark)}, COMPARE(other_mark), ACCEPT},
     4,
     0,
     0},
    {"accepts a mark of its own",
     &forward,
     {META(MARK), {"bitwise", NFTA_BITWISE_MASK, .value = VALUE(other_mark)}, COMPARE(other_mark), ACCEPT},
     4,
     1,
     FINDING_FORWARD_DROPS},
    {"forward is open", &forward_open, {META(IIFNAME), COMPARE(other_name), DROP}, 3, 0, 0},
    {"but drops at the end", &forward_open, {{"counter", 1}, DROP}, 2, 1, FINDING_FORWARD_DROPS},
    {"or rejects", &forward_open, {{"log", 1}, {"reject", 1}}, 2, 1, FINDING_FORWARD_DROPS},
    {"drops above a rate", &forward_open, {{"limit", 1}, DROP}, 2, 0, 0},
    {"input drops", &input, {COMPARE(other_port), ACCEPT}, 2, 1, FINDING_INPUT_DROPS},
    {"but accepts IKE", &input, {COMPARE(ike_port), ACCEPT}, 2, 0, 0},
    {"as early as ours", &early, {{"masq", 1}}, 1, 1, FINDING_NAT_TOO_EARLY},
    {"where it belongs", &usual, {{"masq", 1}}, 1, 0, 0},
    {"a flowtable", &forward_open, {META(IIFNAME), {"flow_offload", 1, .text = "ft"}}, 2, 1, FINDING_FLOWTABLE},
};

START_TEST(one_rule_tells)
{
    for (size_t i = 0; i < RUN_COUNT(cases); i++) {
        struct survey survey = {.tun = TUN};
        struct finding out[SURVEY_FINDINGS_MAX];
        size_t n;

        add_chain(&survey, "operator", "chain", cases[i].hook);
        add_rule(&survey, "chain", cases[i].pieces, cases[i].n);
        n = survey_judge(&survey, false, out);
        ck_assert_msg(n == cases[i].found, "%s: %zu", cases[i].what, n);
        if (n) {
            ck_assert_msg(out[0].kind == cases[i].kind, "%s", cases[i].what);
            ck_assert_str_eq(out[0].where, "chain chain of table inet operator");
            ck_assert_ptr_nonnull(strstr(out[0].cure, cases[i].kind == FINDING_NAT_TOO_EARLY ? "srcnat" : "operator"));
        }
        survey_done(&survey);
    }
}
END_TEST

// What another chain of the table accepts counts; what one of another table does, not.
START_TEST(chains_of_a_table_reach_one_another)
{
    static const struct piece accepts[] = {META(IIFNAME), COMPARE(tun_name), ACCEPT};
    struct survey survey = {.tun = TUN};
    struct finding out[SURVEY_FINDINGS_MAX];

    add_chain(&survey, "operator", "forward", &forward);
    add_chain(&survey, "operator", "tunnels", NULL);
    add_chain(&survey, "other", "forward", &forward);
    add_chain(&survey, "bulkhead", "forward", &forward); // ours
    ck_assert_uint_eq(survey_judge(&survey, false, out), 2);
    add_rule(&survey, "tunnels", accepts, RUN_COUNT(accepts));
    ck_assert_uint_eq(survey_judge(&survey, true, out), 1);
    ck_assert_str_eq(out[0].where, "chain forward of table inet other");
    ck_assert_str_eq(out[0].cure, "nft insert rule inet other forward 'meta mark & 0x50000000 != 0 accept'");
    ck_assert_ptr_nonnull(strstr(out[0].problem, "untracked"));
    survey_done(&survey);
}
END_TEST

START_TEST(sets_are_looked_into)
{
    static const struct piece accepts[] = {{"lookup", NFTA_LOOKUP_SET, .text = "allowed"}, ACCEPT};
    static const struct {
        uint8_t key[8];
        size_t n;
        bool found;
    } elements[] = {
        {{500 >> 8, 500 & 0xff}, 2, true},
        {{17, 0, 0, 0, 4500 >> 8, 4500 & 0xff, 0, 0}, 8, true},
        {{0, 22}, 2, false},
        {{17, 0, 500 >> 8, 500 & 0xff}, 4, false},
        {{1}, 1, false},
    };
    struct survey survey = {.tun = TUN};

    add_chain(&survey, "operator", "input", &input);
    add_rule(&survey, "input", accepts, RUN_COUNT(accepts));
    ck_assert_uint_eq(survey.sets_n, 1);
    ck_assert_str_eq(survey.sets[0].name, "allowed");
    for (size_t i = 0; i < RUN_COUNT(elements); i++) {
        _Alignas(8) uint8_t buffer[256];
        struct nlmsghdr *message = start_message(buffer, NFPROTO_INET);
        struct nlattr *list = mnl_attr_nest_start(message, NFTA_SET_ELEM_LIST_ELEMENTS);
        struct nlattr *element = mnl_attr_nest_start(message, NFTA_LIST_ELEM);
        struct nlattr *key = mnl_attr_nest_start(message, NFTA_SET_ELEM_KEY);

        mnl_attr_put(message, NFTA_DATA_VALUE, elements[i].n, elements[i].key);
        mnl_attr_nest_end(message, key);
        mnl_attr_nest_end(message, element);
        mnl_attr_nest_end(message, list);
        ck_assert_msg(survey_finds_ike(message) == elements[i].found, "element %zu", i);
    }
    survey_done(&survey);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {one_rule_tells, chains_of_a_table_reach_one_another, sets_are_looked_into};

    return run_tests("survey", tests, RUN_COUNT(tests));
}
