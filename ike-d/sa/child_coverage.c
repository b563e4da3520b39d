#include "ike-d/sa/child_coverage.h"

#include <errno.h>
#include <stdlib.h>

#include "ike-d/sa/ike_sa.h"
#include "ike-d/sa/tunnel.h"

static bool is_covered(const struct kept_list *by, const struct selector *s)
{
    for (unsigned i = 0; i < by->n; i++) {
        if (selector_covers(&by->s[i], s)) {
            return true;
        }
    }
    return false;
}

static bool carries(const struct child_sa *child, const struct selector_pair *pair)
{
    bool stands = child->state == CHILD_SA_STATE_ESTABLISHED || child->state == CHILD_SA_STATE_LOST;
    return stands && is_covered(&child->sides.local, &pair->local) && is_covered(&child->sides.remote, &pair->remote);
}

static bool has_on(const struct child_slot *slot, const struct ike_sa *sa, const struct selector_pair *pair)
{
    for (const struct child_sa *child = sa->children; child; child = child->next) {
        if (child->slot == slot && carries(child, pair)) {
            return true;
        }
    }
    return false;
}

bool child_coverage_has(const struct child_slot *slot, const struct selector_pair *pair)
{
    for (const struct ike_sa *sa = slot->tunnel->sas; sa; sa = sa->tunnel_next) {
        if (has_on(slot, sa, pair)) {
            return true;
        }
    }
    return false;
}

unsigned child_coverage_count(const struct child_slot *slot)
{
    unsigned n = 0;
    for (unsigned i = 0; i < slot->config->pairs_n; i++) {
        n += child_coverage_has(slot, &slot->config->pairs[i]);
    }
    return n;
}

bool child_coverage_is_missing(const struct child_slot *slot)
{
    if (slot->packet && !child_coverage_has(slot, slot->packet)) {
        return true;
    }
    return slot->takes_more && child_slot_wants_up(slot) && child_coverage_count(slot) < slot->config->pairs_n;
}

// From the one on that is next in turn, so that one which is refused does not keep the others waiting.
static int offer_one(struct child_slot *slot, const struct ike_sa *sa, struct selector_sides *ret_sides)
{
    const struct child_config *config = slot->config;
    for (unsigned i = 0; i < config->pairs_n; i++) {
        const struct selector_pair *pair = &config->pairs[(slot->next_pair + i) % config->pairs_n];
        bool asked_for = !slot->packet || (selector_covers(&pair->local, &slot->packet->local) &&
                                           selector_covers(&pair->remote, &slot->packet->remote));
        if (asked_for && !has_on(slot, sa, pair)) {
            slot->next_pair = (slot->next_pair + i + 1) % config->pairs_n;
            return narrow_offer(pair, 1, NULL, ret_sides);
        }
    }
    return -ENOENT;
}

static bool stands_on(const struct child_slot *slot, const struct ike_sa *sa)
{
    for (const struct child_sa *child = sa->children; child; child = child->next) {
        if (child->slot == slot && child->state == CHILD_SA_STATE_ESTABLISHED) {
            return true;
        }
    }
    return false;
}

static int offer_rest(const struct child_slot *slot, const struct ike_sa *sa, struct selector_sides *ret_sides)
{
    const struct child_config *config = slot->config;
    struct selector_pair *rest = calloc(config->pairs_n, sizeof(*rest));
    unsigned n = 0;
    if (!rest) {
        return -ENOMEM;
    }
    for (unsigned i = 0; i < config->pairs_n; i++) {
        if (!has_on(slot, sa, &config->pairs[i])) {
            rest[n++] = config->pairs[i];
        }
    }
    int error = n ? narrow_offer(rest, n, slot->packet, ret_sides) : -ENOENT;
    free(rest);
    return error;
}

int child_coverage_offer(struct child_slot *slot, const struct ike_sa *sa, struct selector_sides *ret_sides)
{
    const struct child_config *config = slot->config;
    if (slot->single_pair) {
        return offer_one(slot, sa, ret_sides);
    }
    if (stands_on(slot, sa)) {
        return offer_rest(slot, sa, ret_sides);
    }
    // a pair alone needs no hint which part of it is wanted first, and the peer may take no second selector
    return narrow_offer(config->pairs, config->pairs_n, config->shared ? slot->packet : NULL, ret_sides);
}
