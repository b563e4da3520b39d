#include "ike-d/nego/narrow.h"

#include <errno.h>
#include <stdio.h>

// Adds a selector that none in the list covers yet. False when the list is full.
static bool add(struct selector_list *list, const struct selector *s)
{
    for (unsigned i = 0; i < list->n; i++)
        if (selector_covers(&list->s[i], s))
            return true;
    if (list->n == WIRE_SELECTORS_MAX)
        return false;
    list->s[list->n++] = *s;
    return true;
}

int narrow_offer(const struct selector_pair *policies, unsigned policies_n, const struct selector_pair *packet,
                 struct selector_sides *ret_sides)
{
    struct selector_sides *sides = ret_sides;

    if (policies_n == 0)
        return -EINVAL;
    sides->local.n = sides->remote.n = 0;
    if (packet) {
        sides->local.s[sides->local.n++] = packet->local;
        sides->remote.s[sides->remote.n++] = packet->remote;
    }
    for (unsigned i = 0; i < policies_n; i++)
        if (!add(&sides->local, &policies[i].local) || !add(&sides->remote, &policies[i].remote))
            return -ENOSPC;
    return 0;
}

static bool overlaps_any(const struct selector_list *list, const struct selector *s)
{
    for (unsigned i = 0; i < list->n; i++)
        if (selector_overlaps(&list->s[i], s))
            return true;
    return false;
}

// One of the peer's selectors against all policies: what both have, where the policy's other side is wanted too.
static void take(const struct selector_pair *policies, unsigned policies_n, const struct selector *wanted, bool local,
                 const struct selector_sides *peer, struct selector_list *list)
{
    for (unsigned i = 0; i < policies_n; i++) {
        const struct selector *this_side = local ? &policies[i].local : &policies[i].remote;
        const struct selector *other_side = local ? &policies[i].remote : &policies[i].local;
        struct selector both;

        if (selector_intersect(wanted, this_side, &both) &&
            overlaps_any(local ? &peer->remote : &peer->local, other_side))
            add(list, &both);
    }
}

// Leaves out what another one covers, a packet's own selector above all.
static void prune(struct selector_list *list)
{
    unsigned kept = 0;

    for (unsigned i = 0; i < list->n; i++) {
        bool covered = false;

        // of equal ones there is only one, by add()
        for (unsigned j = 0; j < list->n && !covered; j++)
            covered = j != i && selector_covers(&list->s[j], &list->s[i]);
        if (!covered)
            list->s[kept++] = list->s[i];
    }
    list->n = kept;
}

static bool is_covered(const struct selector_list *by, const struct selector *s)
{
    for (unsigned i = 0; i < by->n; i++)
        if (selector_covers(&by->s[i], s))
            return true;
    return false;
}

static bool covers_all(const struct selector_list *outer, const struct selector_list *inner)
{
    for (unsigned i = 0; i < inner->n; i++)
        if (!is_covered(outer, &inner->s[i]))
            return false;
    return true;
}

bool narrow_choose(const struct selector_pair *policies, unsigned policies_n, const struct selector_sides *peer,
                   struct selector_sides *ret_sides, bool *ret_narrower)
{
    ret_sides->local.n = ret_sides->remote.n = 0;
    for (unsigned i = 0; i < peer->local.n; i++)
        take(policies, policies_n, &peer->local.s[i], true, peer, &ret_sides->local);
    for (unsigned i = 0; i < peer->remote.n; i++)
        take(policies, policies_n, &peer->remote.s[i], false, peer, &ret_sides->remote);
    if (ret_sides->local.n == 0 || ret_sides->remote.n == 0)
        return false;
    prune(&ret_sides->local);
    prune(&ret_sides->remote);
    *ret_narrower = !covers_all(&ret_sides->local, &peer->local) || !covers_all(&ret_sides->remote, &peer->remote);
    return true;
}

bool narrow_is_within(const struct selector_sides *answer, const struct selector_sides *offered)
{
    return answer->local.n > 0 && answer->remote.n > 0 && covers_all(&offered->local, &answer->local) &&
           covers_all(&offered->remote, &answer->remote);
}

char *narrow_format_list(const struct selector *selectors, unsigned n, char *out, size_t out_size)
{
    char text[SELECTOR_TEXT_MAX];
    size_t used = 0;

    if (out_size)
        out[0] = '\0';
    for (unsigned i = 0; i < n && used < out_size; i++)
        used += (size_t)snprintf(out + used, out_size - used, "%s%s", used ? " " : "",
                                 selector_format(&selectors[i], text, sizeof(text)));
    return out;
}

char *narrow_format(const struct selector_sides *sides, char *out, size_t out_size)
{
    char local[1024];
    char remote[1024];

    snprintf(out, out_size, "%s === %s", narrow_format_list(sides->local.s, sides->local.n, local, sizeof(local)),
             narrow_format_list(sides->remote.s, sides->remote.n, remote, sizeof(remote)));
    return out;
}

char *narrow_format_policies(const struct selector_pair *policies, unsigned policies_n, char *out, size_t out_size)
{
    char local[SELECTOR_TEXT_MAX];
    char remote[SELECTOR_TEXT_MAX];
    size_t used = 0;

    if (out_size)
        out[0] = '\0';
    for (unsigned i = 0; i < policies_n && used < out_size; i++)
        used += (size_t)snprintf(out + used, out_size - used, "%s%s === %s", used ? ", " : "",
                                 selector_format(&policies[i].local, local, sizeof(local)),
                                 selector_format(&policies[i].remote, remote, sizeof(remote)));
    return out;
}
