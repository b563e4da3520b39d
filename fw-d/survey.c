#include "fw-d/survey.h"

#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libnftnl/common.h>

#include "fw-d/fw_limits.h"

static struct nlmsghdr *dump_request(struct netlink *nl, void *buffer, uint16_t type, uint8_t family)
{
    if (++nl->seq == 0)
        nl->seq = 1;
    return nftnl_nlmsg_build_hdr(buffer, type, family, NLM_F_DUMP, nl->seq);
}

static int on_chain(const struct nlmsghdr *message, void *arg)
{
    return survey_take_chain(message, arg);
}

static int on_rule(const struct nlmsghdr *message, void *arg)
{
    return survey_take_rule(message, arg);
}

static int on_elements(const struct nlmsghdr *message, void *arg)
{
    struct survey_chain *chain = arg;

    chain->accepts_ike |= survey_finds_ike(message);
    return 0;
}

// A set that went meanwhile is none of our business.
static int read_sets(struct netlink *nl, struct survey *survey)
{
    int r = 0;

    for (size_t i = 0; i < survey->sets_n && (r == 0 || r == -ENOENT); i++) {
        struct survey_chain *chain = &survey->chains[survey->sets[i].chain];
        char buffer[NETLINK_REQUEST_MAX_BYTES];
        struct nlmsghdr *request = dump_request(nl, buffer, NFT_MSG_GETSETELEM, chain->family);

        mnl_attr_put_strz(request, NFTA_SET_ELEM_LIST_TABLE, chain->table);
        mnl_attr_put_strz(request, NFTA_SET_ELEM_LIST_SET, survey->sets[i].name);
        r = netlink_dump(nl, request, on_elements, chain);
    }
    return r == -ENOENT ? 0 : r;
}

int survey_read(struct netlink *nl, const char *tun, struct survey *ret_survey)
{
    char buffer[NETLINK_REQUEST_MAX_BYTES];
    int r;

    *ret_survey = (struct survey){.tun = tun};
    r = netlink_dump(nl, dump_request(nl, buffer, NFT_MSG_GETCHAIN, NFPROTO_UNSPEC), on_chain, ret_survey);
    if (r == 0)
        r = netlink_dump(nl, dump_request(nl, buffer, NFT_MSG_GETRULE, NFPROTO_UNSPEC), on_rule, ret_survey);
    return r < 0 ? r : read_sets(nl, ret_survey);
}

void survey_done(struct survey *survey)
{
    free(survey->chains);
    free(survey->sets);
    *survey = (struct survey){0};
}

static const char *family_name(uint8_t family)
{
    switch (family) {
    case NFPROTO_INET:
        return "inet";
    case NFPROTO_IPV4:
        return "ip";
    case NFPROTO_IPV6:
        return "ip6";
    case NFPROTO_ARP:
        return "arp";
    case NFPROTO_BRIDGE:
        return "bridge";
    default:
        return "netdev";
    }
}

static bool sees_packets(const struct survey_chain *chain)
{
    return chain->family == NFPROTO_INET || chain->family == NFPROTO_IPV4 || chain->family == NFPROTO_IPV6;
}

// Chains of one table reach one another, so what one of them accepts may be what another jumps there for.
static bool any_of_table(const struct survey *survey, const struct survey_chain *chain, bool ike)
{
    for (size_t i = 0; i < survey->n; i++) {
        const struct survey_chain *other = &survey->chains[i];

        if (other->family == chain->family && strcmp(other->table, chain->table) == 0 &&
            (ike ? other->accepts_ike : other->accepts_tunnels))
            return true;
    }
    return false;
}

static struct finding finding_at(const struct survey_chain *chain, enum finding_kind kind)
{
    struct finding finding = {.kind = kind};

    snprintf(finding.where, sizeof(finding.where), "chain %s of table %s %s", chain->name, family_name(chain->family),
             chain->table);
    return finding;
}

// "nft insert rule inet operator forward 'RULE'"
static void put_insert(struct finding *finding, const struct survey_chain *chain, const char *rule)
{
    snprintf(finding->cure, sizeof(finding->cure), "nft insert rule %s %s %s '%s'", family_name(chain->family),
             chain->table, chain->name, rule);
}

static struct finding forward_drops(const struct survey_chain *chain, bool has_untracked)
{
    struct finding finding = finding_at(chain, FINDING_FORWARD_DROPS);

    snprintf(finding.problem, sizeof(finding.problem),
             "it drops what no rule accepts, and no rule of the table names the tunnels: their packets may end here%s",
             has_untracked ? "; those of policies with notrack are \"untracked\", which no rule on established "
                             "connections accepts"
                           : "");
    put_insert(&finding, chain, "meta mark & 0x50000000 != 0 accept");
    return finding;
}

static struct finding input_drops(const struct survey_chain *chain)
{
    struct finding finding = finding_at(chain, FINDING_INPUT_DROPS);

    snprintf(finding.problem, sizeof(finding.problem),
             "it drops what no rule accepts, and no rule of the table names UDP ports 500 and 4500: a peer that calls "
             "first is not heard");
    put_insert(&finding, chain, "udp dport { 500, 4500 } accept");
    return finding;
}

static struct finding nat_too_early(const struct survey_chain *chain)
{
    struct finding finding = finding_at(chain, FINDING_NAT_TOO_EARLY);

    snprintf(finding.problem, sizeof(finding.problem),
             "it translates at priority %" PRId32 ", where Bulkhead keeps the addresses of protected packets: which of "
             "the two comes first is left to chance",
             chain->priority);
    snprintf(finding.cure, sizeof(finding.cure), "give it a priority from -198 on, for example %s",
             chain->hook == NF_INET_POST_ROUTING || chain->hook == NF_INET_LOCAL_IN ? "srcnat" : "dstnat");
    return finding;
}

static struct finding offloads(const struct survey_chain *chain)
{
    struct finding finding = finding_at(chain, FINDING_FLOWTABLE);

    snprintf(finding.problem, sizeof(finding.problem),
             "its rule %" PRIu64
             " hands connections to a flowtable, which takes them past all rules: also those that a "
             "policy protects from later on, in clear",
             chain->flow_handle);
    snprintf(finding.cure, sizeof(finding.cure),
             "put \"meta mark & 0x50000000 == 0\" before \"flow add\" (nft -a list chain %s %s %s shows the rule), or "
             "set notrack on the policies",
             family_name(chain->family), chain->table, chain->name);
    return finding;
}

static size_t judge_chain(const struct survey *survey, const struct survey_chain *chain, bool has_untracked,
                          struct finding *out)
{
    size_t n = 0;

    if (chain->flow_handle && !chain->accepts_tunnels)
        out[n++] = offloads(chain);
    if (!chain->is_base || !sees_packets(chain))
        return n;
    if (chain->is_nat && chain->priority <= FW_PRIORITY_NAT)
        out[n++] = nat_too_early(chain);
    if (chain->drops && chain->hook == NF_INET_FORWARD && !any_of_table(survey, chain, false))
        out[n++] = forward_drops(chain, has_untracked);
    if (chain->drops && chain->hook == NF_INET_LOCAL_IN && !any_of_table(survey, chain, true))
        out[n++] = input_drops(chain);
    return n;
}

size_t survey_judge(const struct survey *survey, bool has_untracked, struct finding *out)
{
    struct finding found[4];
    size_t total = 0;

    for (size_t i = 0; i < survey->n; i++) {
        size_t n = judge_chain(survey, &survey->chains[i], has_untracked, found);

        for (size_t j = 0; j < n && total < SURVEY_FINDINGS_MAX; j++)
            out[total++] = found[j];
    }
    return total;
}
