#include "fw-d/courier_rules.h"

#include <netinet/in.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include "fw-d/expression.h"
#include "lib/net/marks.h"

enum { OFFSET_DESTINATION_PORT = 2 };

static void accept_packet(struct draft *draft)
{
    give_verdict(draft, NF_ACCEPT, NULL);
    rule_commit(draft);
}

static void output_rules(struct batch *batch, uint32_t uid)
{
    struct draft draft = rule_draft(batch, CHAIN_COURIER_OUTPUT);

    match_user(&draft, uid);
    set_conntrack_mark(&draft, MARK_OWN);
    set_mark(&draft, MARK_OWN);
    accept_packet(&draft);
    // what the kernel sends for it: answers to a first SYN, the end of a connection that it has closed
    draft = rule_draft(batch, CHAIN_COURIER_OUTPUT);
    match_conntrack(&draft, NFT_CT_MARK, MARK_OWN, true);
    set_mark(&draft, MARK_OWN);
    accept_packet(&draft);
}

static void input_rules(struct batch *batch, const struct table_courier *courier)
{
    struct draft draft = rule_draft(batch, CHAIN_COURIER_INPUT);

    match_conntrack(&draft, NFT_CT_MARK, MARK_OWN, true);
    match_destination_local(&draft);
    accept_packet(&draft);
    for (unsigned i = 0; i < courier->ports_n; i++) {
        draft = rule_draft(batch, CHAIN_COURIER_INPUT);
        match_protocol(&draft, IPPROTO_TCP);
        match_port(&draft, OFFSET_DESTINATION_PORT, courier->ports[i]);
        match_destination_local(&draft);
        set_conntrack_mark(&draft, MARK_OWN);
        accept_packet(&draft);
    }
}

void courier_rules_build(struct batch *batch, const struct table_courier *courier)
{
    struct draft draft;

    output_rules(batch, courier->uid);
    input_rules(batch, courier);
    draft = rule_draft(batch, CHAIN_COURIER_RAW);
    match_user(&draft, courier->uid);
    accept_packet(&draft);
}
