#include "ike-d/exch/slot_driver.h"

#include "ike-d/exch/next_request.h"
#include "ike-d/sa/child_coverage.h"
#include "ike-d/sa/ike_core.h"
#include "ike-d/sa/ike_limits.h"

static void count_children(const struct ike_sa *sa)
{
    for (const struct child_sa *child = sa->children; child; child = child->next) {
        if (child->slot && child->state == CHILD_SA_STATE_ESTABLISHED) {
            child->slot->standing++;
        } else if (child->slot && child->state == CHILD_SA_STATE_LOST) {
            child->slot->making = true;
        }
    }
}

static void look(struct tunnel *tunnel)
{
    for (unsigned i = 0; i < tunnel->slots_n; i++) {
        tunnel->slots[i].standing = 0;
        tunnel->slots[i].making = false;
    }
    for (const struct ike_sa *sa = tunnel->sas; sa; sa = sa->tunnel_next) {
        if (sa->making) {
            sa->making->making = true;
        }
        if (ike_sa_is_established(sa)) {
            count_children(sa);
        }
    }
}

// Who has made the IKE SA makes its CHILD_SAs, too; the other side gives it the time to do so.
static bool is_peers_turn(const struct ike_sa *line)
{
    return !line->initiator && ike_core_now_ms(line->core) - line->established_ms < IKE_RETRY_FIRST_MS;
}

static void begin(struct child_slot *slot, const struct ike_sa *line, struct slot_tally *tally)
{
    bool was_lost = slot->state == CHILD_SLOT_UP;
    if (!line) {
        tally->ready++;
        child_slot_set_state(slot, CHILD_SLOT_DOWN);
    } else if (was_lost || is_peers_turn(line)) { // not in the same instant, or two gateways could chase each other
        child_slot_set_state(slot, CHILD_SLOT_DOWN);
        child_slot_plan_retry(slot);
    } else {
        slot->due = true;
        tally->under_way++;
        child_slot_set_state(slot, CHILD_SLOT_CONNECTING);
    }
}

static void rest(struct child_slot *slot)
{
    slot->due = false;
    child_slot_clear_retry(slot);
    child_slot_set_state(slot, slot->tunnel->held_down ? CHILD_SLOT_DOWN : CHILD_SLOT_WAITING);
}

// What of it stands, stands; the rest is asked for by further CHILD_SAs.
static void complete(struct child_slot *slot, const struct ike_sa *line, struct slot_tally *tally)
{
    bool can_begin = line && !deadline_is_set(&slot->retry) && slot->tunnel->core->esp_up;
    slot->due = slot->due || (can_begin && !slot->making);
    tally->missing += slot->takes_more;
    tally->under_way += slot->takes_more && (slot->making || slot->due);
}

static void be_up(struct child_slot *slot, const struct ike_sa *line, struct slot_tally *tally)
{
    if (slot->state != CHILD_SLOT_UP) {
        child_slot_clear(slot);
    }
    child_slot_set_state(slot, CHILD_SLOT_UP);
    if (child_coverage_is_missing(slot)) {
        complete(slot, line, tally);
        return;
    }
    child_slot_drop_packet(slot);
    slot->next_try_s = 0;
    slot->wanted = false;
    slot->due = false;
}

static void review(struct child_slot *slot, const struct ike_sa *line, struct slot_tally *tally)
{
    const struct ike_core *core = slot->tunnel->core;
    bool wanted = child_slot_wants_up(slot);
    slot->due = slot->due && line;
    if (slot->standing) {
        tally->up++;
        be_up(slot, line, tally);
        return;
    }
    tally->missing += wanted;
    if (slot->making || (slot->due && wanted)) {
        tally->under_way++;
        child_slot_set_state(slot, CHILD_SLOT_CONNECTING);
    } else if (!wanted) {
        rest(slot);
    } else if (deadline_is_set(&slot->retry) || !core->esp_up || !core->orphans_known) {
        child_slot_set_state(slot, CHILD_SLOT_DOWN);
    } else {
        begin(slot, line, tally);
    }
}

void slot_driver_review(struct tunnel *tunnel, struct ike_sa *line, struct slot_tally *ret_tally)
{
    *ret_tally = (struct slot_tally){0};
    look(tunnel);
    for (unsigned i = 0; i < tunnel->slots_n; i++) {
        review(&tunnel->slots[i], line, ret_tally);
    }
    if (line && child_slot_next_due(tunnel)) {
        next_request_start(line);
    }
}
