#include "ike-d/sa/tunnel_config.h"

#include <stdlib.h>
#include <string.h>

void tunnel_config_free(struct tunnel_config *config)
{
    if (!config) {
        return;
    }
    free(config->secret);
    kept_identity_drop(&config->local_id);
    kept_identity_drop(&config->remote_id);
    free(config->other_secret);
    free(config->certificate);
    free(config->ppk_id);
    free(config->ppk_secret);
    free(config->others);
    peer_names_free(config->names);
    free(config->policies);
    if (config->children_n == 0 || config->protected != config->children[0].pairs) {
        free(config->protected);
    }
    child_config_free_all(config);
    offer_free(config->ike_offer);
    offer_free(config->esp_offer);
    free(config);
}

static bool is_all_of_child(const struct tunnel_config *config)
{
    if (config->children_n != 1 || config->children[0].pairs_n != config->protected_n) {
        return false;
    }
    for (unsigned i = 0; i < config->protected_n; i++) {
        const struct selector_pair *a = &config->protected[i];
        const struct selector_pair *b = &config->children[0].pairs[i];
        if (!selector_equal(&a->local, &b->local) || !selector_equal(&a->remote, &b->remote)) {
            return false;
        }
    }
    return true;
}

void tunnel_config_complete(struct tunnel_config *config)
{
    if (config->policies && config->policies_n == config->protected_n) { // in the same order
        free(config->policies);
        config->policies = NULL;
    }
    if (is_all_of_child(config) && config->protected != config->children[0].pairs) {
        free(config->protected);
        config->protected = config->children[0].pairs;
    }
}

const struct selector_pair *tunnel_config_policy(const struct tunnel_config *config, unsigned i,
                                                 enum tunnel_action *ret_action)
{
    *ret_action = config->policies ? config->policies[i].action : TUNNEL_ACTION_PROTECT;
    return config->policies ? &config->policies[i].pair : &config->protected[i];
}

int tunnel_config_add_source(struct tunnel_config *config, struct bytes source)
{
    struct bytes parts[] = {bytes_of(config->source, sizeof(config->source)), source};
    return digest_of(parts, 2, config->source);
}

int tunnel_config_set_local_id(struct tunnel_config *config, const char *text)
{
    struct identity id;
    int error = identity_parse(text, &id);
    return error < 0 ? error : kept_identity_set(&config->local_id, &id);
}

int tunnel_config_set_remote_id(struct tunnel_config *config, const char *text)
{
    struct identity_pattern pattern;
    int error = identity_pattern_parse(text, &pattern);
    config->remote_id_kind = error < 0 ? IDENTITY_PATTERN_EXACT : pattern.kind;
    return error < 0 ? error : kept_identity_set(&config->remote_id, &pattern.identity);
}

struct identity_pattern tunnel_config_remote_id(const struct tunnel_config *config)
{
    return (struct identity_pattern){.kind = config->remote_id_kind, .identity = kept_identity_get(&config->remote_id)};
}

bool tunnel_config_is_same(const struct tunnel_config *a, const struct tunnel_config *b)
{
    return memcmp(a->source, b->source, sizeof(a->source)) == 0;
}

bool tunnel_config_is_host(const struct prefix *prefix)
{
    return prefix->bits == 8 * address_size(&prefix->address);
}

static const struct address *find_written(const struct tunnel_config *config, unsigned i)
{
    if (config->remote.family == 0) {
        return NULL;
    }
    if (i == 0) {
        return &config->remote;
    }
    for (unsigned k = 0; k < config->others_n; k++) {
        if (tunnel_config_is_host(&config->others[k]) && --i == 0) {
            return &config->others[k].address;
        }
    }
    return NULL;
}

static unsigned count_written(const struct tunnel_config *config)
{
    unsigned n = 0;
    while (find_written(config, n)) {
        n++;
    }
    return n;
}

const struct address *tunnel_config_callable(const struct tunnel_config *config, unsigned i)
{
    const struct peer_names *names = config->names;
    if (!names) {
        return find_written(config, i);
    }
    unsigned first = names->first ? peer_names_count(names) : count_written(config);
    if (names->first) {
        return i < first ? peer_names_address(names, i) : find_written(config, i - first);
    }
    return i < first ? find_written(config, i) : peer_names_address(names, i - first);
}

const char *tunnel_config_format_peer(const struct tunnel_config *config, char out[ADDRESS_TEXT_MAX])
{
    if (config->names && (config->names->first || config->remote.family == 0)) {
        return config->names->list[0].text;
    }
    return config->remote.family != 0 ? address_format(&config->remote, out, ADDRESS_TEXT_MAX) : NULL;
}

static enum tunnel_address_fit fit_others(const struct tunnel_config *config, const struct address *remote)
{
    enum tunnel_address_fit fit = TUNNEL_ADDRESS_FIT_NONE;
    for (unsigned i = 0; i < config->others_n; i++) {
        struct range range = prefix_to_range(&config->others[i]);
        if (!range_contains(&range, remote)) {
            continue;
        }
        if (tunnel_config_is_host(&config->others[i])) {
            return TUNNEL_ADDRESS_FIT_HOST;
        }
        fit = TUNNEL_ADDRESS_FIT_PREFIX;
    }
    return fit;
}

enum tunnel_address_fit tunnel_config_fit_addresses(const struct tunnel_config *config, const struct address *local,
                                                    const struct address *remote)
{
    if (config->local.family != 0 && !address_equal(&config->local, local)) {
        return TUNNEL_ADDRESS_FIT_NONE;
    }
    if ((config->remote.family != 0 && address_equal(&config->remote, remote)) ||
        peer_names_have(config->names, remote)) {
        return TUNNEL_ADDRESS_FIT_HOST;
    }
    enum tunnel_address_fit fit = fit_others(config, remote);
    return fit == TUNNEL_ADDRESS_FIT_NONE && config->from_anywhere ? TUNNEL_ADDRESS_FIT_ANYWHERE : fit;
}
