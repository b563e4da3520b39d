#include "ike-d/exch/next_request.h"

#include "ike-d/exch/create_child_initiator.h"
#include "ike-d/exch/ike_rekey_initiator.h"
#include "ike-d/exch/informational_initiator.h"
#include "ike-d/exch/mobike_addresses.h"
#include "ike-d/exch/mobike_initiator.h"
#include "ike-d/exch/mobike_responder.h"
#include "ike-d/exch/reauthentication.h"
#include "ike-d/exch/transmit.h"
#include "ike-d/sa/tunnel.h"

static bool has_child_to_delete(const struct ike_sa *sa)
{
    for (const struct child_sa *child = sa->children; child; child = child->next) {
        if (child->delete_wanted && child->state != CHILD_SA_STATE_DELETING) {
            return true;
        }
    }
    return false;
}

static struct child_sa *child_to_replace(const struct ike_sa *sa)
{
    for (struct child_sa *child = sa->children; child; child = child->next) {
        bool expiring = child->replace_wanted && child->state == CHILD_SA_STATE_ESTABLISHED;
        bool must_wait = child->delete_wanted || deadline_is_set(&child->again);
        if (!must_wait && (child->state == CHILD_SA_STATE_LOST || expiring)) {
            return child;
        }
    }
    return NULL;
}

// What CREATE_CHILD_SA is to make. False: nothing.
static bool make_next(struct ike_sa *sa)
{
    struct child_sa *old = child_to_replace(sa);
    if (!sa->tunnel) {
        return false;
    }
    struct child_slot *due = sa->replaces ? reauthentication_next_slot(sa) : NULL;
    due = due || sa->replaced ? due : child_slot_next_due(sa->tunnel);
    if (sa->rekey_wanted && !sa->replaced && !deadline_is_set(&sa->rekey_again)) {
        ike_rekey_start(sa);
    } else if (old && sa->core->esp_up) {
        create_child_start(sa, old->slot, old);
    } else if (due && sa->core->esp_up) {
        create_child_start(sa, due, NULL);
    } else {
        return false;
    }
    return true;
}

void next_request_start(struct ike_sa *sa)
{
    if (transmit_is_busy(sa)) {
        return;
    }
    if (sa->state == IKE_SA_STATE_DELETING) {
        if (sa->delete_wanted) {
            informational_send_delete_ike(sa);
        }
        return;
    }
    if (!ike_sa_is_established(sa) || sa->theirs) { // what the peer makes may be the same: its end is awaited
        return;
    }
    if (sa->mobike && sa->mobike->update_wanted && sa->tunnel) {
        mobike_initiator_send_update(sa);
    } else if (sa->mobike && sa->mobike->check_wanted) {
        mobike_responder_send_check(sa);
    } else if (has_child_to_delete(sa)) {
        informational_send_delete_children(sa);
    } else if (mobike_addresses_are_due(sa)) {
        mobike_addresses_send(sa);
    } else if (!make_next(sa) && sa->probe_wanted) {
        informational_send_probe(sa);
    }
}

uint64_t next_request_wait_ms(const struct ike_sa *sa, unsigned refusals)
{
    unsigned doublings = refusals < IKE_REPLACE_DOUBLINGS_MAX ? refusals : IKE_REPLACE_DOUBLINGS_MAX;
    uint64_t wait_ms = IKE_REPLACE_FIRST_MS << doublings;
    return wait_ms + ike_core_random_below(sa->core, (uint32_t)wait_ms);
}
