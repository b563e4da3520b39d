#include "fw-d/courier_rules.h"

#include <netinet/in.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include "fw-d/expression.h"
#include "lib/net/marks.h"

enum { OFFSET_SOURCE_PORT = 0, OFFSET_DESTINATION_PORT = 2 };

static void finish(struct draft *draft, int verdict)
{
    give_verdict(draft, verdict, NULL);
    rule_commit(draft);
}

// What it answers to connections that came through a tunnel goes back through it: their mark is not set. Known by the
// port, since connection tracking takes the answers for the beginning where the questions are left out of it (notrack).
static void answer_rules(struct batch *batch, const struct table_courier *courier)
{
    for (unsigned i = 0; i < courier->listeners_n; i++) {
        struct draft draft = rule_draft(batch, CHAIN_COURIER_OUTPUT);

        match_protocol(&draft, IPPROTO_TCP);
        match_port(&draft, OFFSET_SOURCE_PORT, courier->listeners[i].port);
        match_conntrack(&draft, NFT_CT_MARK, MARK_OWN, false);
        finish(&draft, NFT_RETURN);
    }
}

static void output_rules(struct batch *batch, const struct table_courier *courier)
{
    struct draft draft;

    answer_rules(batch, courier);
    draft = rule_draft(batch, CHAIN_COURIER_OUTPUT);
    match_user(&draft, courier->uid, true);
    set_conntrack_mark(&draft, MARK_OWN);
    set_mark(&draft, MARK_OWN);
    finish(&draft, NF_ACCEPT);
    // another program listens there, since the courier could not. A SYN is from the listening socket, which root has
    // made
    draft = rule_draft(batch, CHAIN_COURIER_OUTPUT);
    match_user(&draft, courier->uid, false);
    match_syn(&draft, false);
    finish(&draft, NFT_RETURN);
    // what the kernel sends for it: answers to a first SYN, the end of a connection that it has closed
    draft = rule_draft(batch, CHAIN_COURIER_OUTPUT);
    match_conntrack(&draft, NFT_CT_MARK, MARK_OWN, true);
    set_mark(&draft, MARK_OWN);
    finish(&draft, NF_ACCEPT);
}

static void match_listener(struct draft *draft, const struct endpoint *listener)
{
    const struct address *address = &listener->address;

    match_family(draft, address->family);
    match_protocol(draft, IPPROTO_TCP);
    match_port(draft, OFFSET_DESTINATION_PORT, listener->port);
    if (address_is_any(address))
        match_destination_local(draft);
    else
        match_payload(draft, false, address->family == 4 ? 16 : 24, address_view(address), address_view(address));
}

static void input_rules(struct batch *batch, const char *tun, const struct table_courier *courier)
{
    struct draft draft = rule_draft(batch, CHAIN_COURIER_INPUT);

    match_interface(&draft, true, true, tun);
    finish(&draft, NFT_RETURN);
    draft = rule_draft(batch, CHAIN_COURIER_INPUT);
    match_conntrack(&draft, NFT_CT_MARK, MARK_OWN, true);
    match_destination_local(&draft);
    finish(&draft, NF_ACCEPT);
    for (unsigned i = 0; i < courier->listeners_n; i++) {
        draft = rule_draft(batch, CHAIN_COURIER_INPUT);
        match_listener(&draft, &courier->listeners[i]);
        set_conntrack_mark(&draft, MARK_OWN);
        finish(&draft, NF_ACCEPT);
    }
}

void courier_rules_build(struct batch *batch, const char *tun, const struct table_courier *courier)
{
    struct draft draft;

    output_rules(batch, courier);
    input_rules(batch, tun, courier);
    draft = rule_draft(batch, CHAIN_COURIER_RAW);
    match_user(&draft, courier->uid, true);
    finish(&draft, NF_ACCEPT);
}
