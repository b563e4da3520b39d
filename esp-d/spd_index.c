#include "esp-d/spd_index.h"

#include <stdlib.h>

#define NONE UINT32_MAX

// How long the prefixes of a policy are; what they have in common.
struct shape {
    uint8_t family;
    uint8_t local_bits;
    uint8_t remote_bits;
};

struct group {
    struct shape shape;
    uint32_t n;
    uint32_t first;   // lowest number of a policy in it
    uint32_t mask;    // slots less one
    uint32_t slot_at; // its part of the slots
};

struct spd_index {
    unsigned n;
    unsigned groups_n;
    unsigned walked_n;
    struct group *groups; // by rising first policy
    uint32_t *slots;      // number of a slot's first policy; NONE
    uint32_t *next;       // of each policy: the next one of its slot, by rising number
    uint32_t *walked;     // policies without a shape
};

static unsigned width_of(uint8_t family)
{
    return family == 4 ? 32 : 128;
}

// An address without the bits behind the prefix; 0 bits: nothing.
static address_key cut(address_key key, uint8_t family, uint8_t bits)
{
    return bits ? key >> (width_of(family) - bits) : 0;
}

// -1: the range is no prefix.
static int prefix_bits(const struct filter *f)
{
    address_key host = f->start ^ f->end; // all ones behind a prefix
    unsigned free_bits = 0;

    if ((host & (host + 1)) || (f->start & host))
        return -1;
    for (; host; host >>= 1)
        free_bits++;
    return (int)(width_of(f->family) - free_bits);
}

static bool shape_of(const struct policy *p, struct shape *ret_shape)
{
    int local = prefix_bits(&p->local), remote = prefix_bits(&p->remote);

    if (local < 0 || remote < 0)
        return false;
    *ret_shape = (struct shape){p->local.family, (uint8_t)local, (uint8_t)remote};
    return true;
}

static uint32_t hash_pair(const struct shape *shape, address_key local, address_key remote)
{
    uint64_t h = 0x9e3779b97f4a7c15u;

    local = cut(local, shape->family, shape->local_bits);
    remote = cut(remote, shape->family, shape->remote_bits);
    h = (h ^ (uint64_t)local ^ (uint64_t)(local >> 64)) * 0xff51afd7ed558ccdu;
    h = (h ^ (h >> 32) ^ (uint64_t)remote ^ (uint64_t)(remote >> 64)) * 0xc4ceb9fe1a85ec53u;
    return (uint32_t)(h >> 32);
}

static struct group *find_group(const struct spd_index *index, const struct shape *shape)
{
    for (unsigned i = 0; i < index->groups_n; i++) {
        const struct shape *s = &index->groups[i].shape;

        if (s->family == shape->family && s->local_bits == shape->local_bits && s->remote_bits == shape->remote_bits)
            return &index->groups[i];
    }
    return NULL;
}

// -1 without memory.
static int count_policy(struct spd_index *index, const struct policy *p, uint32_t number)
{
    struct shape shape;
    struct group *group, *more;

    if (!shape_of(p, &shape)) {
        index->walked[index->walked_n++] = number;
        return 0;
    }
    group = find_group(index, &shape);
    if (!group) {
        more = reallocarray(index->groups, index->groups_n + 1, sizeof(*more));
        if (!more)
            return -1;
        index->groups = more;
        group = &more[index->groups_n++];
        *group = (struct group){.shape = shape, .first = number};
    }
    group->n++;
    return 0;
}

// Room for each group's slots, twice its policies at least. -1 without memory.
static int make_slots(struct spd_index *index)
{
    uint32_t total = 0;

    for (unsigned i = 0; i < index->groups_n; i++) {
        struct group *group = &index->groups[i];
        uint32_t slots = 2;

        while (slots < 2 * group->n)
            slots *= 2;
        group->mask = slots - 1;
        group->slot_at = total;
        total += slots;
    }
    index->slots = malloc((total + 1) * sizeof(*index->slots));
    if (!index->slots)
        return -1;
    for (uint32_t i = 0; i < total; i++)
        index->slots[i] = NONE;
    return 0;
}

static void link_policy(struct spd_index *index, const struct policy *p, uint32_t number)
{
    const struct group *group;
    struct shape shape;
    uint32_t *slot;

    if (!shape_of(p, &shape))
        return;
    group = find_group(index, &shape);
    slot = &index->slots[group->slot_at + (hash_pair(&shape, p->local.start, p->remote.start) & group->mask)];
    index->next[number] = *slot;
    *slot = number;
}

static int build(struct spd_index *index, const struct policy *policies)
{
    index->next = malloc((index->n + 1) * sizeof(*index->next));
    index->walked = malloc((index->n + 1) * sizeof(*index->walked));
    if (!index->next || !index->walked)
        return -1;
    for (uint32_t i = 0; i < index->n; i++) {
        if (count_policy(index, &policies[i], i))
            return -1;
    }
    if (make_slots(index))
        return -1;
    for (uint32_t i = index->n; i-- > 0;) // so that the lowest number comes first
        link_policy(index, &policies[i], i);
    return 0;
}

static void shrink_walked(struct spd_index *index)
{
    uint32_t *less = realloc(index->walked, (index->walked_n + 1) * sizeof(*less));

    if (less)
        index->walked = less;
}

struct spd_index *spd_index_new(const struct policy *policies, unsigned n)
{
    struct spd_index *index = calloc(1, sizeof(*index));

    if (!index)
        return NULL;
    index->n = n;
    if (build(index, policies)) {
        spd_index_free(index);
        return NULL;
    }
    shrink_walked(index);
    return index;
}

void spd_index_free(struct spd_index *index)
{
    if (!index)
        return;
    free(index->groups);
    free(index->slots);
    free(index->next);
    free(index->walked);
    free(index);
}

static bool matches(const struct policy *p, const struct flow *flow, enum filter_direction direction)
{
    return filter_matches(&p->local, &p->remote, flow, direction);
}

unsigned spd_index_find(const struct spd_index *index, const struct policy *policies, const struct flow *flow,
                        enum filter_direction direction)
{
    address_key local = direction == FILTER_OUTBOUND ? flow->source : flow->destination;
    address_key remote = direction == FILTER_OUTBOUND ? flow->destination : flow->source;
    uint32_t best = index->n;

    for (unsigned i = 0; i < index->groups_n && index->groups[i].first < best; i++) {
        const struct group *group = &index->groups[i];
        uint32_t number;

        if (group->shape.family != flow->family)
            continue;
        number = index->slots[group->slot_at + (hash_pair(&group->shape, local, remote) & group->mask)];
        while (number < best && !matches(&policies[number], flow, direction))
            number = index->next[number];
        best = number < best ? number : best;
    }
    for (unsigned i = 0; i < index->walked_n && index->walked[i] < best; i++) {
        if (matches(&policies[index->walked[i]], flow, direction))
            best = index->walked[i];
    }
    return best;
}
