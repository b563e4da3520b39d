#include "fw-d/expression.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/tcp.h>
#include <string.h>

#include <libnftnl/expr.h>

#include "fw-d/fw_limits.h"

struct draft rule_draft(struct batch *batch, const char *chain)
{
    struct draft draft = {.batch = batch, .rule = nftnl_rule_alloc()};

    if (!draft.rule) {
        batch_fail(batch, -ENOMEM);
        return draft;
    }
    nftnl_rule_set_u32(draft.rule, NFTNL_RULE_FAMILY, NFPROTO_INET);
    if (nftnl_rule_set_str(draft.rule, NFTNL_RULE_TABLE, FW_TABLE_NAME) < 0 ||
        nftnl_rule_set_str(draft.rule, NFTNL_RULE_CHAIN, chain) < 0)
        batch_fail(batch, -ENOMEM);
    return draft;
}

void rule_commit(struct draft *draft)
{
    struct nlmsghdr *message;

    if (!draft->rule)
        return;
    message = batch_add(draft->batch, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND, "rule");
    nftnl_rule_nlmsg_build_payload(message, draft->rule);
    batch_commit(draft->batch, message);
    nftnl_rule_free(draft->rule);
    draft->rule = NULL;
}

// Adds a piece to the rule, which owns it from then on; NULL when the transaction is lost anyway.
static struct nftnl_expr *add_piece(struct draft *draft, const char *name)
{
    struct nftnl_expr *e = draft->rule ? nftnl_expr_alloc(name) : NULL;

    if (e)
        nftnl_rule_add_expr(draft->rule, e);
    else
        batch_fail(draft->batch, -ENOMEM);
    return e;
}

static void set_u32(struct nftnl_expr *e, uint16_t attribute, uint32_t value)
{
    if (e)
        nftnl_expr_set_u32(e, attribute, value);
}

static void set_data(struct draft *draft, struct nftnl_expr *e, uint16_t attribute, struct bytes data)
{
    if (e && nftnl_expr_set(e, attribute, data.p, (uint32_t)data.n) < 0)
        batch_fail(draft->batch, -ENOMEM);
}

static void set_text(struct draft *draft, struct nftnl_expr *e, uint16_t attribute, const char *text)
{
    if (e && nftnl_expr_set_str(e, attribute, text) < 0)
        batch_fail(draft->batch, -ENOMEM);
}

static void load_meta(struct draft *draft, uint32_t key, uint32_t to)
{
    struct nftnl_expr *e = add_piece(draft, "meta");

    set_u32(e, NFTNL_EXPR_META_KEY, key);
    set_u32(e, NFTNL_EXPR_META_DREG, to);
}

static void load_payload(struct draft *draft, uint32_t base, uint32_t offset, uint32_t n, uint32_t to)
{
    struct nftnl_expr *e = add_piece(draft, "payload");

    set_u32(e, NFTNL_EXPR_PAYLOAD_BASE, base);
    set_u32(e, NFTNL_EXPR_PAYLOAD_OFFSET, offset);
    set_u32(e, NFTNL_EXPR_PAYLOAD_LEN, n);
    set_u32(e, NFTNL_EXPR_PAYLOAD_DREG, to);
}

static void compare(struct draft *draft, uint32_t from, uint32_t op, struct bytes data)
{
    struct nftnl_expr *e = add_piece(draft, "cmp");

    set_u32(e, NFTNL_EXPR_CMP_SREG, from);
    set_u32(e, NFTNL_EXPR_CMP_OP, op);
    set_data(draft, e, NFTNL_EXPR_CMP_DATA, data);
}

// to = (from & mask) ^ change
static void change_bits(struct draft *draft, uint32_t reg, struct bytes mask, struct bytes change)
{
    struct nftnl_expr *e = add_piece(draft, "bitwise");

    set_u32(e, NFTNL_EXPR_BITWISE_SREG, reg);
    set_u32(e, NFTNL_EXPR_BITWISE_DREG, reg);
    set_u32(e, NFTNL_EXPR_BITWISE_LEN, (uint32_t)mask.n);
    set_data(draft, e, NFTNL_EXPR_BITWISE_MASK, mask);
    set_data(draft, e, NFTNL_EXPR_BITWISE_XOR, change);
}

// The scratch register has some of these bits, or none of them.
static void match_bits(struct draft *draft, uint32_t bits, bool set)
{
    const uint32_t zero = 0;

    change_bits(draft, EXPRESSION_SCRATCH, bytes_of(&bits, sizeof(bits)), bytes_of(&zero, sizeof(zero)));
    compare(draft, EXPRESSION_SCRATCH, set ? NFT_CMP_NEQ : NFT_CMP_EQ, bytes_of(&zero, sizeof(zero)));
}

void match_interface(struct draft *draft, bool input, bool equal, const char *name)
{
    char padded[IFNAMSIZ] = "";

    strncpy(padded, name, sizeof(padded) - 1);
    load_meta(draft, input ? NFT_META_IIFNAME : NFT_META_OIFNAME, NFT_REG_1);
    compare(draft, NFT_REG_1, equal ? NFT_CMP_EQ : NFT_CMP_NEQ, bytes_of(padded, sizeof(padded)));
}

void match_family(struct draft *draft, uint8_t family)
{
    uint8_t value = family == 4 ? NFPROTO_IPV4 : NFPROTO_IPV6;

    load_meta(draft, NFT_META_NFPROTO, EXPRESSION_SCRATCH);
    compare(draft, EXPRESSION_SCRATCH, NFT_CMP_EQ, bytes_of(&value, sizeof(value)));
}

void match_protocol(struct draft *draft, uint8_t protocol)
{
    load_meta(draft, NFT_META_L4PROTO, EXPRESSION_SCRATCH);
    compare(draft, EXPRESSION_SCRATCH, NFT_CMP_EQ, bytes_of(&protocol, sizeof(protocol)));
}

void match_user(struct draft *draft, uint32_t uid, bool equal)
{
    load_meta(draft, NFT_META_SKUID, EXPRESSION_SCRATCH);
    compare(draft, EXPRESSION_SCRATCH, equal ? NFT_CMP_EQ : NFT_CMP_NEQ, bytes_of(&uid, sizeof(uid)));
}

void match_mark(struct draft *draft, uint32_t bits, bool set)
{
    load_meta(draft, NFT_META_MARK, EXPRESSION_SCRATCH);
    match_bits(draft, bits, set);
}

static void load_conntrack(struct draft *draft, uint32_t key)
{
    struct nftnl_expr *e = add_piece(draft, "ct");

    set_u32(e, NFTNL_EXPR_CT_KEY, key);
    set_u32(e, NFTNL_EXPR_CT_DREG, EXPRESSION_SCRATCH);
}

void match_conntrack(struct draft *draft, uint32_t key, uint32_t bits, bool set)
{
    load_conntrack(draft, key);
    match_bits(draft, bits, set);
}

void match_payload(struct draft *draft, bool transport, uint32_t offset, struct bytes from, struct bytes to)
{
    load_payload(draft, transport ? NFT_PAYLOAD_TRANSPORT_HEADER : NFT_PAYLOAD_NETWORK_HEADER, offset, (uint32_t)from.n,
                 NFT_REG_1);
    if (bytes_equal(from, to)) {
        compare(draft, NFT_REG_1, NFT_CMP_EQ, from);
        return;
    }
    compare(draft, NFT_REG_1, NFT_CMP_GTE, from);
    compare(draft, NFT_REG_1, NFT_CMP_LTE, to);
}

void match_port(struct draft *draft, uint32_t offset, uint16_t port)
{
    uint16_t port_be = htons(port);

    match_payload(draft, true, offset, bytes_of(&port_be, 2), bytes_of(&port_be, 2));
}

void match_syn(struct draft *draft, bool set)
{
    const uint8_t syn[4] = {TH_SYN};
    uint32_t bits;

    memcpy(&bits, syn, sizeof(bits));
    load_payload(draft, NFT_PAYLOAD_TRANSPORT_HEADER, 13, 1, EXPRESSION_SCRATCH);
    match_bits(draft, bits, set);
}

void match_destination_local(struct draft *draft)
{
    struct nftnl_expr *e = add_piece(draft, "fib");
    const uint32_t local = RTN_LOCAL;

    set_u32(e, NFTNL_EXPR_FIB_DREG, EXPRESSION_SCRATCH);
    set_u32(e, NFTNL_EXPR_FIB_RESULT, NFT_FIB_RESULT_ADDRTYPE);
    set_u32(e, NFTNL_EXPR_FIB_FLAGS, NFTA_FIB_F_DADDR);
    compare(draft, EXPRESSION_SCRATCH, NFT_CMP_EQ, bytes_of(&local, sizeof(local)));
}

// In registers of 4 bytes.
static uint32_t address_registers(uint8_t family)
{
    return family == 4 ? 1 : 4;
}

static void load_address(struct draft *draft, uint8_t family, bool source, uint32_t to)
{
    uint32_t offset = family == 4 ? (source ? 12 : 16) : (source ? 8 : 24);

    load_payload(draft, NFT_PAYLOAD_NETWORK_HEADER, offset, 4 * address_registers(family), to);
}

void load_addresses(struct draft *draft, uint8_t family, bool inbound)
{
    load_address(draft, family, inbound, NFT_REG32_00);
    load_address(draft, family, !inbound, NFT_REG32_00 + address_registers(family));
}

void load_protocol(struct draft *draft, uint8_t family)
{
    load_meta(draft, NFT_META_L4PROTO, NFT_REG32_00 + 2 * address_registers(family));
}

void load_ports(struct draft *draft, uint8_t family, bool inbound)
{
    uint32_t reg = NFT_REG32_00 + 2 * address_registers(family) + 1;

    load_payload(draft, NFT_PAYLOAD_TRANSPORT_HEADER, inbound ? 2 : 0, 2, reg);
    load_payload(draft, NFT_PAYLOAD_TRANSPORT_HEADER, inbound ? 0 : 2, 2, reg + 1);
}

// Type and code as one number.
void load_icmp(struct draft *draft, uint8_t family)
{
    load_payload(draft, NFT_PAYLOAD_TRANSPORT_HEADER, 0, 2, NFT_REG32_00 + 2 * address_registers(family) + 1);
}

static void mask_register(struct draft *draft, uint32_t reg, size_t n, unsigned bits)
{
    static const uint8_t zero[16];
    uint8_t mask[16];

    if (bits == 8 * n)
        return;
    masks_fill(mask, sizeof(mask), bits);
    change_bits(draft, reg, bytes_of(mask, n < sizeof(uint32_t) ? sizeof(uint32_t) : n),
                bytes_of(zero, n < sizeof(uint32_t) ? sizeof(uint32_t) : n));
}

void mask_key(struct draft *draft, const struct layer_kind *kind)
{
    uint32_t registers = address_registers(kind->family), ports = NFT_REG32_00 + 2 * registers + 1;

    mask_register(draft, NFT_REG32_00, (size_t)4 * registers, kind->masks.remote_bits);
    mask_register(draft, NFT_REG32_00 + registers, (size_t)4 * registers, kind->masks.local_bits);
    if (kind->shape == LAYER_ICMP || kind->shape == LAYER_PORTS)
        mask_register(draft, ports, sizeof(uint16_t), kind->masks.local_port_bits);
    if (kind->shape == LAYER_PORTS)
        mask_register(draft, ports + 1, sizeof(uint16_t), kind->masks.remote_port_bits);
}

void lookup_verdict(struct draft *draft, const char *map)
{
    struct nftnl_expr *e = add_piece(draft, "lookup");

    set_u32(e, NFTNL_EXPR_LOOKUP_SREG, NFT_REG_1);
    set_u32(e, NFTNL_EXPR_LOOKUP_DREG, NFT_REG_VERDICT);
    set_text(draft, e, NFTNL_EXPR_LOOKUP_SET, map);
}

static void change_mark(struct draft *draft, uint32_t mask, uint32_t change)
{
    struct nftnl_expr *e;

    load_meta(draft, NFT_META_MARK, EXPRESSION_SCRATCH);
    change_bits(draft, EXPRESSION_SCRATCH, bytes_of(&mask, sizeof(mask)), bytes_of(&change, sizeof(change)));
    e = add_piece(draft, "meta");
    set_u32(e, NFTNL_EXPR_META_KEY, NFT_META_MARK);
    set_u32(e, NFTNL_EXPR_META_SREG, EXPRESSION_SCRATCH);
}

void set_mark(struct draft *draft, uint32_t bits)
{
    change_mark(draft, ~bits, bits);
}

void clear_mark(struct draft *draft, uint32_t bits)
{
    change_mark(draft, ~bits, 0);
}

void set_conntrack_mark(struct draft *draft, uint32_t bits)
{
    const uint32_t kept = ~bits;
    struct nftnl_expr *e;

    load_conntrack(draft, NFT_CT_MARK);
    change_bits(draft, EXPRESSION_SCRATCH, bytes_of(&kept, sizeof(kept)), bytes_of(&bits, sizeof(bits)));
    e = add_piece(draft, "ct");
    set_u32(e, NFTNL_EXPR_CT_KEY, NFT_CT_MARK);
    set_u32(e, NFTNL_EXPR_CT_SREG, EXPRESSION_SCRATCH);
}

void count_in(struct draft *draft, const char *counter)
{
    struct nftnl_expr *e = add_piece(draft, "objref");

    set_u32(e, NFTNL_EXPR_OBJREF_IMM_TYPE, NFT_OBJECT_COUNTER);
    set_text(draft, e, NFTNL_EXPR_OBJREF_IMM_NAME, counter);
}

void leave_untracked(struct draft *draft)
{
    add_piece(draft, "notrack");
}

void give_verdict(struct draft *draft, int verdict, const char *chain)
{
    struct nftnl_expr *e = add_piece(draft, "immediate");

    set_u32(e, NFTNL_EXPR_IMM_DREG, NFT_REG_VERDICT);
    set_u32(e, NFTNL_EXPR_IMM_VERDICT, (uint32_t)verdict);
    if (chain)
        set_text(draft, e, NFTNL_EXPR_IMM_CHAIN, chain);
}

void keep_address(struct draft *draft, uint8_t family, bool source)
{
    struct nftnl_expr *e;

    load_address(draft, family, source, NFT_REG_1);
    e = add_piece(draft, "nat");
    set_u32(e, NFTNL_EXPR_NAT_TYPE, source ? NFT_NAT_SNAT : NFT_NAT_DNAT);
    set_u32(e, NFTNL_EXPR_NAT_FAMILY, family == 4 ? NFPROTO_IPV4 : NFPROTO_IPV6);
    set_u32(e, NFTNL_EXPR_NAT_REG_ADDR_MIN, NFT_REG_1);
}
