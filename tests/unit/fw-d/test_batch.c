// The transaction as it goes to the kernel.
#include "fw-d/batch.h"

#include <endian.h>
#include <errno.h>
#include <netinet/in.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include "fw-d/fw_limits.h"
#include "fw-d/layers.h"
#include "fw-d/sets.h"
#include "fw-d/table.h"
#include "fw-d/table_reader.h"
#include "fw-d/untracked.h"
#include "tests/unit/fw-d/policies.h"
#include "tests/unit/lib/run.h"

#define FIRST_SEQ 4242u
#define MANY      5000

static struct batch *built(const struct policy *policies, size_t n,
                           void (*build)(struct batch *, const struct table_config *))
{
    static const struct table_maps old = {.names = {"v4_layer0_a", "v6_layer0_a"}, .n = 2};
    const struct table_courier courier = {
        .uid = 59309, .listeners = {{.address = {.family = 4}, .port = 80}}, .listeners_n = 1};
    static char names[][TUNNEL_NAME_MAX + 1] = {"office2"};
    static const struct tunnel_names tunnels = {.names = names, .n = 1};
    struct table_config config = {
        .courier = &courier, .tunnels = &tunnels, .flags = TABLE_OWNED_PERSISTENT, .tun = "bulkhead0", .old = &old};
    struct batch *batch = batch_new(FIRST_SEQ);
    struct layers *layers, *raw;
    struct policy *untracked;
    size_t culprit, untracked_n;

    ck_assert_int_eq(layers_compile(policies, n, FW_MASKED_MIN, &layers, &culprit), 0);
    ck_assert_int_eq(untracked_list(policies, n, &untracked, &untracked_n), 0);
    ck_assert_int_eq(layers_compile(untracked, untracked_n, FW_MASKED_MIN, &raw, &culprit), 0);
    raw->is_raw = true;
    free(untracked);
    config.layers = layers;
    config.raw = raw;
    config.letter = table_free_letter(&old);
    ck_assert_int_eq(config.letter, 'b');
    build(batch, &config);
    ck_assert_int_eq(batch_finish(batch), 0);
    layers_free(layers);
    layers_free(raw);
    return batch;
}

static unsigned type_of(const struct nlmsghdr *message)
{
    return message->nlmsg_type & 0xff;
}

// Message by message, in order and without a gap; counts[type] counts those of nftables.
static size_t walk(const struct batch *batch, unsigned *counts)
{
    const struct nlmsghdr *message = (const void *)batch->buffer;
    int left = (int)batch->n;
    uint32_t seq = FIRST_SEQ;

    for (; mnl_nlmsg_ok(message, left); message = mnl_nlmsg_next(message, &left), seq++) {
        ck_assert_uint_eq(message->nlmsg_seq, seq);
        ck_assert_uint_le(message->nlmsg_len, BATCH_MESSAGE_MAX_BYTES);
        if (seq == FIRST_SEQ)
            ck_assert_uint_eq(message->nlmsg_type, NFNL_MSG_BATCH_BEGIN);
        else if (seq == FIRST_SEQ + batch->messages - 1)
            ck_assert_uint_eq(message->nlmsg_type, NFNL_MSG_BATCH_END);
        else
            ck_assert_uint_eq(message->nlmsg_type >> 8, NFNL_SUBSYS_NFTABLES);
        if (message->nlmsg_type >> 8 == NFNL_SUBSYS_NFTABLES)
            counts[type_of(message)]++;
    }
    ck_assert_int_eq(left, 0);
    return seq - FIRST_SEQ;
}

// Neither the table nor a chain ever goes: in between a packet would pass in clear.
START_TEST(first_the_maps_then_the_rules)
{
    struct policy policies[] = {policy_of(POLICY_BYPASS, "10.1.0.0/24 10.2.0.9"),
                                policy_of(POLICY_PROTECT, "10.1.0.0/24 10.2.0.0/24"),
                                policy_of(POLICY_PROTECT, "fd00:1::/64 fd00:2::/64 tcp 80 -")};
    struct batch *first = built(policies, 3, table_build_maps), *second = built(policies, 3, table_build_rules);
    unsigned counts[256] = {0}, more[256] = {0};

    ck_assert_uint_eq(walk(first, counts), first->messages);
    ck_assert_uint_eq(counts[NFT_MSG_NEWTABLE], 1);
    ck_assert_uint_eq(counts[NFT_MSG_NEWSET], 3);
    ck_assert_uint_eq(counts[NFT_MSG_NEWSETELEM], 3);
    ck_assert_uint_eq(counts[NFT_MSG_NEWOBJ], COUNTER_COUNT);
    ck_assert_uint_eq(counts[NFT_MSG_NEWRULE] + counts[NFT_MSG_DELRULE] + counts[NFT_MSG_DELSET], 0);
    ck_assert_uint_eq(walk(second, more), second->messages);
    ck_assert_uint_eq(more[NFT_MSG_DELRULE], 1); // all of them
    ck_assert_uint_gt(more[NFT_MSG_NEWRULE], 40);
    ck_assert_uint_eq(more[NFT_MSG_DELSET], 2);
    ck_assert_uint_eq(counts[NFT_MSG_DELTABLE] + more[NFT_MSG_DELTABLE], 0);
    ck_assert_uint_eq(counts[NFT_MSG_DELCHAIN] + more[NFT_MSG_DELCHAIN], 0);
    batch_free(first);
    batch_free(second);
}
END_TEST

// What is asked before connection tracking comes with maps and chains of its own, only where a policy wants it.
START_TEST(notrack_adds_its_chains)
{
    struct policy policies[] = {policy_of(POLICY_BYPASS, "10.1.0.0/24 10.2.0.9"),
                                policy_of(POLICY_PROTECT, "10.1.0.0/24 10.2.0.0/24"),
                                policy_of(POLICY_PROTECT, "10.1.0.0/24 10.3.0.0/24")};
    unsigned before[256] = {0}, after[256] = {0}, before_rules[256] = {0}, after_rules[256] = {0};
    struct batch *batches[4];

    batches[0] = built(policies, 3, table_build_maps);
    batches[1] = built(policies, 3, table_build_rules);
    policies[1].notrack = true;
    batches[2] = built(policies, 3, table_build_maps);
    batches[3] = built(policies, 3, table_build_rules);
    walk(batches[0], before);
    walk(batches[1], before_rules);
    walk(batches[2], after);
    walk(batches[3], after_rules);
    ck_assert_uint_eq(after[NFT_MSG_NEWSET], 2 * before[NFT_MSG_NEWSET]); // the bypass before it, and itself
    ck_assert_uint_eq(after[NFT_MSG_NEWCHAIN], before[NFT_MSG_NEWCHAIN] + 7);
    ck_assert_uint_gt(after_rules[NFT_MSG_NEWRULE], before_rules[NFT_MSG_NEWRULE] + 10);
    for (int i = 0; i < 4; i++)
        batch_free(batches[i]);
}
END_TEST

START_TEST(only_what_comes_before_it_is_asked_for_notrack)
{
    struct policy policies[] = {
        policy_of(POLICY_DISCARD, "10.1.0.0/24 10.2.0.9"), policy_of(POLICY_PROTECT, "10.1.0.0/24 10.9.0.0/24"),
        policy_of(POLICY_PROTECT, "10.1.0.0/24 10.2.0.0/24"), policy_of(POLICY_PROTECT, "10.1.0.0/24 10.0.0.0/8")};
    struct policy *list;
    size_t n;

    ck_assert_int_eq(untracked_list(policies, 4, &list, &n), 0);
    ck_assert_uint_eq(n, 0);
    policies[2].notrack = true;
    ck_assert_int_eq(untracked_list(policies, 4, &list, &n), 0);
    ck_assert_uint_eq(n, 2);
    ck_assert_int_eq(list[0].action, POLICY_BYPASS);
    ck_assert(selector_equal(&list[0].remote, &policies[0].remote));
    ck_assert_int_eq(list[1].action, POLICY_UNTRACK);
    ck_assert(selector_equal(&list[1].remote, &policies[2].remote));
    free(list);
}
END_TEST

START_TEST(errors_have_a_label)
{
    struct policy p = policy_of(POLICY_PROTECT, "10.1.0.0/24 10.2.0.0/24");
    struct batch *batch = built(&p, 1, table_build_maps);

    ck_assert_str_eq(batch_label(batch, FIRST_SEQ + 1), "table");
    ck_assert_str_eq(batch_label(batch, FIRST_SEQ + (uint32_t)batch->messages - 2), "map's elements");
    ck_assert_str_eq(batch_label(batch, FIRST_SEQ + (uint32_t)batch->messages), "transaction");
    ck_assert_str_eq(batch_label(batch, FIRST_SEQ - 1), "transaction");
    batch_free(batch);
}
END_TEST

// What the first transaction adds, and nothing else.
START_TEST(a_retreat_takes_the_new_maps_back)
{
    struct policy policies[] = {policy_of(POLICY_PROTECT, "10.1.0.0/24 10.2.0.0/24"),
                                policy_of(POLICY_PROTECT, "fd00:1::/64 fd00:2::/64")};
    struct batch *batch = built(policies, 2, table_build_retreat);
    unsigned counts[256] = {0};

    ck_assert_uint_eq(walk(batch, counts), 4);
    ck_assert_uint_eq(counts[NFT_MSG_DELSET], 2);
    batch_free(batch);
}
END_TEST

START_TEST(letters_take_turns)
{
    static const struct {
        struct table_maps maps;
        char free;
    } cases[] = {
        {{.n = 0}, 'a'},
        {{.names = {"v4_layer0_a"}, .n = 1}, 'b'},
        {{.names = {"v4_layer0_b"}, .n = 1}, 'a'},
        {{.names = {"v4_layer0_b", "v4_layer0_a"}, .n = 2}, 'c'}, // a change was cut short
        {{.names = {"v4_layer0_c"}, .n = 1}, 'a'},
    };

    for (size_t i = 0; i < RUN_COUNT(cases); i++)
        ck_assert_int_eq(table_free_letter(&cases[i].maps), cases[i].free);
}
END_TEST

static const char *map_of(const struct nlmsghdr *message)
{
    const struct nlattr *attr = mnl_nlmsg_get_payload_offset(message, sizeof(struct nfgenmsg));

    for (; attribute_is_of(message, attr); attr = mnl_attr_next(attr)) {
        if (mnl_attr_get_type(attr) == NFTA_SET_NAME)
            return mnl_attr_get_str(attr);
    }
    return "";
}

// All elements of a batch, read as a dump of the kernel would be. Returns how many of the maps have masks.
static size_t read_elements(const struct batch *batch, struct element_list *list)
{
    const struct nlmsghdr *message = (const void *)batch->buffer;
    int left = (int)batch->n;
    size_t masked = 0;

    for (; mnl_nlmsg_ok(message, left); message = mnl_nlmsg_next(message, &left)) {
        if (message->nlmsg_type == (NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWSET)) { // its elements follow
            ck_assert(set_name_parse(map_of(message), &list->map));
            masked += list->map.kind.is_masked;
        }
        if (message->nlmsg_type == (NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWSETELEM))
            ck_assert_int_eq(table_take_elements(message, list), 0);
    }
    return masked;
}

static void check_elements(const struct element_list *list, const struct policy *policies)
{
    ck_assert_uint_eq(list->n, MANY);
    for (unsigned i = 0; i < MANY; i++) {
        ck_assert(selector_equal(&list->policies[i].local, &policies[i].local));
        ck_assert(selector_equal(&list->policies[i].remote, &policies[i].remote));
        ck_assert_int_eq(list->policies[i].action, policies[i].action);
    }
}

// Ports of 7 bits, of 16 and any; ranges that are no prefixes.
static const struct {
    const char *local;
    unsigned remote_bits;
    const char *ports;
    size_t masked; // maps that have masks
} forms[] = {
    {"fd00:1::/64", 64, "tcp - 80", 1},
    {"fd00:1::/61", 48, "udp 1024-1535 80", 1},
    {"fd00:1::1-fd00:1::5", 64, "tcp", 0},
    {"fd00:1::/64", 32, "sctp 1-5 -", 0},
};

static void check_form(size_t form)
{
    struct policy *policies = calloc(MANY, sizeof(*policies));
    struct element_list list = {.n = 0};
    struct batch *batch;
    char text[64];

    for (unsigned i = 0; i < MANY; i++) {
        snprintf(text, sizeof(text), "%s fd%02x:%x::/%u %s", forms[form].local, 1 + i / 256, i % 256,
                 forms[form].remote_bits, forms[form].ports);
        policies[i] = policy_of(i % 2 ? POLICY_PROTECT : POLICY_DISCARD, text);
    }
    batch = built(policies, MANY, table_build_maps);
    ck_assert_uint_eq(read_elements(batch, &list), forms[form].masked);
    check_elements(&list, policies);
    free(list.policies);
    free(policies);
    batch_free(batch);
}

START_TEST(every_element_is_in)
{
    for (size_t i = 0; i < RUN_COUNT(forms); i++)
        check_form(i);
}
END_TEST

static struct nlmsghdr *start_message(void *at)
{
    struct nlmsghdr *message = mnl_nlmsg_put_header(at);

    mnl_nlmsg_put_extra_header(message, sizeof(struct nfgenmsg));
    return message;
}

START_TEST(counters_read_back)
{
    _Alignas(8) uint8_t buffer[256];
    struct counter_value values[COUNTER_COUNT] = {0};
    struct nlmsghdr *message = start_message(buffer);
    struct nlattr *nest;

    mnl_attr_put_strz(message, NFTA_OBJ_NAME, table_counter_name(COUNTER_SPOOFED));
    mnl_attr_put_u32(message, NFTA_OBJ_TYPE, htonl(NFT_OBJECT_COUNTER));
    nest = mnl_attr_nest_start(message, NFTA_OBJ_DATA);
    mnl_attr_put_u64(message, NFTA_COUNTER_BYTES, htobe64(1ULL << 40));
    mnl_attr_put_u64(message, NFTA_COUNTER_PACKETS, htobe64(7));
    mnl_attr_nest_end(message, nest);
    ck_assert_int_eq(table_take_counter(message, values), 0);
    ck_assert_uint_eq(values[COUNTER_SPOOFED].packets, 7);
    ck_assert_uint_eq(values[COUNTER_SPOOFED].bytes, 1ULL << 40);
    ck_assert_uint_eq(values[COUNTER_STEERED].packets, 0);
}
END_TEST

START_TEST(only_our_maps_go)
{
    static const struct {
        const char *table;
        const char *name;
        size_t n;
    } cases[] = {
        {"bulkhead", "v4_layer0_a", 1},
        {"bulkhead", "v6_layer63_c", 1},
        {"bulkhead", "v4_layer2_m24_32_0_16_b", 1},
        {"bulkhead", "v6_layer63_m128_128_16_16_c", 1},
        {"bulkhead", "v4_raw2_m24_32_0_16_b", 1},
        {"bulkhead", "v6_raw0_a", 1},
        {"bulkhead", "v6_rough0_a", 0},
        {"bulkhead", "v4_layer2_m24_32_0_b", 0},
        {"bulkhead", "v4_layer2_m24_032_0_16_b", 0},
        {"bulkhead", "v4_layer2_m24_32_0_16_d", 0},
        {"bulkhead", "v4_layer2_m24_32_0_16_b_and_somebody_elses", 0},
        {"bulkhead", "v5_layer0_a", 0},
        {"operator", "v4_layer0_a", 0},
        {"bulkhead", "v4_layer00_a", 0},
        {"bulkhead", "v4_layer0_d", 0},
        {"bulkhead", "v4_layer1_ax", 0},
        {"bulkhead", "", 0},
        {"bulkhead", "blacklist", 0},
    };

    for (size_t i = 0; i < RUN_COUNT(cases); i++) {
        _Alignas(8) uint8_t buffer[256];
        struct nlmsghdr *message = start_message(buffer);
        struct table_maps maps = {.n = 0};

        mnl_attr_put_strz(message, NFTA_SET_TABLE, cases[i].table);
        mnl_attr_put_strz(message, NFTA_SET_NAME, cases[i].name);
        ck_assert_int_eq(table_take_map(message, &maps), 0);
        ck_assert_msg(maps.n == cases[i].n, "case %zu", i);
        if (maps.n)
            ck_assert_str_eq(maps.names[0], cases[i].name);
    }
}
END_TEST

static struct set_id map_for(const struct policy *p, bool is_masked)
{
    struct set_id map = {.kind = {.family = p->local.range.start.family}, .letter = 'a'};

    map.kind.is_masked = is_masked && masks_of(p, &map.kind.masks);
    return map;
}

START_TEST(keys_read_back)
{
    unsigned seed = 3, masked = 0;

    for (int i = 0; i < 4000; i++) {
        struct policy p = random_policy(&seed), again;
        struct set_id map = map_for(&p, i % 2);
        uint8_t start[SET_KEY_MAX], end[SET_KEY_MAX];
        size_t n = set_key_encode(&p, layer_shape_of(&p), start, end);

        ck_assert_uint_le(n, SET_KEY_MAX);
        ck_assert_int_eq(set_key_decode(&map, bytes_of(start, n), bytes_of(map.kind.is_masked ? start : end, n),
                                        set_chain(&p), &again),
                         0);
        ck_assert(selector_equal(&p.local, &again.local) && selector_equal(&p.remote, &again.remote));
        ck_assert_int_eq(p.action, again.action);
        masked += map.kind.is_masked;
    }
    ck_assert_uint_gt(masked, 100);
}
END_TEST

static int decode(uint8_t family, const uint8_t *start, size_t start_n, const uint8_t *end, size_t end_n)
{
    const struct set_id map = {.kind = {.family = family}};
    struct policy p;

    return set_key_decode(&map, bytes_of(start, start_n), bytes_of(end, end_n), NULL, &p);
}

START_TEST(foreign_keys_are_refused)
{
    uint8_t low[SET_KEY_MAX] = {10, 1, 0, 0, 10, 2, 0, 0}, high[SET_KEY_MAX] = {10, 1, 0, 9, 10, 2, 0, 9};
    const struct set_id map = {.kind = {.family = 4}};
    struct policy p;

    ck_assert_int_eq(decode(4, low, 8, high, 8), 0);
    ck_assert_int_eq(decode(4, low, 7, high, 7), -EINVAL);
    ck_assert_int_eq(decode(4, low, 8, high, 12), -EINVAL);
    ck_assert_int_eq(decode(4, low, 16, high, 16), -EINVAL);
    ck_assert_int_eq(decode(6, low, 8, high, 8), -EINVAL);
    ck_assert_int_eq(decode(4, high, 8, low, 8), -EINVAL);
    ck_assert_int_eq(set_key_decode(&map, bytes_of(low, 8), bytes_of(high, 8), "elsewhere", &p), -EINVAL);
}
END_TEST

// The key of a map with masks: bits behind them, or masks that are longer than the fields.
START_TEST(keys_beside_their_masks_are_refused)
{
    static const struct {
        struct masks masks;
        uint8_t key[20]; // remote . local . tcp . local port . remote port
        int expected;
    } cases[] = {
        {{24, 24, 0, 16}, {10, 1, 0, 0, 10, 2, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0, 80}, 0},
        {{24, 32, 8, 12}, {10, 1, 0, 0, 10, 2, 0, 9, 6, 0, 0, 0, 1, 0, 0, 0, 0, 16}, 0},
        {{24, 24, 0, 16}, {10, 1, 0, 128, 10, 2, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0, 80}, -EINVAL},
        {{24, 24, 0, 16}, {10, 1, 0, 0, 10, 2, 0, 1, 6, 0, 0, 0, 0, 0, 0, 0, 0, 80}, -EINVAL},
        {{24, 24, 0, 16}, {10, 1, 0, 0, 10, 2, 0, 0, 6, 0, 0, 0, 1, 0, 0, 0, 0, 80}, -EINVAL},
        {{24, 24, 0, 12}, {10, 1, 0, 0, 10, 2, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0, 81}, -EINVAL},
        {{33, 24, 0, 16}, {10, 1, 0, 0, 10, 2, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0, 80}, -EINVAL},
        {{24, 24, 17, 16}, {10, 1, 0, 0, 10, 2, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0, 80}, -EINVAL},
    };

    for (size_t i = 0; i < RUN_COUNT(cases); i++) {
        struct set_id map = {.kind = {.family = 4, .is_masked = true, .masks = cases[i].masks}};
        struct bytes key = bytes_of(cases[i].key, sizeof(cases[i].key));
        struct policy p;

        ck_assert_msg(set_key_decode(&map, key, key, NULL, &p) == cases[i].expected, "case %zu", i);
    }
}
END_TEST

START_TEST(the_first_failure_is_kept)
{
    struct batch *batch = batch_new(FIRST_SEQ);

    batch_fail(batch, -ENOMEM);
    batch_fail(batch, -EINVAL);
    ck_assert_int_eq(batch_finish(batch), -ENOMEM);
    batch_free(batch);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {first_the_maps_then_the_rules,
                                  notrack_adds_its_chains,
                                  only_what_comes_before_it_is_asked_for_notrack,
                                  errors_have_a_label,
                                  a_retreat_takes_the_new_maps_back,
                                  letters_take_turns,
                                  every_element_is_in,
                                  counters_read_back,
                                  only_our_maps_go,
                                  keys_read_back,
                                  foreign_keys_are_refused,
                                  keys_beside_their_masks_are_refused,
                                  the_first_failure_is_kept};

    return run_tests("batch", tests, RUN_COUNT(tests));
}
