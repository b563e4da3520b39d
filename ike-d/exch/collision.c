#include "ike-d/exch/collision.h"

#include <assert.h>
#include <string.h>

#include "ike-d/sa/tunnel.h"
#include "lib/core/log.h"

static_assert(sizeof(((struct child_sa *)0)->nonce_min) == COLLISION_NONCE_BYTES, "the same part of the nonces");

struct collision *collision_of(const struct ike_sa *sa)
{
    return sa->ours ? sa->ours->collision : NULL;
}

// RFC 7296 2.8.1 compares nonces as octet strings; more than these bytes are never equal by chance.
void collision_lower_nonce(struct bytes a, struct bytes b, uint8_t ret_nonce[COLLISION_NONCE_BYTES])
{
    uint8_t first[COLLISION_NONCE_BYTES] = {0};
    uint8_t second[COLLISION_NONCE_BYTES] = {0};
    memcpy(first, a.p, a.n < sizeof(first) ? a.n : sizeof(first));
    memcpy(second, b.p, b.n < sizeof(second) ? b.n : sizeof(second));
    memcpy(ret_nonce, memcmp(first, second, sizeof(first)) < 0 ? first : second, sizeof(first));
}

bool collision_is_lost(const struct collision *collision, const uint8_t own_nonce[COLLISION_NONCE_BYTES])
{
    return collision->met && memcmp(own_nonce, collision->rival_nonce, COLLISION_NONCE_BYTES) < 0;
}

bool collision_is_rekeying_ike(const struct ike_sa *sa)
{
    const struct collision *collision = collision_of(sa);
    return collision && collision->of_ike;
}

bool collision_is_current(const struct child_sa *old)
{
    return !old->delete_wanted && (old->state == CHILD_SA_STATE_ESTABLISHED || old->state == CHILD_SA_STATE_LOST);
}

bool collision_may_rekey_child(const struct child_sa *old)
{
    const struct collision *collision = collision_of(old->sa);
    if (collision && collision->old_spi_in == old->spi_in && old->sa->ours->answered) {
        return false; // our own rekey of it was faster
    }
    return collision_is_current(old);
}

static void log_collision(const struct child_sa *fresh, const char *end)
{
    log_info("child_sa_collision", LOG_STR("tunnel", fresh->sa->tunnel->config->name),
             LOG_HEX32("spi_in", fresh->spi_in), LOG_HEX32("replaces", fresh->replaces_spi_in), LOG_STR("end", end));
}

static void give_place(struct child_sa *child)
{
    child->has_successor = true;
    child_sa_set_state(child, CHILD_SA_STATE_REKEYED);
}

// What the peer's rekey of the same SA made, when ours has won: the peer deletes it.
static void yield_rival(const struct child_sa *fresh)
{
    for (struct child_sa *other = fresh->sa->children; other; other = other->next) {
        if (other != fresh && other->replaces_spi_in == fresh->replaces_spi_in && !other->was_initiator &&
            other->state == CHILD_SA_STATE_ESTABLISHED) {
            give_place(other);
        }
    }
}

// Our rekey is over.
static void settle_ours(struct child_sa *fresh, struct child_sa *old)
{
    const struct collision *collision = collision_of(fresh->sa);
    if (collision && collision_is_lost(collision, fresh->nonce_min)) {
        log_collision(fresh, "lost");
        give_place(fresh);
        fresh->delete_wanted = true;
        return;
    }
    if (collision && collision->met) {
        log_collision(fresh, "won");
        yield_rival(fresh);
    }
    if (old && old->state != CHILD_SA_STATE_DELETING) { // who began the rekey deletes the old one
        old->delete_wanted = true;
        give_place(old);
    }
}

// The peer's rekey is over.
static void settle_theirs(struct child_sa *fresh, struct child_sa *old)
{
    struct collision *collision = collision_of(fresh->sa);
    if (old && old->state != CHILD_SA_STATE_DELETING) {
        give_place(old);
    }
    if (collision && collision->old_spi_in == fresh->replaces_spi_in) {
        collision->met = true;
        memcpy(collision->rival_nonce, fresh->nonce_min, sizeof(collision->rival_nonce));
    }
}

// CHILD_SAs of one slot that cover different traffic are no duplicates: a peer may take one pair of selectors each.
static bool is_for_the_same(const struct child_sa *a, const struct child_sa *b)
{
    return a->slot == b->slot && kept_sides_overlap(&a->sides, &b->sides);
}

// Both sides made one at the same time where none was.
static void settle_creation(struct child_sa *fresh)
{
    for (struct child_sa *other = fresh->sa->children; other; other = other->next) {
        if (other == fresh || other->state != CHILD_SA_STATE_ESTABLISHED ||
            other->was_initiator == fresh->was_initiator || other->delete_wanted || !is_for_the_same(other, fresh)) {
            continue;
        }
        struct child_sa *lower = child_sa_is_lower(fresh, other) ? fresh : other;
        if (lower->was_initiator) {
            log_collision(lower, "made twice");
            lower->delete_wanted = true;
            give_place(lower);
        }
    }
}

void collision_settle_child(struct child_sa *fresh, struct child_sa *old)
{
    if (!fresh->replaces_spi_in) {
        settle_creation(fresh);
    } else if (fresh->was_initiator) {
        settle_ours(fresh, old);
    } else {
        settle_theirs(fresh, old);
    }
}

void collision_on_child_deleted(struct child_sa *gone)
{
    if (gone->state != CHILD_SA_STATE_ESTABLISHED || !gone->replaces_spi_in) {
        return;
    }
    for (struct child_sa *other = gone->sa->children; other; other = other->next) {
        bool was_before = other->spi_in == gone->replaces_spi_in;
        bool was_beside = other != gone && other->replaces_spi_in == gone->replaces_spi_in;
        if ((was_before || was_beside) && other->state == CHILD_SA_STATE_REKEYED && !other->delete_wanted) {
            other->has_successor = false;
            child_sa_set_state(other, CHILD_SA_STATE_ESTABLISHED);
            gone->has_successor = true;
            return;
        }
    }
}

void collision_note_stillborn(struct ike_sa *sa, uint32_t spi_out)
{
    struct collision *collision = collision_of(sa);
    if (collision && !collision->of_ike && collision->stillborn_n < COLLISION_STILLBORN_MAX) {
        collision->stillborn[collision->stillborn_n++] = spi_out;
    }
}

bool collision_is_stillborn(const struct collision *collision, uint32_t spi_out)
{
    for (unsigned i = 0; i < collision->stillborn_n; i++) {
        if (collision->stillborn[i] == spi_out) {
            return true;
        }
    }
    return false;
}

void collision_meet_ike(struct ike_sa *old, const struct ike_sa *rival)
{
    struct collision *collision = collision_of(old);
    collision->met = true;
    collision->rival_spi = ike_sa_own_spi(rival);
    collision_lower_nonce(kept_message_view(&rival->nonce_i), kept_message_view(&rival->nonce_r),
                          collision->rival_nonce);
}

struct ike_sa *collision_rival(const struct ike_sa *old)
{
    const struct collision *collision = collision_of(old);
    struct ike_sa *rival =
        collision && collision->rival_spi ? sa_table_find(&old->core->sas, collision->rival_spi) : NULL;
    return rival && ike_sa_is_established(rival) ? rival : NULL;
}
