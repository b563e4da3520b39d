// What meets our own CREATE_CHILD_SA on its way: the peer's rekey of the same SA, and deletions (RFC 7296 2.8.1, 2.8.2,
// 2.25). Of two rekeys of one SA, that with the lowest of the four nonces goes, by the hand of who began it; who began
// the other one deletes the old SA. Neither side ever has to ask.
#ifndef BULKHEAD_IKE_EXCH_COLLISION_H
#define BULKHEAD_IKE_EXCH_COLLISION_H

#include "ike-d/sa/ike_core.h"
#include "ike-d/sa/ike_sa.h"

#define COLLISION_NONCE_BYTES   32u
#define COLLISION_STILLBORN_MAX 8u

struct collision {
    bool of_ike;         // our exchange rekeys the IKE SA
    uint32_t old_spi_in; // our exchange rekeys this CHILD_SA; 0: it makes a further one
    bool met;            // meanwhile we have answered the peer's rekey of the same SA
    uint8_t rival_nonce[COLLISION_NONCE_BYTES];
    uint64_t rival_spi;                          // our SPI of the IKE SA that the peer's rekey made
    uint32_t stillborn[COLLISION_STILLBORN_MAX]; // SPIs that the peer deleted before we got to know them
    unsigned stillborn_n;
};

// Of our exchange; NULL: it is none, or there is none.
struct collision *collision_of(const struct ike_sa *sa);
// The lower of two nonces, its first bytes.
void collision_lower_nonce(struct bytes a, struct bytes b, uint8_t ret_nonce[COLLISION_NONCE_BYTES]);
// Has our exchange, with that lower nonce, lost against the peer's?
bool collision_is_lost(const struct collision *collision, const uint8_t own_nonce[COLLISION_NONCE_BYTES]);

// Are we about to replace the IKE SA (RFC 7296 2.25.2)?
bool collision_is_rekeying_ike(const struct ike_sa *sa);
// Is it neither being closed nor replaced?
bool collision_is_current(const struct child_sa *old);
// May the peer rekey that CHILD_SA? Not when we are closing it, or when its successor stands, or is about to.
bool collision_may_rekey_child(const struct child_sa *old);

// `fresh` stands, in place of `old` (NULL: that is gone meanwhile, or there was none): who deletes what.
void collision_settle_child(struct child_sa *fresh, struct child_sa *old);
// The peer deletes this one, before it goes: what it had replaced may have its place again.
void collision_on_child_deleted(struct child_sa *gone);
// The peer deletes one that we don't know: perhaps the one of the answer that we still wait for.
void collision_note_stillborn(struct ike_sa *sa, uint32_t spi_out);
bool collision_is_stillborn(const struct collision *collision, uint32_t spi_out);

// We have answered the peer's rekey of the IKE SA while ours is on the way: `rival` is what came of it.
void collision_meet_ike(struct ike_sa *old, const struct ike_sa *rival);
// The SA that the peer's rekey has made, if it still stands; NULL.
struct ike_sa *collision_rival(const struct ike_sa *old);

#endif
