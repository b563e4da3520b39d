#include "fw-d/sets.h"

#include <errno.h>
#include <netinet/in.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <string.h>

#include <libnftnl/expr.h>
#include <libnftnl/set.h>
#include <libnftnl/udata.h>

#include "fw-d/fw_limits.h"

// Elements a message: with two keys of 44 bytes and a comment of 66 each they stay below the 64 KiB of an attribute.
#define ELEMENTS_A_MESSAGE 192u

// How nft names the types of keys when it lists our maps; concatenations are 6 bits a field.
enum nft_datatype {
    DATATYPE_IPV4 = 7,
    DATATYPE_IPV6 = 8,
    DATATYPE_PROTOCOL = 12,
    DATATYPE_SERVICE = 13,
    DATATYPE_BITS = 6,
};

struct build {
    const struct tunnel_names *tunnels;
    bool is_raw;
    uint32_t id; // of the map, in the transaction
};

static void add_set(struct batch *batch, uint16_t type, struct nftnl_set *set)
{
    struct nlmsghdr *message = batch_add(batch, type, NLM_F_CREATE, type == NFT_MSG_NEWSET ? "map" : "map's elements");

    if (type == NFT_MSG_NEWSET)
        nftnl_set_nlmsg_build_payload(message, set);
    else
        nftnl_set_elems_nlmsg_build_payload(message, set);
    batch_commit(batch, message);
}

static struct nftnl_set *new_set(struct batch *batch, const char *name, uint32_t id)
{
    struct nftnl_set *set = nftnl_set_alloc();

    if (!set || nftnl_set_set_str(set, NFTNL_SET_TABLE, FW_TABLE_NAME) < 0 ||
        nftnl_set_set_str(set, NFTNL_SET_NAME, name) < 0) {
        batch_fail(batch, -ENOMEM);
        nftnl_set_free(set);
        return NULL;
    }
    nftnl_set_set_u32(set, NFTNL_SET_FAMILY, NFPROTO_INET);
    nftnl_set_set_u32(set, NFTNL_SET_ID, id);
    return set;
}

// The fields' lengths and the type that they make up. Returns the number of fields.
static size_t describe_key(const struct layer *layer, uint8_t *lengths, uint32_t *ret_type)
{
    uint8_t address = layer->kind.family == 4 ? 4 : 16;
    uint32_t type = layer->kind.family == 4 ? DATATYPE_IPV4 : DATATYPE_IPV6;
    const uint8_t all[] = {address, address, 1, 2, 2};

    memcpy(lengths, all, sizeof(all));
    *ret_type = type << DATATYPE_BITS | type;
    if (layer->kind.shape == LAYER_ADDRESSES)
        return 2;
    *ret_type = *ret_type << DATATYPE_BITS | DATATYPE_PROTOCOL;
    if (layer->kind.shape == LAYER_PROTOCOL)
        return 3;
    if (layer->kind.shape == LAYER_ICMP) {
        *ret_type = *ret_type << DATATYPE_BITS | DATATYPE_SERVICE;
        return 4;
    }
    *ret_type = (*ret_type << DATATYPE_BITS | DATATYPE_SERVICE) << DATATYPE_BITS | DATATYPE_SERVICE;
    return 5;
}

// So that each of its elements has one.
static void add_counter(struct batch *batch, struct nftnl_set *set)
{
    struct nftnl_expr *counter = nftnl_expr_alloc("counter");

    if (counter)
        nftnl_set_add_expr(set, counter);
    else
        batch_fail(batch, -ENOMEM);
}

static void declare_layer(struct batch *batch, const struct layer *layer, const char *name, const struct build *build)
{
    struct nftnl_set *set = new_set(batch, name, build->id);
    uint8_t lengths[5];
    uint32_t type, key_bytes = 0;
    size_t fields = describe_key(layer, lengths, &type);

    if (!set)
        return;
    for (size_t i = 0; i < fields; i++)
        key_bytes += (lengths[i] + 3u) & ~3u;
    if (layer->kind.is_masked) // of a size that is known, the table is as large as it should be
        nftnl_set_set_u32(set, NFTNL_SET_DESC_SIZE, (uint32_t)layer->n);
    nftnl_set_set_u32(set, NFTNL_SET_FLAGS,
                      layer->kind.is_masked ? NFT_SET_MAP : NFT_SET_MAP | NFT_SET_INTERVAL | NFT_SET_CONCAT);
    nftnl_set_set_u32(set, NFTNL_SET_KEY_TYPE, type);
    nftnl_set_set_u32(set, NFTNL_SET_KEY_LEN, key_bytes);
    nftnl_set_set_u32(set, NFTNL_SET_DATA_TYPE, NFT_DATA_VERDICT);
    // kernels want the fields of a concatenation for intervals only
    if (!layer->kind.is_masked && nftnl_set_set_data(set, NFTNL_SET_DESC_CONCAT, lengths, (uint32_t)fields) < 0)
        batch_fail(batch, -ENOMEM);
    if (!build->is_raw)
        add_counter(batch, set);
    add_set(batch, NFT_MSG_NEWSET, set);
    nftnl_set_free(set);
}

// As nft writes and reads it: type, length, text with its end.
static bool put_comment(struct nftnl_set_elem *element, const char *text)
{
    uint8_t comment[2 + TUNNEL_NAME_MAX + 1] = {NFTNL_UDATA_SET_ELEM_COMMENT, (uint8_t)(strlen(text) + 1)};

    memcpy(comment + 2, text, comment[1]);
    return nftnl_set_elem_set(element, NFTNL_SET_ELEM_USERDATA, comment, 2u + comment[1]) == 0;
}

static void put_element(struct batch *batch, struct nftnl_set *set, const struct policy *p,
                        const struct layer_kind *kind, const char *tunnel)
{
    struct nftnl_set_elem *element = nftnl_set_elem_alloc();
    uint8_t start[SET_KEY_MAX], end[SET_KEY_MAX];
    uint32_t n = (uint32_t)set_key_encode(p, kind->shape, start, end);
    const char *chain = set_chain(p);

    if (!element || nftnl_set_elem_set(element, NFTNL_SET_ELEM_KEY, start, n) < 0 ||
        (!kind->is_masked && nftnl_set_elem_set(element, NFTNL_SET_ELEM_KEY_END, end, n) < 0) ||
        (*tunnel && !put_comment(element, tunnel)) ||
        (chain && nftnl_set_elem_set_str(element, NFTNL_SET_ELEM_CHAIN, chain) < 0)) {
        batch_fail(batch, -ENOMEM);
        if (element)
            nftnl_set_elem_free(element);
        return;
    }
    nftnl_set_elem_set_u32(element, NFTNL_SET_ELEM_VERDICT, (uint32_t)(chain ? NFT_GOTO : NFT_RETURN));
    nftnl_set_elem_add(set, element);
}

static void fill_layer(struct batch *batch, const struct layer *layer, const char *name, const struct build *build)
{
    for (size_t done = 0; done < layer->n; done += ELEMENTS_A_MESSAGE) {
        struct nftnl_set *set = new_set(batch, name, build->id);

        if (!set)
            return;
        for (size_t i = done; i < layer->n && i < done + ELEMENTS_A_MESSAGE; i++)
            put_element(batch, set, &layer->policies[i], &layer->kind,
                        build->is_raw ? "" : tunnel_names_at(build->tunnels, layer->policies[i].tunnel));
        add_set(batch, NFT_MSG_NEWSETELEM, set);
        nftnl_set_free(set);
    }
}

void sets_remove(struct batch *batch, const char *name)
{
    struct nftnl_set *set = new_set(batch, name, 0);
    struct nlmsghdr *message;

    if (!set)
        return;
    nftnl_set_unset(set, NFTNL_SET_ID);
    message = batch_add(batch, NFT_MSG_DELSET, 0, "map");
    nftnl_set_nlmsg_build_payload(message, set);
    batch_commit(batch, message);
    nftnl_set_free(set);
}

void sets_walk(struct batch *batch, const struct layers *layers, char letter, sets_layer_fn *visit, void *arg)
{
    size_t index[2] = {0, 0};
    char name[SET_NAME_MAX];

    for (size_t i = 0; i < layers->n; i++) {
        const struct layer *layer = &layers->layers[i];
        struct set_id id = {
            .kind = layer->kind, .is_raw = layers->is_raw, .index = index[layer->kind.family == 6]++, .letter = letter};

        visit(batch, layer, set_name(&id, name), arg);
    }
}

static void build_layer(struct batch *batch, const struct layer *layer, const char *name, void *arg)
{
    struct build *build = arg;

    build->id++;
    declare_layer(batch, layer, name, build);
    fill_layer(batch, layer, name, build);
}

void sets_build(struct batch *batch, const struct layers *layers, const struct tunnel_names *tunnels, char letter,
                uint32_t *id)
{
    struct build build = {.tunnels = tunnels, .is_raw = layers->is_raw, .id = *id};

    sets_walk(batch, layers, letter, build_layer, &build);
    *id = build.id;
}
