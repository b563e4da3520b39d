#include "pki-d/bindings.h"

#include <errno.h>
#include <stdlib.h>

#include "lib/core/hmap.h"
#include "pki-d/store.h"

struct bindings {
    struct hmap *current;
    struct hmap *pending; // NULL between generations
    uint64_t pending_generation;
};

static void free_all(struct hmap *map)
{
    size_t cursor = 0;
    struct binding *binding;

    if (!map)
        return;
    while ((binding = hmap_next(map, &cursor)))
        free(binding);
    hmap_free(map);
}

struct bindings *bindings_new(void)
{
    struct bindings *bindings = calloc(1, sizeof(*bindings));

    if (!bindings)
        return NULL;
    bindings->current = hmap_new();
    if (!bindings->current) {
        free(bindings);
        return NULL;
    }
    return bindings;
}

void bindings_free(struct bindings *bindings)
{
    if (!bindings)
        return;
    free_all(bindings->current);
    free_all(bindings->pending);
    free(bindings);
}

int bindings_begin_page(struct bindings *bindings, uint64_t generation)
{
    if (bindings->pending && bindings->pending_generation == generation)
        return 0;
    bindings_abort(bindings);
    bindings->pending = hmap_new();
    if (!bindings->pending)
        return -ENOMEM;
    bindings->pending_generation = generation;
    return 0;
}

int bindings_add(struct bindings *bindings, const struct binding *binding)
{
    struct binding *copy;
    int r;

    if (!store_name_is_valid(bytes_of_str(binding->tunnel)) || !store_name_is_valid(bytes_of_str(binding->secret)))
        return -EINVAL;
    if (hmap_count(bindings->pending) >= PKI_BINDINGS_MAX)
        return -E2BIG;
    copy = malloc(sizeof(*copy));
    if (!copy)
        return -ENOMEM;
    *copy = *binding;
    r = hmap_put(bindings->pending, bytes_of_str(copy->tunnel), copy);
    if (r < 0)
        free(copy);
    return r;
}

void bindings_commit(struct bindings *bindings)
{
    free_all(bindings->current);
    bindings->current = bindings->pending;
    bindings->pending = NULL;
}

void bindings_abort(struct bindings *bindings)
{
    free_all(bindings->pending);
    bindings->pending = NULL;
}

const struct binding *bindings_find(const struct bindings *bindings, struct bytes tunnel)
{
    return hmap_find(bindings->current, tunnel);
}

const struct binding *bindings_next(const struct bindings *bindings, size_t *cursor)
{
    return hmap_next(bindings->current, cursor);
}
