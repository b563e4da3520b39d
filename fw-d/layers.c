#include "fw-d/layers.h"

#include <errno.h>
#include <stdlib.h>

#include "fw-d/fw_limits.h"

// Only policies of one cluster (their remote ranges, then their local ranges, chain together) can overlap, so only
// these are compared with one another: the many tunnels of a hub are clusters of one.
enum side { SIDE_REMOTE, SIDE_LOCAL, SIDE_COUNT };

struct compile {
    const struct policy *policies;
    size_t *ids;      // a permutation of the policies' indices
    size_t *layer_of; // the layer of each policy placed so far
    struct layers *layers;
    enum side side; // what is being sorted by
    size_t culprit;
};

#define SHADOWED SIZE_MAX

static const struct range *side_of(const struct policy *p, enum side side)
{
    return side == SIDE_REMOTE ? &p->remote.range : &p->local.range;
}

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

// The first layer from `from` on that can take the policy; a new one at the end when there is none.
static int find_layer(struct layers *layers, const struct policy *p, size_t from, size_t *ret_index)
{
    uint8_t family = p->local.range.start.family;
    size_t same_family = 0;

    for (size_t i = 0; i < layers->n; i++) {
        if (layers->layers[i].family != family)
            continue;
        same_family++;
        if (i >= from && layers->layers[i].shape == layer_shape_of(p)) {
            *ret_index = i;
            return 0;
        }
    }
    if (same_family == FW_LAYERS_MAX)
        return -E2BIG;
    layers->layers[layers->n] = (struct layer){.family = family, .shape = layer_shape_of(p)};
    *ret_index = layers->n++;
    return 0;
}

// ids: earlier members of the policy's cluster.
static int place_policy(struct compile *c, size_t id, const size_t *ids, size_t n)
{
    const struct policy *p = &c->policies[id];
    size_t from = 0;
    int r;

    for (size_t i = 0; i < n; i++) {
        const struct policy *earlier = &c->policies[ids[i]];
        size_t layer = c->layer_of[ids[i]];

        if (layer == SHADOWED || !policy_overlaps(earlier, p))
            continue;
        if (policy_covers(earlier, p)) {
            c->layer_of[id] = SHADOWED;
            c->layers->shadowed++;
            return 0;
        }
        if (layer + 1 > from)
            from = layer + 1;
    }
    c->culprit = id;
    r = find_layer(c->layers, p, from, &c->layer_of[id]);
    return r < 0 ? r : append_policy(&c->layers->layers[c->layer_of[id]], p);
}

static int compare_ids(const void *a, const void *b)
{
    size_t x = *(const size_t *)a, y = *(const size_t *)b;

    return (x > y) - (x < y);
}

static int compare_starts(const void *a, const void *b, void *arg)
{
    const struct compile *c = arg;

    return address_compare(&side_of(&c->policies[*(const size_t *)a], c->side)->start,
                           &side_of(&c->policies[*(const size_t *)b], c->side)->start);
}

static int place_cluster(struct compile *c, size_t *ids, size_t n)
{
    int r = 0;

    qsort(ids, n, sizeof(*ids), compare_ids);
    for (size_t i = 0; i < n && r == 0; i++)
        r = place_policy(c, ids[i], ids, i);
    return r;
}

// How many of the sorted policies chain together from the first on.
static size_t cluster_size(const struct compile *c, const size_t *ids, size_t n, enum side side)
{
    const struct address *end = &side_of(&c->policies[ids[0]], side)->end;
    size_t i;

    for (i = 1; i < n; i++) {
        const struct range *range = side_of(&c->policies[ids[i]], side);

        if (address_compare(&range->start, end) > 0)
            break;
        if (address_compare(&range->end, end) > 0)
            end = &range->end;
    }
    return i;
}

static int split(struct compile *c, size_t *ids, size_t n, enum side side)
{
    int r = 0;

    if (side == SIDE_COUNT || n == 1)
        return place_cluster(c, ids, n);
    c->side = side;
    qsort_r(ids, n, sizeof(*ids), compare_starts, c);
    for (size_t done = 0, size; done < n && r == 0; done += size) {
        size = cluster_size(c, ids + done, n - done, side);
        r = split(c, ids + done, size, side + 1);
    }
    return r;
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

int layers_compile(const struct policy *policies, size_t n, struct layers **ret_layers, size_t *ret_culprit)
{
    struct compile c = {.policies = policies, .ids = calloc(n + 1, sizeof(size_t)), .layers = layers_new()};
    int r = -ENOMEM;

    c.layer_of = calloc(n + 1, sizeof(size_t));
    if (!c.ids || !c.layers || !c.layer_of)
        goto out;
    for (size_t i = 0; i < n; i++)
        c.ids[i] = i;
    r = n ? split(&c, c.ids, n, SIDE_REMOTE) : 0;
    if (r == 0) {
        *ret_layers = c.layers;
        c.layers = NULL;
    } else {
        *ret_culprit = c.culprit;
    }
out:
    layers_free(c.layers);
    free(c.ids);
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
