#include "fw-d/chains.h"

#include <errno.h>
#include <netinet/in.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include <libnftnl/chain.h>

#include "fw-d/courier_rules.h"
#include "fw-d/fw_limits.h"

struct base_chain {
    const char *name;
    const char *type;
    uint32_t hook;
    int32_t priority;
};

static const struct base_chain base_chains[] = {
    {"prerouting", "filter", NF_INET_PRE_ROUTING, FW_PRIORITY_STEER},
    {"prerouting_after_nat", "filter", NF_INET_PRE_ROUTING, FW_PRIORITY_STEER_AFTER_NAT},
    {"output", "route", NF_INET_LOCAL_OUT, FW_PRIORITY_STEER},
    {"postrouting", "filter", NF_INET_POST_ROUTING, FW_PRIORITY_GUARD},
    {"nat_prerouting", "nat", NF_INET_PRE_ROUTING, FW_PRIORITY_NAT},
    {"nat_output", "nat", NF_INET_LOCAL_OUT, FW_PRIORITY_NAT},
    {"nat_postrouting", "nat", NF_INET_POST_ROUTING, FW_PRIORITY_NAT},
};

static const struct base_chain raw_base_chains[] = {
    {"raw_prerouting", "filter", NF_INET_PRE_ROUTING, FW_PRIORITY_RAW},
    {"raw_output", "filter", NF_INET_LOCAL_OUT, FW_PRIORITY_RAW},
};

static const char *const raw_plain_chains[] = {
    "raw_outbound_v4", "raw_outbound_v6", "raw_inbound_v4", "raw_inbound_v6", CHAIN_UNTRACK,
};

static const char *const plain_chains[] = {
    // asking: a rule a layer
    "outbound_v4",
    "outbound_v6",
    "inbound_v4",
    "inbound_v6",
    // answers
    CHAIN_ON_PROTECT,
    CHAIN_ON_PROTECT_OPEN,
    CHAIN_ON_DISCARD,
    "steer",
    "drop_spoofed",
    "drop_blocked",
    // the rest
    "never_steered",
    "own_ports",
    CHAIN_COURIER_INPUT,
    CHAIN_COURIER_OUTPUT,
    CHAIN_COURIER_RAW,
    "keep_source",
    "keep_destination",
};

static void add_chain(struct batch *batch, const char *name, const struct base_chain *base)
{
    struct nftnl_chain *chain = nftnl_chain_alloc();
    struct nlmsghdr *message;

    if (!chain || nftnl_chain_set_str(chain, NFTNL_CHAIN_TABLE, FW_TABLE_NAME) < 0 ||
        nftnl_chain_set_str(chain, NFTNL_CHAIN_NAME, name) < 0 ||
        (base && nftnl_chain_set_str(chain, NFTNL_CHAIN_TYPE, base->type) < 0)) {
        batch_fail(batch, -ENOMEM);
        nftnl_chain_free(chain);
        return;
    }
    if (base) {
        nftnl_chain_set_u32(chain, NFTNL_CHAIN_HOOKNUM, base->hook);
        nftnl_chain_set_s32(chain, NFTNL_CHAIN_PRIO, base->priority);
        nftnl_chain_set_u32(chain, NFTNL_CHAIN_POLICY, NF_ACCEPT);
    }
    message = batch_add(batch, NFT_MSG_NEWCHAIN, NLM_F_CREATE, "chain");
    nftnl_chain_nlmsg_build_payload(message, chain);
    batch_commit(batch, message);
    nftnl_chain_free(chain);
}

static void add_bases(struct batch *batch, const struct base_chain *chains, size_t n)
{
    for (size_t i = 0; i < n; i++)
        add_chain(batch, chains[i].name, &chains[i]);
}

static void add_plain(struct batch *batch, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        add_chain(batch, names[i], NULL);
}

void chains_build(struct batch *batch, bool has_raw)
{
    add_bases(batch, base_chains, sizeof(base_chains) / sizeof(*base_chains));
    add_plain(batch, plain_chains, sizeof(plain_chains) / sizeof(*plain_chains));
    if (!has_raw)
        return;
    add_bases(batch, raw_base_chains, sizeof(raw_base_chains) / sizeof(*raw_base_chains));
    add_plain(batch, raw_plain_chains, sizeof(raw_plain_chains) / sizeof(*raw_plain_chains));
}
