// What an IKE SA has for MOBIKE (RFC 4555), when both sides speak it: where its CHILD_SAs send to while the IKE SA is
// already somewhere else, what is to be asked, and the peer's other addresses.
#ifndef BULKHEAD_IKE_SA_MOBIKE_H
#define BULKHEAD_IKE_SA_MOBIKE_H

#include <stdbool.h>

#include "ike-d/key/nat_detection.h"
#include "ike-d/sa/deadline.h"
#include "lib/net/address.h"

struct child_sa;
struct ike_sa;

struct mobike {
    struct ike_sa *sa;
    bool decides;         // we were the first IKE SA's initiator, who chooses the addresses (RFC 4555 1.3)
    bool update_wanted;   // UPDATE_SA_ADDRESSES is to be sent
    bool check_wanted;    // the peer's new address is to be checked (RFC 4555 3.7)
    bool moving;          // the CHILD_SAs still send between these two
    bool seen_known;      // `seen` is filled in
    uint8_t moves;        // of the CHILD_SAs so far
    uint8_t others_n;     // the peer's further addresses
    uint8_t turn;         // of them that is in use; 0: the first address
    struct address first; // the peer's address at the beginning
    struct address *others;
    struct address told_local; // ours when the peer was last told of our further ones
    struct deadline again;     // when an update is tried again that the peer could not take
    struct endpoint esp_local;
    struct endpoint esp_remote;
    uint8_t seen[NAT_DETECTION_BYTES]; // the hash of where the peer last saw us (RFC 4555 3.8)
};

// Into sa->mobike; left NULL without memory. `fire` is the callback of `again`, with the struct.
void mobike_new(struct ike_sa *sa, void (*fire)(void *arg));
// sa->mobike becomes NULL.
void mobike_drop(struct ike_sa *sa);
// Where the SA's CHILD_SAs send from and to.
const struct endpoint *mobike_esp_local(const struct ike_sa *sa);
const struct endpoint *mobike_esp_remote(const struct ike_sa *sa);
// The IKE SA goes there at once, its CHILD_SAs stay where they are until mobike_move_children. The path to there is not
// known yet.
void mobike_move_ike(struct ike_sa *sa, const struct endpoint *local, const struct endpoint *remote);
// All CHILD_SAs send where the IKE SA does, in the way that its NATs ask for.
void mobike_move_children(struct ike_sa *sa);
// The same for one of them, whether or not anything has MOBIKE.
void mobike_move_child(const struct child_sa *child);
// A CHILD_SA was on its way to esp-d while the others moved: it follows them.
void mobike_catch_up(const struct child_sa *child);

#endif
