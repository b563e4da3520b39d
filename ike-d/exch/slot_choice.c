#include "ike-d/exch/slot_choice.h"

enum fit { FIT_NONE, FIT_SOME, FIT_ALL, FIT_SAME };

static bool stands_on(const struct child_slot *slot, const struct ike_sa *sa)
{
    for (const struct child_sa *child = sa ? sa->children : NULL; child; child = child->next) {
        if (child->slot == slot && child->state == CHILD_SA_STATE_ESTABLISHED) {
            return true;
        }
    }
    return false;
}

static enum fit fit_of(const struct child_config *config, const struct selector_sides *theirs,
                       struct selector_sides *ret_sides)
{
    struct selector_sides whole;
    bool narrower;
    if (!narrow_choose(config->pairs, config->pairs_n, theirs, ret_sides, &narrower)) {
        return FIT_NONE;
    }
    if (narrower) {
        return FIT_SOME;
    }
    bool same = narrow_offer(config->pairs, config->pairs_n, NULL, &whole) == 0 && narrow_is_within(&whole, theirs);
    return same ? FIT_SAME : FIT_ALL;
}

// RFC 7296 2.9: the first selectors are what the peer's packet needs.
static bool has_first(const struct child_config *config, const struct selector_sides *theirs)
{
    for (unsigned i = 0; i < config->pairs_n; i++) {
        if (selector_overlaps(&config->pairs[i].local, &theirs->local.s[0]) &&
            selector_overlaps(&config->pairs[i].remote, &theirs->remote.s[0])) {
            return true;
        }
    }
    return false;
}

struct child_slot *slot_choice_find(struct slot_choice *choice, const struct selector_sides *theirs,
                                    struct selector_sides *ret_sides)
{
    int best_rank = 0;
    if (choice->keep && fit_of(choice->keep->config, theirs, ret_sides) != FIT_NONE) {
        return choice->found = choice->keep;
    }
    for (unsigned i = 0; i < choice->tunnel->slots_n; i++) {
        struct child_slot *slot = &choice->tunnel->slots[i];
        struct selector_sides sides;
        enum fit fit = fit_of(slot->config, theirs, &sides);
        if (fit == FIT_NONE) {
            continue;
        }
        bool stands = stands_on(slot, choice->sa);
        int rank = 4 * (int)fit + 2 * !stands + has_first(slot->config, theirs);
        choice->others = choice->others || (choice->found && (rank > best_rank ? !choice->stands : !stands));
        if (rank > best_rank) {
            choice->found = slot;
            choice->some = fit == FIT_SOME;
            choice->stands = stands;
            best_rank = rank;
            *ret_sides = sides;
        }
    }
    return choice->found;
}

bool slot_choice_is_unclear(const struct slot_choice *choice, const struct selector_sides *theirs)
{
    return choice->some && choice->stands && !choice->found->config->shared &&
           (theirs->local.n > 1 || theirs->remote.n > 1);
}
