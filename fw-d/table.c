#include "fw-d/table.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include <libnftnl/object.h>
#include <libnftnl/rule.h>
#include <libnftnl/table.h>

#include "fw-d/chains.h"
#include "fw-d/fw_limits.h"
#include "fw-d/sets.h"

static const char *const counter_names[COUNTER_COUNT] = {
    [COUNTER_STEERED] = "steered",
    [COUNTER_SPOOFED] = "spoofed",
    [COUNTER_DISCARDED] = "discarded",
    [COUNTER_BLOCKED] = "blocked",
};

const char *table_counter_name(enum table_counter counter)
{
    return counter_names[counter];
}

// flags NULL: names the table only.
static void add_table(struct batch *batch, uint16_t type, const uint32_t *flags)
{
    struct nftnl_table *table = nftnl_table_alloc();
    struct nlmsghdr *message;

    if (!table || nftnl_table_set_str(table, NFTNL_TABLE_NAME, FW_TABLE_NAME) < 0) {
        batch_fail(batch, -ENOMEM);
    } else {
        if (flags)
            nftnl_table_set_u32(table, NFTNL_TABLE_FLAGS, *flags);
        message = batch_add(batch, type, flags ? NLM_F_CREATE : 0, "table");
        nftnl_table_nlmsg_build_payload(message, table);
        batch_commit(batch, message);
    }
    nftnl_table_free(table);
}

void table_build_adoption(struct batch *batch, uint32_t flags)
{
    add_table(batch, NFT_MSG_NEWTABLE, &flags);
}

void table_build_removal(struct batch *batch)
{
    add_table(batch, NFT_MSG_DELTABLE, NULL);
}

// One that is there already goes on counting.
static void add_counter(struct batch *batch, const char *name)
{
    struct nftnl_obj *counter = nftnl_obj_alloc();
    struct nlmsghdr *message;

    if (!counter) {
        batch_fail(batch, -ENOMEM);
        return;
    }
    nftnl_obj_set_str(counter, NFTNL_OBJ_TABLE, FW_TABLE_NAME);
    nftnl_obj_set_str(counter, NFTNL_OBJ_NAME, name);
    nftnl_obj_set_u32(counter, NFTNL_OBJ_TYPE, NFT_OBJECT_COUNTER);
    nftnl_obj_set_u64(counter, NFTNL_OBJ_CTR_PKTS, 0);
    nftnl_obj_set_u64(counter, NFTNL_OBJ_CTR_BYTES, 0);
    message = batch_add(batch, NFT_MSG_NEWOBJ, NLM_F_CREATE, "counter");
    nftnl_obj_nlmsg_build_payload(message, counter);
    batch_commit(batch, message);
    nftnl_obj_free(counter);
}

static void flush_rules(struct batch *batch)
{
    struct nftnl_rule *all = nftnl_rule_alloc();
    struct nlmsghdr *message;

    if (!all || nftnl_rule_set_str(all, NFTNL_RULE_TABLE, FW_TABLE_NAME) < 0) {
        batch_fail(batch, -ENOMEM);
    } else {
        message = batch_add(batch, NFT_MSG_DELRULE, 0, "rules");
        nftnl_rule_nlmsg_build_payload(message, all);
        batch_commit(batch, message);
    }
    if (all)
        nftnl_rule_free(all);
}

char table_free_letter(const struct table_maps *maps)
{
    for (int letter = SET_LETTER_FIRST; letter < SET_LETTER_LAST; letter++) {
        bool is_used = false;

        for (size_t i = 0; i < maps->n; i++)
            is_used |= maps->names[i][strlen(maps->names[i]) - 1] == letter;
        if (!is_used)
            return (char)letter;
    }
    return SET_LETTER_LAST;
}

void table_build_maps(struct batch *batch, const struct table_config *config)
{
    uint32_t id = 0;

    add_table(batch, NFT_MSG_NEWTABLE, &config->flags);
    for (int i = 0; i < COUNTER_COUNT; i++)
        add_counter(batch, counter_names[i]);
    chains_build(batch, config->raw->n > 0); // before the maps, which name them
    sets_build(batch, config->layers, config->tunnels, config->letter, &id);
    sets_build(batch, config->raw, config->tunnels, config->letter, &id);
}

void table_build_rules(struct batch *batch, const struct table_config *config)
{
    flush_rules(batch);
    chains_build_rules(batch, config);
    for (size_t i = 0; config->old && i < config->old->n; i++)
        sets_remove(batch, config->old->names[i]);
}

static void remove_layer(struct batch *batch, const struct layer *layer, const char *name, void *arg)
{
    (void)layer;
    (void)arg;
    sets_remove(batch, name);
}

void table_build_retreat(struct batch *batch, const struct table_config *config)
{
    sets_walk(batch, config->layers, config->letter, remove_layer, NULL);
    sets_walk(batch, config->raw, config->letter, remove_layer, NULL);
}
