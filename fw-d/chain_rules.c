#include <netinet/in.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_tables.h>
#include <netinet/icmp6.h>
#include <stdio.h>
#include <string.h>

#include "fw-d/chains.h"
#include "fw-d/courier_rules.h"
#include "fw-d/expression.h"
#include "fw-d/sets.h"
#include "lib/net/marks.h"
#include "lib/net/range.h"

enum { PORT_IKE = 500, PORT_IKE_NAT = 4500, PORT_DHCP_SERVER = 67, PORT_DHCP_CLIENT = 68 };
enum { PORT_DHCPV6_CLIENT = 546, PORT_DHCPV6_SERVER = 547 };
enum { OFFSET_SOURCE_PORT = 0, OFFSET_DESTINATION_PORT = 2 };

static const uint8_t families[] = {4, 6};

static void finish(struct draft *draft, int verdict, const char *chain)
{
    give_verdict(draft, verdict, chain);
    rule_commit(draft);
}

static void interface_rule(struct batch *batch, const char *chain, bool input, const char *name)
{
    struct draft draft = rule_draft(batch, chain);

    match_interface(&draft, input, true, name);
    finish(&draft, NF_ACCEPT, NULL);
}

static void mark_rule(struct batch *batch, const char *chain, uint32_t bits, int verdict, const char *target)
{
    struct draft draft = rule_draft(batch, chain);

    match_mark(&draft, bits, true);
    finish(&draft, verdict, target);
}

static void change_mark_rule(struct batch *batch, const char *chain, uint32_t bits, bool set)
{
    struct draft draft = rule_draft(batch, chain);

    if (set)
        set_mark(&draft, bits);
    else
        clear_mark(&draft, bits);
    rule_commit(&draft);
}

static void jump_rule(struct batch *batch, const char *chain, const char *target)
{
    struct draft draft = rule_draft(batch, chain);

    finish(&draft, NFT_JUMP, target);
}

// Looks the packet up in the layers of its family.
static void ask_rules(struct batch *batch, const char *chain, const char *way)
{
    for (size_t i = 0; i < sizeof(families); i++) {
        struct draft draft = rule_draft(batch, chain);
        char target[24];

        snprintf(target, sizeof(target), "%s_v%u", way, families[i]);
        match_family(&draft, families[i]);
        finish(&draft, NFT_JUMP, target);
    }
}

// Link-local, loopback, multicast and broadcast stay on their link.
static void never_steered_prefixes(struct batch *batch)
{
    static const char *const prefixes[] = {"127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "255.255.255.255",
                                           "0.0.0.0",     "::/127",         "fe80::/10",   "ff00::/8"};
    struct range range;

    for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++) {
        struct draft draft = rule_draft(batch, "never_steered");

        if (range_parse(prefixes[i], &range) < 0)
            continue;
        match_family(&draft, range.start.family);
        match_payload(&draft, false, range.start.family == 4 ? 16 : 24, address_view(&range.start),
                      address_view(&range.end));
        finish(&draft, NF_ACCEPT, NULL);
    }
}

static void never_steered_rules(struct batch *batch)
{
    const uint8_t first = ND_ROUTER_SOLICIT, last = ND_REDIRECT; // RFC 4861, with router advertisements
    struct draft draft;

    never_steered_prefixes(batch);
    draft = rule_draft(batch, "never_steered");
    match_protocol(&draft, IPPROTO_ICMPV6);
    match_payload(&draft, true, 0, bytes_of(&first, 1), bytes_of(&last, 1));
    finish(&draft, NF_ACCEPT, NULL);
}

static void dhcp_client_rule(struct batch *batch, const char *chain, uint8_t family)
{
    const uint16_t client = family == 4 ? PORT_DHCP_CLIENT : PORT_DHCPV6_CLIENT;
    const uint16_t server = family == 4 ? PORT_DHCP_SERVER : PORT_DHCPV6_SERVER;
    struct draft draft = rule_draft(batch, chain);

    match_family(&draft, family);
    match_protocol(&draft, IPPROTO_UDP);
    match_port(&draft, OFFSET_SOURCE_PORT, client);
    match_port(&draft, OFFSET_DESTINATION_PORT, server);
    finish(&draft, NF_ACCEPT, NULL);
}

// What peers send to our own sockets may come from an address that a policy protects.
static void own_ports_rules(struct batch *batch)
{
    static const uint16_t ports[] = {PORT_IKE, PORT_IKE_NAT};
    struct draft draft;

    for (size_t i = 0; i < sizeof(ports) / sizeof(*ports); i++) {
        draft = rule_draft(batch, "own_ports");
        match_protocol(&draft, IPPROTO_UDP);
        match_port(&draft, OFFSET_DESTINATION_PORT, ports[i]);
        match_destination_local(&draft);
        finish(&draft, NF_ACCEPT, NULL);
    }
    draft = rule_draft(batch, "own_ports");
    match_protocol(&draft, IPPROTO_ESP);
    match_destination_local(&draft);
    finish(&draft, NF_ACCEPT, NULL);
}

static void lookup_rule(struct batch *batch, const struct layer_kind *kind, const char *map, const char *way)
{
    bool inbound = strstr(way, "inbound") != NULL;
    char chain[24];
    struct draft draft;

    snprintf(chain, sizeof(chain), "%s_v%u", way, kind->family);
    draft = rule_draft(batch, chain);
    load_addresses(&draft, kind->family, inbound);
    if (kind->shape != LAYER_ADDRESSES)
        load_protocol(&draft, kind->family);
    if (kind->shape == LAYER_ICMP)
        load_icmp(&draft, kind->family);
    if (kind->shape == LAYER_PORTS)
        load_ports(&draft, kind->family, inbound);
    if (kind->is_masked)
        mask_key(&draft, kind);
    lookup_verdict(&draft, map);
    rule_commit(&draft);
}

static void lookup_rules(struct batch *batch, const struct layer *layer, const char *map, void *arg)
{
    const char *const *ways = arg;

    lookup_rule(batch, &layer->kind, map, ways[0]);
    lookup_rule(batch, &layer->kind, map, ways[1]);
}

static void drop_rule(struct batch *batch, const char *chain, enum table_counter counter)
{
    struct draft draft = rule_draft(batch, chain);

    count_in(&draft, table_counter_name(counter));
    finish(&draft, NF_DROP, NULL);
}

static void steer_rule(struct batch *batch)
{
    struct draft draft = rule_draft(batch, "steer");

    set_mark(&draft, MARK_PROTECT);
    count_in(&draft, table_counter_name(COUNTER_STEERED));
    finish(&draft, NF_ACCEPT, NULL);
}

// Asked by the guard, which sets MARK_PROTECT first: no. Outbound: into the tunnel. Inbound: only out of the tunnel;
// with MARK_INBOUND left on it, a packet keeps its addresses.
static void answer_rules(struct batch *batch, const char *chain, const char *tun, bool is_open)
{
    struct draft draft;

    mark_rule(batch, chain, MARK_PROTECT, NFT_GOTO, "drop_blocked");
    draft = rule_draft(batch, chain);
    match_mark(&draft, MARK_INBOUND, false);
    finish(&draft, NFT_GOTO, "steer");
    draft = rule_draft(batch, chain);
    match_interface(&draft, true, false, tun);
    finish(&draft, NFT_GOTO, "drop_spoofed");
    draft = rule_draft(batch, chain);
    if (is_open)
        clear_mark(&draft, MARK_INBOUND);
    finish(&draft, NF_ACCEPT, NULL);
}

static void keep_address_rules(struct batch *batch, const char *chain, bool source)
{
    for (size_t i = 0; i < sizeof(families); i++) {
        struct draft draft = rule_draft(batch, chain);

        match_family(&draft, families[i]);
        keep_address(&draft, families[i], source);
        rule_commit(&draft);
    }
}

// Does the packet come from a protected pair? Out of the TUN that matters to NAT alone, which looks at the first packet
// of a connection.
static void ask_inbound_rules(struct batch *batch, const char *chain, const char *tun)
{
    struct draft draft = rule_draft(batch, chain);

    match_interface(&draft, true, true, tun);
    match_conntrack(&draft, NFT_CT_STATE, NF_CT_STATE_BIT(IP_CT_NEW), false);
    finish(&draft, NF_ACCEPT, NULL);
    change_mark_rule(batch, chain, MARK_INBOUND, true);
    ask_rules(batch, chain, "inbound");
    change_mark_rule(batch, chain, MARK_INBOUND, false);
}

static void prerouting_rules(struct batch *batch, const char *tun)
{
    struct draft draft;

    interface_rule(batch, "prerouting", true, "lo");
    change_mark_rule(batch, "prerouting", MARK_PROTECT, false); // as a connection's mark that was put back may bring it
    draft = rule_draft(batch, "prerouting");
    match_interface(&draft, true, true, tun);
    set_mark(&draft, MARK_FROM_TUNNEL);
    rule_commit(&draft);
    jump_rule(batch, "prerouting", "never_steered");
    jump_rule(batch, "prerouting", "own_ports");
    jump_rule(batch, "prerouting", CHAIN_COURIER_INPUT);
    ask_rules(batch, "prerouting", "outbound");
    ask_inbound_rules(batch, "prerouting", tun);
}

static void prerouting_after_nat_rules(struct batch *batch, const char *tun)
{
    struct draft draft = rule_draft(batch, "prerouting_after_nat");

    match_conntrack(&draft, NFT_CT_STATUS, IPS_NAT_MASK, false);
    finish(&draft, NF_ACCEPT, NULL);
    draft = rule_draft(batch, "prerouting_after_nat");
    match_conntrack(&draft, NFT_CT_STATE, NF_CT_STATE_UNTRACKED_BIT, true);
    finish(&draft, NF_ACCEPT, NULL);
    interface_rule(batch, "prerouting_after_nat", true, "lo");
    mark_rule(batch, "prerouting_after_nat", MARK_PROTECT, NF_ACCEPT, NULL);
    jump_rule(batch, "prerouting_after_nat", "never_steered");
    jump_rule(batch, "prerouting_after_nat", "own_ports");
    jump_rule(batch, "prerouting_after_nat", CHAIN_COURIER_INPUT);
    ask_rules(batch, "prerouting_after_nat", "outbound");
    ask_inbound_rules(batch, "prerouting_after_nat", tun);
}

static void output_rules(struct batch *batch)
{
    interface_rule(batch, "output", false, "lo");
    mark_rule(batch, "output", MARK_OWN, NF_ACCEPT, NULL);
    jump_rule(batch, "output", CHAIN_COURIER_OUTPUT);
    change_mark_rule(batch, "output", MARK_PROTECT, false);
    jump_rule(batch, "output", "never_steered");
    dhcp_client_rule(batch, "output", 4);
    dhcp_client_rule(batch, "output", 6);
    ask_rules(batch, "output", "outbound");
}

// Rules of routing that come before ours could send a protected packet elsewhere, in clear; so could others' rules that
// overwrite the mark. What is about to leave by anything but the TUN is asked for once more.
static void postrouting_rules(struct batch *batch, const char *tun)
{
    struct draft draft = rule_draft(batch, "postrouting");

    match_interface(&draft, false, true, tun);
    finish(&draft, NF_ACCEPT, NULL);
    mark_rule(batch, "postrouting", MARK_PROTECT, NFT_GOTO, "drop_blocked");
    interface_rule(batch, "postrouting", false, "lo");
    mark_rule(batch, "postrouting", MARK_OWN, NF_ACCEPT, NULL);
    jump_rule(batch, "postrouting", "never_steered");
    dhcp_client_rule(batch, "postrouting", 4);
    dhcp_client_rule(batch, "postrouting", 6);
    change_mark_rule(batch, "postrouting", MARK_PROTECT, true);
    ask_rules(batch, "postrouting", "outbound");
    change_mark_rule(batch, "postrouting", MARK_PROTECT, false);
}

// Our own ports are kept, too: `masquerade fully-random` would change them and the peer would see another peer. So are
// the addresses of protocol 50, whose peer finds our SAs' other end by them.
static void nat_rules(struct batch *batch)
{
    static const uint16_t ports[] = {PORT_IKE, PORT_IKE_NAT};
    struct draft esp;

    mark_rule(batch, "nat_prerouting", MARK_PROTECT | MARK_INBOUND, NFT_GOTO, "keep_destination");
    mark_rule(batch, "nat_output", MARK_PROTECT, NFT_GOTO, "keep_destination");
    for (size_t i = 0; i < sizeof(ports) / sizeof(*ports); i++) {
        struct draft draft = rule_draft(batch, "nat_postrouting");

        match_mark(&draft, MARK_OWN, true);
        match_protocol(&draft, IPPROTO_UDP);
        match_port(&draft, OFFSET_SOURCE_PORT, ports[i]);
        finish(&draft, NFT_GOTO, "keep_source");
    }
    esp = rule_draft(batch, "nat_postrouting");
    match_mark(&esp, MARK_OWN, true);
    match_protocol(&esp, IPPROTO_ESP);
    finish(&esp, NFT_GOTO, "keep_source");
    mark_rule(batch, "nat_postrouting", MARK_PROTECT | MARK_INBOUND, NFT_GOTO, "keep_source");
    keep_address_rules(batch, "keep_source", true);
    keep_address_rules(batch, "keep_destination", false);
}

// Before connection tracking: what a policy with `notrack` protects on its way into the tunnel, and what comes out of
// it.
static void raw_rules(struct batch *batch, const struct table_config *config)
{
    static const char *const ways[] = {"raw_outbound", "raw_inbound"};
    struct draft draft = rule_draft(batch, CHAIN_UNTRACK);

    leave_untracked(&draft);
    finish(&draft, NF_ACCEPT, NULL);
    sets_walk(batch, config->raw, config->letter, lookup_rules, (void *)(uintptr_t)ways);
    interface_rule(batch, "raw_prerouting", true, "lo");
    jump_rule(batch, "raw_prerouting", "never_steered");
    jump_rule(batch, "raw_prerouting", "own_ports");
    draft = rule_draft(batch,
                       "raw_prerouting"); // not through us, so not into the tunnel; the courier's answers are tracked
    match_interface(&draft, true, false, config->tun);
    match_destination_local(&draft);
    finish(&draft, NF_ACCEPT, NULL);
    ask_rules(batch, "raw_prerouting", "raw_outbound");
    draft = rule_draft(batch, "raw_prerouting");
    match_interface(&draft, true, false, config->tun);
    finish(&draft, NF_ACCEPT, NULL);
    ask_rules(batch, "raw_prerouting", "raw_inbound");
    interface_rule(batch, "raw_output", false, "lo");
    mark_rule(batch, "raw_output", MARK_OWN, NF_ACCEPT, NULL);
    jump_rule(batch, "raw_output", CHAIN_COURIER_RAW);
    jump_rule(batch, "raw_output", "never_steered");
    ask_rules(batch, "raw_output", "raw_outbound");
}

void chains_build_rules(struct batch *batch, const struct table_config *config)
{
    static const char *const ways[] = {"outbound", "inbound"};

    drop_rule(batch, "drop_spoofed", COUNTER_SPOOFED);
    drop_rule(batch, CHAIN_ON_DISCARD, COUNTER_DISCARDED);
    drop_rule(batch, "drop_blocked", COUNTER_BLOCKED);
    steer_rule(batch);
    answer_rules(batch, CHAIN_ON_PROTECT, config->tun, false);
    answer_rules(batch, CHAIN_ON_PROTECT_OPEN, config->tun, true);
    never_steered_rules(batch);
    own_ports_rules(batch);
    courier_rules_build(batch, config->tun, config->courier);
    sets_walk(batch, config->layers, config->letter, lookup_rules, (void *)(uintptr_t)ways);
    prerouting_rules(batch, config->tun);
    prerouting_after_nat_rules(batch, config->tun);
    output_rules(batch);
    postrouting_rules(batch, config->tun);
    nat_rules(batch);
    if (config->raw->n)
        raw_rules(batch, config);
}
