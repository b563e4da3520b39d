// A CHILD_SA: the control part of a pair of ESP SAs (RFC 7296 1.3). The packet part lives in esp-d and is known by
// spi_in.
#ifndef BULKHEAD_IKE_SA_CHILD_SA_H
#define BULKHEAD_IKE_SA_CHILD_SA_H

#include "ike-d/key/child_keys.h"
#include "ike-d/nego/kept_proposal.h"
#include "ike-d/nego/kept_sides.h"
#include "ike-d/nego/suite.h"
#include "ike-d/sa/deadline.h"
#include "ike-d/sa/lifetime.h"

struct child_slot;
struct ike_sa;
struct tunnel;

enum child_sa_state {
    CHILD_SA_STATE_NEGOTIATING, // not in the IKE SA's list yet
    CHILD_SA_STATE_INSTALLING,  // keys are with esp-d, its answer is not
    CHILD_SA_STATE_ESTABLISHED,
    CHILD_SA_STATE_LOST,     // esp-d has died with it: to be replaced
    CHILD_SA_STATE_REKEYED,  // a newer one has its place; its DELETE is due
    CHILD_SA_STATE_DELETING, // our DELETE is on its way
    CHILD_SA_STATE_DEAD,
};

struct child_sa {
    struct ike_sa *sa;
    struct child_slot *slot; // whose CHILD_SA it is; NULL: no policy here was found for it yet
    struct child_sa *next;   // in ike_sa.children
    enum child_sa_state state;
    uint32_t spi_in;  // we receive on; 0: not allocated yet
    uint32_t spi_out; // the peer receives on
    struct kept_proposal chosen;
    struct esp_suite suite;
    struct kept_sides sides;
    bool more_possible;             // the peer wants what another slot has, too (RFC 7296 2.9)
    bool transport;                 // mode (RFC 7296 1.3.1)
    struct address original_local;  // transport mode behind a NAT: what the peer takes the ends' addresses for;
    struct address original_remote; // family 0: what they are
    uint32_t replaces_spi_in;       // 0: none
    bool installed;                 // esp-d was asked to install it
    uint8_t moves;                  // mobike.moves at that time
    bool delete_wanted;             // a DELETE is to be sent
    bool replace_wanted;            // it is about to run out: a newer one is to be made
    bool moving;                    // it is being made anew on another IKE SA
    bool has_successor;             // another one carries its traffic: it receives for a while after its DELETE
    struct deadline again;          // its replacement was refused for now: not before this is over
    struct lifetime_end end;
    struct deadline life;   // the next of both ends
    unsigned refusals;      // in a row
    bool was_initiator;     // of the exchange that made it
    uint8_t nonce_min[32];  // the lower nonce of that exchange, its first bytes (RFC 7296 2.8.1)
    uint64_t established_s; // Unix time
};

// Negotiating, in no list. NULL without memory.
struct child_sa *child_sa_new(struct ike_sa *sa);
// Asks esp-d to delete it if it ever got the keys; takes it out of the IKE SA's list; frees. NULL is taken.
void child_sa_free(struct child_sa *child);
// Puts it into the IKE SA's list, and where child_sa_find looks.
void child_sa_link(struct child_sa *child);
// The one place where the state changes.
void child_sa_set_state(struct child_sa *child, enum child_sa_state state);
const char *child_sa_state_name(enum child_sa_state state);
// By our SPI, among those of all IKE SAs; NULL.
struct child_sa *child_sa_find(const struct ike_core *core, uint32_t spi_in);
// By our SPI or by the peer's; NULL.
struct child_sa *child_sa_find_in(const struct ike_sa *sa, uint32_t spi_in);
struct child_sa *child_sa_find_out(const struct ike_sa *sa, uint32_t spi_out);
// The first in that state; NULL.
struct child_sa *child_sa_find_state(const struct ike_sa *sa, enum child_sa_state state);
// Tells esp-d to forget it; once. One with a successor receives for a while yet (RFC 7296 2.8).
void child_sa_uninstall(struct child_sa *child);
// Sends nothing more, but receives until its DELETE is answered: the peer may use it until it knows.
void child_sa_silence(struct child_sa *child);
unsigned child_sa_count(const struct ike_sa *sa);
// Has the peer as many as its tunnel can be in need of?
bool child_sa_is_at_limit(const struct ike_sa *sa);
// Of two CHILD_SAs made at the same time for the same purpose, the one with the lowest nonce goes (RFC 7296 2.8.1).
bool child_sa_is_lower(const struct child_sa *a, const struct child_sa *b);

#endif
