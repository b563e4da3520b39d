#include "fw-d/installation.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fw-d/conntrack.h"
#include "fw-d/fw_limits.h"
#include "fw-d/layers.h"
#include "fw-d/policy_index.h"
#include "fw-d/table_reader.h"
#include "fw-d/untracked.h"
#include "lib/core/log.h"

// Kernels before 6.9 know no PERSIST, those before 5.12 no OWNER; a kernel refuses flags that it does not know.
static const uint32_t flags_by_preference[] = {TABLE_OWNED_PERSISTENT, TABLE_OWNED, TABLE_PLAIN};
#define FLAGS_COUNT (sizeof(flags_by_preference) / sizeof(*flags_by_preference))

typedef void build_fn(struct batch *batch, void *arg, uint32_t flags); // one transaction, for these flags

static int transact_with(struct firewall *firewall, build_fn *build, void *arg, uint32_t flags, const char **ret_label)
{
    struct batch *batch = batch_new(firewall->nft.seq + 1);
    int r;

    *ret_label = "transaction";
    if (!batch)
        return -ENOMEM;
    build(batch, arg, flags);
    r = batch_finish(batch);
    if (r == 0)
        r = netlink_transact(&firewall->nft, batch, ret_label);
    batch_free(batch);
    return r;
}

// Names the table: tries the flags one after the other.
static int transact_table(struct firewall *firewall, build_fn *build, void *arg, const char **ret_label)
{
    int r = -EOPNOTSUPP;

    for (size_t i = 0; i < FLAGS_COUNT; i++) {
        r = transact_with(firewall, build, arg, flags_by_preference[i], ret_label);
        if (r == 0)
            firewall->flags = flags_by_preference[i];
        if (r == 0 || (r != -EOPNOTSUPP && r != -EINVAL) || strcmp(*ret_label, "table") != 0)
            break;
    }
    return r;
}

// In the table that is there.
static int transact(struct firewall *firewall, build_fn *build, void *arg, const char **ret_label)
{
    return transact_with(firewall, build, arg, firewall->flags, ret_label);
}

static void build_maps(struct batch *batch, void *arg, uint32_t flags)
{
    struct table_config *config = arg;

    config->flags = flags;
    table_build_maps(batch, config);
}

static void build_rules(struct batch *batch, void *arg, uint32_t flags)
{
    (void)flags;
    table_build_rules(batch, arg);
}

static void build_retreat(struct batch *batch, void *arg, uint32_t flags)
{
    (void)flags;
    table_build_retreat(batch, arg);
}

static void build_adoption(struct batch *batch, void *arg, uint32_t flags)
{
    (void)arg;
    table_build_adoption(batch, flags);
}

static void build_removal(struct batch *batch, void *arg, uint32_t flags)
{
    (void)arg;
    table_build_adoption(batch, flags);
    table_build_removal(batch);
}

struct remains {
    const struct table_maps *maps;
    char letter;
};

static bool is_of_letter(const struct table_maps *maps, size_t i, char letter)
{
    return maps->names[i][strlen(maps->names[i]) - 1] == letter;
}

static void build_clearance(struct batch *batch, void *arg, uint32_t flags)
{
    const struct remains *remains = arg;

    (void)flags;
    for (size_t i = 0; i < remains->maps->n; i++)
        if (is_of_letter(remains->maps, i, remains->letter))
            sets_remove(batch, remains->maps->names[i]);
}

static size_t count_of_letter(const struct table_maps *maps, char letter)
{
    size_t n = 0;

    for (size_t i = 0; i < maps->n; i++)
        n += is_of_letter(maps, i, letter);
    return n;
}

// An fw-d that died between the two transactions of a change left the maps of two letters. Those that rules ask the
// kernel does not let go (EBUSY); the others would be taken for what stands, and in the end leave no letter free.
static void clear_remains(struct firewall *firewall)
{
    struct table_maps maps = {.n = 0};
    const char *label;

    if (table_read_maps(&firewall->nft, &maps) < 0)
        return;
    for (int letter = SET_LETTER_FIRST; letter <= SET_LETTER_LAST; letter++) {
        struct remains remains = {.maps = &maps, .letter = (char)letter};
        size_t n = count_of_letter(&maps, remains.letter);

        if (n > 0 && n < maps.n && transact(firewall, build_clearance, &remains, &label) == 0)
            log_info("maps_cleared_away", LOG_UINT("count", n));
    }
}

int installation_adopt(struct firewall *firewall)
{
    const char *label;
    int r = transact_table(firewall, build_adoption, NULL, &label);

    if (r == 0)
        clear_remains(firewall);
    return r;
}

// ---- connections

struct change {
    struct policy_index *before;
    struct policy_index *after;
};

static bool is_protected(const struct policy_index *index, const struct conntrack_entry *entry)
{
    struct flow out = {.local = entry->source,
                       .remote = entry->destination,
                       .protocol = entry->protocol,
                       .local_port = entry->source_port,
                       .remote_port = entry->destination_port};
    struct flow in = {.local = entry->destination,
                      .remote = entry->source,
                      .protocol = entry->protocol,
                      .local_port = entry->destination_port,
                      .remote_port = entry->source_port};
    const struct policy *p = policy_index_find(index, &out);

    if (p && p->action == POLICY_PROTECT)
        return true;
    p = policy_index_find(index, &in);
    return p && p->action == POLICY_PROTECT;
}

static bool has_changed(const struct conntrack_entry *entry, void *arg)
{
    const struct change *change = arg;

    return is_protected(change->before, entry) != is_protected(change->after, entry);
}

// Connections that were protected and aren't any more, or the other way round.
static void forget_connections(struct firewall *firewall, const struct policy *after, size_t n)
{
    struct change change = {.before = policy_index_new(firewall->standing, firewall->standing_n),
                            .after = policy_index_new(after, n)};
    int r = change.before && change.after ? conntrack_delete(&firewall->conntrack, has_changed, &change) : -ENOMEM;

    if (r < 0)
        log_warning("connections_not_forgotten", LOG_ERRNO(r));
    else if (r > 0)
        log_info("connections_forgotten", LOG_INT("count", r));
    policy_index_free(change.before);
    policy_index_free(change.after);
}

// ---- the table

static int explain(int r, const char *label, char *ret_error)
{
    if (r == -EPERM)
        snprintf(ret_error, FIREWALL_ERROR_MAX, "another process owns table inet %s", FW_TABLE_NAME);
    else
        snprintf(ret_error, FIREWALL_ERROR_MAX, "the kernel refused a %s of table inet %s: %s", label, FW_TABLE_NAME,
                 strerror(-r));
    return r;
}

// A table whose chains are others than ours can't be brought over without a moment in clear.
static int replace_foreign(struct firewall *firewall, struct table_config *config, const char **ret_label)
{
    int r = transact_table(firewall, build_removal, NULL, ret_label);

    log_notice("table_of_another_version", LOG_STR("action", "replacing it"));
    config->old = NULL;
    return r < 0 ? r : transact_table(firewall, build_maps, config, ret_label);
}

static int put_table(struct firewall *firewall, struct table_config *config, const char **ret_label)
{
    const char *label;
    int r = transact_table(firewall, build_maps, config, ret_label);

    if (r < 0 && r != -EPERM && strcmp(*ret_label, "chain") == 0)
        r = replace_foreign(firewall, config, ret_label);
    if (r < 0)
        return r;
    r = transact(firewall, build_rules, config, ret_label);
    if (r < 0 && transact(firewall, build_retreat, config, &label) < 0)
        log_warning("maps_left_behind", LOG_STR("part", label));
    return r;
}

static int put_layers(struct firewall *firewall, const struct table_config *wanted, char *ret_error)
{
    struct table_maps old = {.n = 0};
    struct table_config config = *wanted;
    const char *label = "map";
    int r = table_read_maps(&firewall->nft, &old);

    if (r == 0 || r == -ENOENT) {
        config.tun = firewall->tun;
        config.courier = &firewall->courier;
        config.old = &old;
        config.letter = table_free_letter(&old);
        r = put_table(firewall, &config, &label);
    }
    if (r < 0)
        return explain(r, label, ret_error);
    firewall->stands = true;
    return table_read_generation(&firewall->nft, &firewall->nft_generation);
}

static int compile(const struct policy *policies, size_t n, struct layers **ret_layers, char *ret_error)
{
    char text[POLICY_TEXT_MAX];
    size_t culprit = 0;
    int r = layers_compile(policies, n, FW_MASKED_MIN, ret_layers, &culprit);

    if (r == -E2BIG) {
        snprintf(ret_error, FIREWALL_ERROR_MAX, "policy %s overlaps others more than %u deep",
                 policy_format(&policies[culprit], text, sizeof(text)), FW_LAYERS_MAX);
        return -EINVAL;
    }
    if (r < 0)
        snprintf(ret_error, FIREWALL_ERROR_MAX, "policies: %s", strerror(-r));
    return r;
}

static int compile_raw(const struct policy *policies, size_t n, struct layers **ret_raw, char *ret_error)
{
    struct policy *list;
    size_t list_n;
    int r = untracked_list(policies, n, &list, &list_n);

    if (r < 0) {
        snprintf(ret_error, FIREWALL_ERROR_MAX, "policies: %s", strerror(-r));
        return r;
    }
    r = compile(list, list_n, ret_raw, ret_error);
    if (r == 0)
        (*ret_raw)->is_raw = true;
    free(list);
    return r;
}

int installation_put(struct firewall *firewall, struct policy *policies, size_t n, const struct tunnel_names *tunnels,
                     char *ret_error)
{
    struct table_config config = {.tunnels = tunnels};
    struct layers *layers = NULL, *raw = NULL;
    int r = compile(policies, n, &layers, ret_error);

    if (r == 0)
        r = compile_raw(policies, n, &raw, ret_error);
    config.layers = layers;
    config.raw = raw;
    if (r == 0)
        r = put_layers(firewall, &config, ret_error);
    if (r == 0) {
        log_info("table_installed", LOG_UINT("policies", n), LOG_UINT("elements", layers_count(layers)),
                 LOG_UINT("layers", layers->n), LOG_UINT("shadowed", layers->shadowed),
                 LOG_UINT("untracked", layers_count(raw)));
        forget_connections(firewall, policies, n);
        free(firewall->standing);
        firewall->standing = policies;
        firewall->standing_n = n;
    }
    layers_free(layers);
    layers_free(raw);
    return r;
}

int installation_remove(struct firewall *firewall)
{
    const char *label;
    int r = transact_table(firewall, build_removal, NULL, &label);

    if (r < 0)
        return r;
    firewall->stands = false;
    forget_connections(firewall, NULL, 0);
    return 0;
}
