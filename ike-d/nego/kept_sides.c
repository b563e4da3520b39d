#include "ike-d/nego/kept_sides.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

// Both lists are one piece of memory, the local one first.
int kept_sides_set(struct kept_sides *kept, const struct selector_sides *sides)
{
    size_t n = (size_t)sides->local.n + sides->remote.n;
    struct selector *s = malloc((n ? n : 1) * sizeof(*s));
    if (!s) {
        return -ENOMEM;
    }
    memcpy(s, sides->local.s, sides->local.n * sizeof(*s));
    memcpy(s + sides->local.n, sides->remote.s, sides->remote.n * sizeof(*s));
    kept_sides_drop(kept);
    kept->local = (struct kept_list){.n = sides->local.n, .s = s};
    kept->remote = (struct kept_list){.n = sides->remote.n, .s = s + sides->local.n};
    return 0;
}

void kept_sides_get(const struct kept_sides *kept, struct selector_sides *ret_sides)
{
    ret_sides->local.n = kept->local.n;
    ret_sides->remote.n = kept->remote.n;
    memcpy(ret_sides->local.s, kept->local.s, kept->local.n * sizeof(*kept->local.s));
    memcpy(ret_sides->remote.s, kept->remote.s, kept->remote.n * sizeof(*kept->remote.s));
}

void kept_sides_drop(struct kept_sides *kept)
{
    free(kept->local.s);
    *kept = (struct kept_sides){0};
}

static bool lists_overlap(const struct kept_list *a, const struct kept_list *b)
{
    for (unsigned i = 0; i < a->n; i++) {
        for (unsigned j = 0; j < b->n; j++) {
            if (selector_overlaps(&a->s[i], &b->s[j])) {
                return true;
            }
        }
    }
    return false;
}

bool kept_sides_overlap(const struct kept_sides *a, const struct kept_sides *b)
{
    return lists_overlap(&a->local, &b->local) && lists_overlap(&a->remote, &b->remote);
}
