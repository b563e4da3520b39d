#include "api-d/packed_config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int pack_rest(const Bulkhead__V1__Config *config, struct packed_config *packed)
{
    Bulkhead__V1__Config rest = *config;

    rest.n_tunnels = 0;
    rest.tunnels = NULL;
    packed->rest_n = bulkhead__v1__config__get_packed_size(&rest);
    packed->rest = malloc(packed->rest_n + 1);
    if (!packed->rest)
        return -ENOMEM;
    bulkhead__v1__config__pack(&rest, packed->rest);
    return 0;
}

static size_t bytes_of_tunnel(const Bulkhead__V1__Tunnel *tunnel)
{
    return strlen(tunnel->name) + 1 + bulkhead__v1__tunnel__get_packed_size(tunnel);
}

static int pack_tunnels(const Bulkhead__V1__Config *config, struct packed_config *packed)
{
    size_t bytes = 0;

    packed->end = calloc(config->n_tunnels + 1, sizeof(*packed->end));
    if (!packed->end)
        return -ENOMEM;
    for (size_t i = 0; i < config->n_tunnels; i++)
        packed->end[i] = bytes += bytes_of_tunnel(config->tunnels[i]);
    packed->tunnels = malloc(bytes + 1);
    if (!packed->tunnels)
        return -ENOMEM;
    bytes = 0;
    for (size_t i = 0; i < config->n_tunnels; i++) {
        size_t name_n = strlen(config->tunnels[i]->name) + 1;

        memcpy(packed->tunnels + bytes, config->tunnels[i]->name, name_n);
        bulkhead__v1__tunnel__pack(config->tunnels[i], packed->tunnels + bytes + name_n);
        bytes = packed->end[i];
    }
    packed->tunnels_n = config->n_tunnels;
    return 0;
}

int packed_config_make(const Bulkhead__V1__Config *config, struct packed_config *ret_packed)
{
    struct packed_config packed = {0};
    int err = pack_rest(config, &packed);

    if (!err)
        err = pack_tunnels(config, &packed);
    if (err < 0)
        packed_config_done(&packed);
    else
        *ret_packed = packed;
    return err;
}

void packed_config_done(struct packed_config *packed)
{
    free(packed->end);
    free(packed->tunnels);
    free(packed->rest);
    *packed = (struct packed_config){0};
}

static const char *name_at(const struct packed_config *packed, size_t i)
{
    return (const char *)packed->tunnels + (i ? packed->end[i - 1] : 0);
}

static Bulkhead__V1__Tunnel *unpack_at(const struct packed_config *packed, size_t i, ProtobufCAllocator *allocator)
{
    const uint8_t *from = (const uint8_t *)name_at(packed, i) + strlen(name_at(packed, i)) + 1;

    return bulkhead__v1__tunnel__unpack(allocator, (size_t)(packed->tunnels + packed->end[i] - from), from);
}

// Its place, or tunnels_n.
static size_t find(const struct packed_config *packed, const char *name)
{
    size_t i = 0;

    while (i < packed->tunnels_n && strcmp(name_at(packed, i), name) != 0)
        i++;
    return i;
}

bool packed_config_has(const struct packed_config *packed, const char *name)
{
    return find(packed, name) < packed->tunnels_n;
}

Bulkhead__V1__Tunnel *packed_config_find(const struct packed_config *packed, const char *name)
{
    size_t i = find(packed, name);

    return i < packed->tunnels_n ? unpack_at(packed, i, NULL) : NULL;
}

Bulkhead__V1__Config *packed_config_unpack(const struct packed_config *packed, struct arena *arena)
{
    Bulkhead__V1__Config *config = bulkhead__v1__config__unpack(&arena->allocator, packed->rest_n, packed->rest);

    if (!config || !packed->tunnels_n)
        return config;
    config->tunnels = arena_take(arena, packed->tunnels_n * sizeof(*config->tunnels));
    if (!config->tunnels)
        return NULL;
    for (size_t i = 0; i < packed->tunnels_n; i++) {
        config->tunnels[i] = unpack_at(packed, i, &arena->allocator);
        if (!config->tunnels[i])
            return NULL;
    }
    config->n_tunnels = packed->tunnels_n;
    return config;
}
