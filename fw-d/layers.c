#include "fw-d/layers.h"

#include <errno.h>
#include <stdlib.h>

#include "fw-d/fw_limits.h"
#include "fw-d/layer_kinds.h"
#include "fw-d/policy_index.h"

struct compile {
    const struct policy *policies;
    size_t n;
    struct layer_kinds kinds;
    struct policy_index *index;
    size_t *layer_of; // the layer of each policy placed so far
    struct layers *layers;
};

#define SHADOWED SIZE_MAX

enum layer_shape layer_shape_of(const struct policy *p)
{
    if (p->local.start_port || p->local.end_port != UINT16_MAX || p->remote.start_port ||
        p->remote.end_port != UINT16_MAX)
        return protocol_is_icmp(p->local.protocol) ? LAYER_ICMP : LAYER_PORTS;
    return p->local.protocol ? LAYER_PROTOCOL : LAYER_ADDRESSES;
}

static int append_policy(struct layer *layer, const struct policy *p)
{
    if (layer->n == layer->size) {
        size_t size = layer->size ? 2 * layer->size : 8;
        struct policy *more = reallocarray(layer->policies, size, sizeof(*more));

        if (!more)
            return -ENOMEM;
        layer->policies = more;
        layer->size = size;
    }
    layer->policies[layer->n++] = *p;
    return 0;
}

// The first layer from `from` on that can take the kind; a new one at the end when there is none.
static int find_layer(struct layers *layers, const struct layer_kind *kind, size_t from, size_t *ret_index)
{
    size_t same_family = 0;

    for (size_t i = 0; i < layers->n; i++) {
        if (layers->layers[i].kind.family != kind->family)
            continue;
        same_family++;
        if (i >= from && layer_kind_equal(&layers->layers[i].kind, kind)) {
            *ret_index = i;
            return 0;
        }
    }
    if (same_family == FW_LAYERS_MAX)
        return -E2BIG;
    layers->layers[layers->n] = (struct layer){.kind = *kind};
    *ret_index = layers->n++;
    return 0;
}

struct place {
    const struct compile *compile;
    const struct policy *policy;
    size_t from; // SHADOWED: an earlier one covers it
};

static bool on_overlap(size_t id, void *arg)
{
    struct place *place = arg;
    size_t layer = place->compile->layer_of[id];

    if (layer == SHADOWED)
        return true;
    if (policy_covers(&place->compile->policies[id], place->policy))
        place->from = SHADOWED;
    else if (layer + 1 > place->from)
        place->from = layer + 1;
    return place->from != SHADOWED;
}

static int place_policy(struct compile *c, size_t id)
{
    const struct policy *p = &c->policies[id];
    struct layer_kind kind = layer_kinds_find(&c->kinds, p);
    struct place place = {.compile = c, .policy = p};
    int r;

    policy_index_walk(c->index, id, on_overlap, &place);
    if (place.from == SHADOWED) {
        c->layer_of[id] = SHADOWED;
        c->layers->shadowed++;
        return 0;
    }
    r = find_layer(c->layers, &kind, place.from, &c->layer_of[id]);
    return r < 0 ? r : append_policy(&c->layers->layers[c->layer_of[id]], p);
}

static struct layers *layers_new(void)
{
    struct layers *layers = calloc(1, sizeof(*layers));

    if (!layers)
        return NULL;
    layers->layers = calloc((size_t)2 * FW_LAYERS_MAX, sizeof(*layers->layers)); // both families
    if (!layers->layers) {
        free(layers);
        return NULL;
    }
    return layers;
}

static int place_all(struct compile *c, size_t *ret_culprit)
{
    int r = 0;

    layers_free(c->layers);
    c->layers = layers_new();
    if (!c->layers)
        return -ENOMEM;
    for (size_t id = 0; id < c->n && r == 0; id++) {
        r = place_policy(c, id);
        if (r == -E2BIG)
            *ret_culprit = id;
    }
    return r;
}

int layers_compile(const struct policy *policies, size_t n, size_t masked_min, struct layers **ret_layers,
                   size_t *ret_culprit)
{
    struct compile c = {.policies = policies, .n = n, .index = policy_index_new(policies, n)};
    int r = -ENOMEM;

    c.layer_of = calloc(n + 1, sizeof(size_t));
    if (c.index && c.layer_of)
        r = layer_kinds_choose(policies, n, masked_min, &c.kinds);
    if (r == 0)
        r = place_all(&c, ret_culprit);
    if (r == -E2BIG && c.kinds.n) { // fewer kinds need fewer layers
        c.kinds.n = 0;
        r = place_all(&c, ret_culprit);
    }
    if (r == 0) {
        *ret_layers = c.layers;
        c.layers = NULL;
    }
    layers_free(c.layers);
    policy_index_free(c.index);
    free(c.layer_of);
    return r;
}

void layers_free(struct layers *layers)
{
    if (!layers)
        return;
    for (size_t i = 0; i < layers->n; i++)
        free(layers->layers[i].policies);
    free(layers->layers);
    free(layers);
}

size_t layers_count(const struct layers *layers)
{
    size_t n = 0;

    for (size_t i = 0; i < layers->n; i++)
        n += layers->layers[i].n;
    return n;
}
