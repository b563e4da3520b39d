#include "ike-d/exch/slot_choice.h"

#include "ike-d/sa/ike_sa.h"

enum fit { FIT_NONE, FIT_SOME, FIT_ALL, FIT_SAME };

static bool has_established(const struct child_slot *slot)
{
    for (const struct ike_sa *sa = slot->tunnel->sas; sa; sa = sa->tunnel_next) {
        for (const struct child_sa *child = sa->children; child; child = child->next) {
            if (child->slot == slot && child->state == CHILD_SA_STATE_ESTABLISHED) {
                return true;
            }
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

struct child_slot *slot_choice_find(struct tunnel *tunnel, const struct selector_sides *theirs, struct child_slot *keep,
                                    struct selector_sides *ret_sides)
{
    struct child_slot *best = NULL;
    int best_rank = 0;
    if (keep && fit_of(keep->config, theirs, ret_sides) != FIT_NONE) {
        return keep;
    }
    for (unsigned i = 0; i < tunnel->slots_n; i++) {
        struct child_slot *slot = &tunnel->slots[i];
        struct selector_sides sides;
        enum fit fit = fit_of(slot->config, theirs, &sides);
        int rank = fit == FIT_NONE ? 0 : 2 * (int)fit + !has_established(slot);
        if (rank > best_rank) {
            best = slot;
            best_rank = rank;
            *ret_sides = sides;
        }
    }
    return best;
}
