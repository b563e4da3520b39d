#include "fw-d/policy_index.h"

#include <stdlib.h>

#define LEAF_POLICIES 8u

enum side { SIDE_REMOTE, SIDE_LOCAL, SIDE_COUNT };

// What the policies below a node lie within.
struct hull {
    struct range range[SIDE_COUNT];
    uint16_t ports[SIDE_COUNT][2];
    uint8_t protocols[2];
};

struct node {
    struct hull hull;
    size_t first; // the least of the ids below
};

struct policy_index {
    const struct policy *policies;
    uint32_t *ids; // sorted by address
    size_t n;
    struct node *nodes; // those below nodes[i] are nodes[2 * i + 1] and nodes[2 * i + 2]
    enum side major;    // what is sorted by first
};

static const struct selector *side_of(const struct policy *p, enum side side)
{
    return side == SIDE_REMOTE ? &p->remote : &p->local;
}

static int compare_numbers(unsigned a, unsigned b)
{
    return (a > b) - (a < b);
}

static int compare_ids(const void *a, const void *b, void *arg)
{
    const struct policy_index *index = arg;
    const struct policy *x = &index->policies[*(const uint32_t *)a], *y = &index->policies[*(const uint32_t *)b];
    enum side sides[] = {index->major, (enum side)(SIDE_LOCAL - index->major)};
    int r = 0;

    for (size_t i = 0; i < SIDE_COUNT && r == 0; i++)
        r = address_compare(&side_of(x, sides[i])->range.start, &side_of(y, sides[i])->range.start);
    if (r == 0)
        r = compare_numbers(x->local.protocol, y->local.protocol);
    for (size_t i = 0; i < SIDE_COUNT && r == 0; i++)
        r = compare_numbers(side_of(x, sides[i])->start_port, side_of(y, sides[i])->start_port);
    return r;
}

// How many of the sorted policies lie across others that start elsewhere, so that sorting by this side tells them apart
// badly.
static size_t count_crossing(const struct policy_index *index)
{
    const struct range *widest = NULL;
    size_t crossing = 0;

    for (size_t i = 0; i < index->n; i++) {
        const struct range *range = &side_of(&index->policies[index->ids[i]], index->major)->range;

        if (widest && address_compare(&range->start, &widest->end) <= 0 &&
            !address_equal(&range->start, &widest->start))
            crossing++;
        if (!widest || address_compare(&range->end, &widest->end) > 0)
            widest = range;
    }
    return crossing;
}

static void sort_ids(struct policy_index *index)
{
    size_t crossing;

    qsort_r(index->ids, index->n, sizeof(*index->ids), compare_ids, index);
    crossing = count_crossing(index);
    if (!crossing)
        return;
    index->major = SIDE_LOCAL;
    qsort_r(index->ids, index->n, sizeof(*index->ids), compare_ids, index);
    if (count_crossing(index) < crossing)
        return;
    index->major = SIDE_REMOTE;
    qsort_r(index->ids, index->n, sizeof(*index->ids), compare_ids, index);
}

static struct hull hull_of(const struct policy *p)
{
    struct hull hull = {.protocols = {p->local.protocol, p->local.protocol ? p->local.protocol : UINT8_MAX}};

    for (size_t i = 0; i < SIDE_COUNT; i++) {
        const struct selector *s = side_of(p, (enum side)i);

        hull.range[i] = s->range;
        hull.ports[i][0] = s->start_port;
        hull.ports[i][1] = s->end_port;
    }
    return hull;
}

static void hull_add(struct hull *hull, const struct hull *more)
{
    for (size_t i = 0; i < SIDE_COUNT; i++) {
        if (address_compare(&more->range[i].start, &hull->range[i].start) < 0)
            hull->range[i].start = more->range[i].start;
        if (address_compare(&more->range[i].end, &hull->range[i].end) > 0)
            hull->range[i].end = more->range[i].end;
        if (more->ports[i][0] < hull->ports[i][0])
            hull->ports[i][0] = more->ports[i][0];
        if (more->ports[i][1] > hull->ports[i][1])
            hull->ports[i][1] = more->ports[i][1];
    }
    if (more->protocols[0] < hull->protocols[0])
        hull->protocols[0] = more->protocols[0];
    if (more->protocols[1] > hull->protocols[1])
        hull->protocols[1] = more->protocols[1];
}

// Both families may lie in one hull, so addresses are compared, not ranges.
static bool hull_overlaps(const struct hull *a, const struct hull *b)
{
    for (size_t i = 0; i < SIDE_COUNT; i++) {
        if (address_compare(&a->range[i].start, &b->range[i].end) > 0 ||
            address_compare(&b->range[i].start, &a->range[i].end) > 0 || a->ports[i][0] > b->ports[i][1] ||
            b->ports[i][0] > a->ports[i][1])
            return false;
    }
    return a->protocols[0] <= b->protocols[1] && b->protocols[0] <= a->protocols[1];
}

static void fill_leaf(struct policy_index *index, struct node *node, size_t begin, size_t end)
{
    for (size_t i = begin; i < end; i++) {
        struct hull hull = hull_of(&index->policies[index->ids[i]]);

        if (i == begin) {
            *node = (struct node){.hull = hull, .first = index->ids[i]};
            continue;
        }
        hull_add(&node->hull, &hull);
        if (index->ids[i] < node->first)
            node->first = index->ids[i];
    }
}

static void fill_nodes(struct policy_index *index, size_t at, size_t begin, size_t end)
{
    size_t middle = begin + (end - begin) / 2, low = 2 * at + 1, high = low + 1;
    struct node *node = &index->nodes[at];

    if (end - begin <= LEAF_POLICIES) {
        fill_leaf(index, node, begin, end);
        return;
    }
    fill_nodes(index, low, begin, middle);
    fill_nodes(index, high, middle, end);
    *node = index->nodes[low];
    hull_add(&node->hull, &index->nodes[high].hull);
    if (index->nodes[high].first < node->first)
        node->first = index->nodes[high].first;
}

static size_t count_nodes(size_t n)
{
    size_t leaves = 1;

    for (; n > LEAF_POLICIES; n = n / 2 + n % 2)
        leaves *= 2;
    return 2 * leaves - 1;
}

struct policy_index *policy_index_new(const struct policy *policies, size_t n)
{
    struct policy_index *index = calloc(1, sizeof(*index));

    if (!index)
        return NULL;
    *index = (struct policy_index){.policies = policies, .n = n, .ids = calloc(n + 1, sizeof(*index->ids))};
    index->nodes = calloc(count_nodes(n), sizeof(*index->nodes));
    if (!index->ids || !index->nodes) {
        policy_index_free(index);
        return NULL;
    }
    for (size_t i = 0; i < n; i++)
        index->ids[i] = (uint32_t)i;
    sort_ids(index);
    if (n)
        fill_nodes(index, 0, 0, n);
    return index;
}

void policy_index_free(struct policy_index *index)
{
    if (!index)
        return;
    free(index->ids);
    free(index->nodes);
    free(index);
}

struct search {
    const struct policy_index *index;
    struct hull hull; // what is looked for lies within
    size_t before;    // only policies before this one count
    const struct policy *policy;
    const struct flow *flow; // instead of the policy: the first that matches
    policy_index_fn *visit;
    void *arg;
};

static void look_at(struct search *search, size_t id)
{
    const struct policy *p = &search->index->policies[id];

    if (id >= search->before)
        return;
    if (search->flow && policy_matches(p, search->flow))
        search->before = id; // from here on only those before it are of interest
    else if (search->policy && policy_overlaps(p, search->policy) && !search->visit(id, search->arg))
        search->before = 0;
}

static void descend(struct search *search, size_t at, size_t begin, size_t end)
{
    const struct node *node = &search->index->nodes[at];
    size_t middle = begin + (end - begin) / 2;

    if (node->first >= search->before || !hull_overlaps(&node->hull, &search->hull))
        return;
    if (end - begin <= LEAF_POLICIES) {
        for (size_t i = begin; i < end; i++)
            look_at(search, search->index->ids[i]);
        return;
    }
    descend(search, 2 * at + 1, begin, middle);
    descend(search, 2 * at + 2, middle, end);
}

static struct hull hull_of_flow(const struct flow *flow)
{
    return (struct hull){
        .range = {[SIDE_REMOTE] = {flow->remote, flow->remote}, [SIDE_LOCAL] = {flow->local, flow->local}},
        .ports = {[SIDE_REMOTE] = {flow->remote_port, flow->remote_port},
                  [SIDE_LOCAL] = {flow->local_port, flow->local_port}},
        .protocols = {flow->protocol, flow->protocol},
    };
}

const struct policy *policy_index_find(const struct policy_index *index, const struct flow *flow)
{
    struct search search = {.index = index, .hull = hull_of_flow(flow), .before = index->n, .flow = flow};

    if (index->n)
        descend(&search, 0, 0, index->n);
    return search.before < index->n ? &index->policies[search.before] : NULL;
}

void policy_index_walk(const struct policy_index *index, size_t id, policy_index_fn *visit, void *arg)
{
    const struct policy *p = &index->policies[id];
    struct search search = {.index = index, .hull = hull_of(p), .before = id, .policy = p, .visit = visit, .arg = arg};

    descend(&search, 0, 0, index->n);
}
