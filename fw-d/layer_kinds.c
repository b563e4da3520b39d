#include "fw-d/layer_kinds.h"

#include <errno.h>
#include <stdlib.h>

struct candidate {
    struct layer_kind kind;
    size_t n;
};

static struct layer_kind interval_kind(const struct policy *p)
{
    return (struct layer_kind){.family = p->local.range.start.family, .shape = layer_shape_of(p)};
}

// All that tells kinds of masks apart, in one number.
static uint64_t rank(const struct layer_kind *kind)
{
    uint64_t rank = kind->family;

    rank = rank << 8 | (uint64_t)kind->shape;
    rank = rank << 8 | kind->masks.remote_bits;
    rank = rank << 8 | kind->masks.local_bits;
    rank = rank << 8 | kind->masks.local_port_bits;
    return rank << 8 | kind->masks.remote_port_bits;
}

static int compare_kinds(const void *a, const void *b)
{
    uint64_t x = rank(&((const struct candidate *)a)->kind), y = rank(&((const struct candidate *)b)->kind);

    return (x > y) - (x < y);
}

// The family first, then those of most policies.
static int compare_counts(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;

    if (x->kind.family != y->kind.family)
        return x->kind.family - y->kind.family;
    return x->n == y->n ? compare_kinds(a, b) : (x->n < y->n) - (x->n > y->n);
}

bool layer_kind_equal(const struct layer_kind *a, const struct layer_kind *b)
{
    return a->family == b->family && a->shape == b->shape && a->is_masked == b->is_masked &&
           (!a->is_masked || masks_equal(&a->masks, &b->masks));
}

// Sorted ones of the same kind become one; returns how many kinds there are.
static size_t merge(struct candidate *candidates, size_t n)
{
    size_t kinds = 0;

    for (size_t i = 0; i < n; i++) {
        if (kinds && layer_kind_equal(&candidates[kinds - 1].kind, &candidates[i].kind))
            candidates[kinds - 1].n++;
        else
            candidates[kinds++] = candidates[i];
    }
    return kinds;
}

static void take_most(struct layer_kinds *kinds, struct candidate *candidates, size_t n, size_t masked_min)
{
    size_t of_family[2] = {0, 0};

    qsort(candidates, n, sizeof(*candidates), compare_counts);
    for (size_t i = 0; i < n; i++) {
        size_t *taken = &of_family[candidates[i].kind.family == 6];

        if (candidates[i].n < masked_min || *taken == FW_MASKED_KINDS_MAX)
            continue;
        kinds->masked[kinds->n++] = candidates[i].kind;
        ++*taken;
    }
}

int layer_kinds_choose(const struct policy *policies, size_t n, size_t masked_min, struct layer_kinds *ret_kinds)
{
    struct candidate *candidates;
    size_t found = 0;

    ret_kinds->n = 0;
    if (n < masked_min)
        return 0;
    candidates = calloc(n + 1, sizeof(*candidates));
    if (!candidates)
        return -ENOMEM;
    for (size_t i = 0; i < n; i++) {
        struct candidate candidate = {.kind = interval_kind(&policies[i]), .n = 1};

        candidate.kind.is_masked = true;
        if (masks_of(&policies[i], &candidate.kind.masks))
            candidates[found++] = candidate;
    }
    qsort(candidates, found, sizeof(*candidates), compare_kinds);
    take_most(ret_kinds, candidates, merge(candidates, found), masked_min);
    free(candidates);
    return 0;
}

struct layer_kind layer_kinds_find(const struct layer_kinds *kinds, const struct policy *p)
{
    struct layer_kind interval = interval_kind(p), masked = interval;

    masked.is_masked = true;
    if (!kinds->n || !masks_of(p, &masked.masks))
        return interval;
    for (size_t i = 0; i < kinds->n; i++) {
        if (layer_kind_equal(&kinds->masked[i], &masked))
            return masked;
    }
    return interval;
}
