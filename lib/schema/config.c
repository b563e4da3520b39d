#include "lib/schema/config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/hmap.h"
#include "lib/schema/config_rules.h"
#include "lib/schema/proto_yaml.h"

#define NAME_MAX_BYTES 64

bool config_is_name(const char *name)
{
    size_t n = strlen(name);

    return n > 0 && n <= NAME_MAX_BYTES &&
           strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.") == n;
}

void rules_refuse(const struct rules *rules, const char *field, const char *format, ...)
{
    char path[160], *text;
    va_list args;

    snprintf(path, sizeof(path), "%s%s%s", rules->path, *rules->path && *field ? "." : "", field);
    va_start(args, format);
    if (vasprintf(&text, format, args) < 0)
        text = NULL;
    va_end(args);
    mistake_add_at(rules->mistakes, path, "%s", text ? text : "wrong");
    free(text);
}

static int check_names(struct mistakes *mistakes, const Bulkhead__V1__Config *config)
{
    struct hmap *names = hmap_new();
    int r = names ? 0 : -ENOMEM;

    for (size_t i = 0; i < config->n_tunnels && r == 0; i++) {
        const Bulkhead__V1__Tunnel *tunnel = config->tunnels[i];
        struct rules rules = {.mistakes = mistakes};
        const Bulkhead__V1__Tunnel *const *first;

        if (!config_is_name(tunnel->name))
            continue;
        r = hmap_put(names, bytes_of_str(tunnel->name), &config->tunnels[i]);
        if (r != -EEXIST)
            continue;
        r = 0;
        first = hmap_find(names, bytes_of_str(tunnel->name));
        snprintf(rules.path, sizeof(rules.path), "tunnels[%zu]", i);
        rules_refuse(&rules, "name", "\"%s\" is already the name of tunnels[%td]; give each tunnel its own",
                     tunnel->name, (Bulkhead__V1__Tunnel **)first - config->tunnels);
    }
    hmap_free(names);
    return r;
}

int config_validate(const Bulkhead__V1__Config *config, struct mistakes *mistakes)
{
    size_t before = mistakes->n + mistakes->omitted;
    struct rules rules = {.mistakes = mistakes};
    int r;

    if (config->n_tunnels > CONFIG_TUNNELS_MAX)
        rules_refuse(&rules, "tunnels", "%zu tunnels; at most %d are allowed", config->n_tunnels, CONFIG_TUNNELS_MAX);
    for (size_t i = 0; i < config->n_tunnels; i++) {
        snprintf(rules.path, sizeof(rules.path), "tunnels[%zu]", i);
        config_check_tunnel(&rules, config->tunnels[i]);
    }
    config_check_certificate_checks(mistakes, config->certificate_checks);
    r = check_names(mistakes, config);
    if (r == 0)
        r = config_check_claims(mistakes, config);
    if (r < 0)
        return r;
    return mistakes->n + mistakes->omitted > before ? -EINVAL : 0;
}

int config_decode(struct bytes yaml, struct mistakes *mistakes, Bulkhead__V1__Config **ret_config,
                  struct tree **ret_tree)
{
    ProtobufCMessage *message;
    struct tree *tree;
    int r = proto_yaml_decode(yaml, &bulkhead__v1__config__descriptor, mistakes, &message, &tree);

    if (r < 0)
        return r;
    mistakes->tree = tree;
    r = config_validate((Bulkhead__V1__Config *)message, mistakes);
    mistakes->tree = NULL;
    if (r < 0) {
        protobuf_c_message_free_unpacked(message, NULL);
        tree_free(tree);
        return r;
    }
    *ret_config = (Bulkhead__V1__Config *)message;
    if (ret_tree)
        *ret_tree = tree;
    else
        tree_free(tree);
    return 0;
}
