// One configured CHILD_SA of a tunnel at run time: whether it stands, why it last did not come up, and when it is tried
// again. The slot outlives its CHILD_SAs: a rekey's successor takes the same one. What to do about it is
// exch/slot_driver.h's.
#ifndef BULKHEAD_IKE_SA_CHILD_SLOT_H
#define BULKHEAD_IKE_SA_CHILD_SLOT_H

#include "ike-d/sa/child_config.h"
#include "ike-d/sa/deadline.h"

struct tunnel;
struct tunnel_failure;

enum child_slot_state {
    CHILD_SLOT_DOWN,
    CHILD_SLOT_CONNECTING,
    CHILD_SLOT_UP,
    CHILD_SLOT_WAITING, // for the peer, or for a packet
};

struct child_slot {
    struct tunnel *tunnel;
    const struct child_config *config;
    enum child_slot_state state;
    bool wanted;       // somebody asked for it: `up` or a packet
    bool due;          // to be made by CREATE_CHILD_SA as soon as a line is free
    unsigned attempts; // that failed in a row
    uint64_t since_s;  // Unix time
    uint64_t next_try_s;
    struct deadline retry;
    struct tunnel_failure *failure; // NULL: none
    bool single_pair;               // the peer takes one pair a CHILD_SA (SINGLE_PAIR_REQUIRED, RFC 7296 2.9)
    bool takes_more;                // ... or more CHILD_SAs for what it left out (ADDITIONAL_TS_POSSIBLE)
    unsigned next_pair;             // in turn, with single_pair
    struct selector_pair *packet;   // that asked for it: first in the offer (RFC 7296 2.9); NULL: none
    unsigned standing;              // CHILD_SAs, at the last look
    bool making;                    // at the last look
};

// The slots of a new tunnel, one for each child_config. -ENOMEM: none were made.
int child_slot_new_all(struct tunnel *tunnel, void (*on_retry)(void *slot));
void child_slot_free_all(struct tunnel *tunnel);

// The one place where the state changes; logs old -> new.
void child_slot_set_state(struct child_slot *slot, enum child_slot_state state);
// Keeps a copy; without memory it is not kept.
void child_slot_set_failure(struct child_slot *slot, const struct tunnel_failure *failure);
// It stands: nothing of what was before counts any more.
void child_slot_clear(struct child_slot *slot);
void child_slot_drop_packet(struct child_slot *slot);
void child_slot_plan_retry(struct child_slot *slot);
void child_slot_clear_retry(struct child_slot *slot);
// Should this gateway bring it up by itself now?
bool child_slot_wants_up(const struct child_slot *slot);
// An attempt of ours for it alone has failed: plans the next one if there is to be one, and tells who waits.
void child_slot_end_attempt(struct child_slot *slot);

// The one whose policies cover the packet; NULL.
struct child_slot *child_slot_find(const struct tunnel *tunnel, const struct selector_pair *packet);
// That packet asks for it.
void child_slot_want(struct child_slot *slot, const struct selector_pair *packet);
// The one to begin an IKE SA with: a packet's, else the first that is wanted, else the first. NULL: nothing is to be
// protected.
struct child_slot *child_slot_first(const struct tunnel *tunnel);
// The next to be made by CREATE_CHILD_SA; NULL.
struct child_slot *child_slot_next_due(const struct tunnel *tunnel);
// For people: the policy's name, or "shared".
const char *child_slot_name(const struct child_slot *slot);

#endif
