// Which tunnel a peer means: first by addresses, when only its IKE_SA_INIT request is known, then by identities (RFC
// 7296 2.15, RFC 4301 4.4.3).
#ifndef BULKHEAD_IKE_EXCH_TUNNEL_CHOICE_H
#define BULKHEAD_IKE_EXCH_TUNNEL_CHOICE_H

#include "ike-d/sa/ike_sa.h"
#include "ike-d/sa/tunnel.h"

struct init_choice {
    struct tunnel *tunnel; // whose proposals were used; NULL: no tunnel has such a peer
    bool held_down;        // all that fit are held down by the operator
    struct choice choice;
};

// The first tunnel of those addresses whose proposals fit; those that name the peer's address come before those that
// name a prefix, and these before those that take a peer from anywhere.
void tunnel_choice_by_address(const struct ike_core *core, const struct received *request,
                              struct init_choice *ret_choice);

// The tunnel whose addresses, identities and IKE proposals fit the SA's; of several, one that authenticates as the
// request does, then one that has a policy for the
// selectors of the IKE_AUTH request, and then one that names the peer's identity or address rather than a pattern or
// prefix. `own` is IDr as the peer asks for it (IDENTITY_NONE: it does not care). NULL:
// none; ret_near is then the first that the addresses fit, NULL without.
struct tunnel *tunnel_choice_by_identity(const struct ike_sa *sa, const struct message *request,
                                         const struct identity *peer, const struct identity *own,
                                         struct tunnel **ret_near);

// Tunnels by certificates that the SA's peer may mean, as far as its addresses and the IKE proposal show it. How many,
// at most `max`.
unsigned tunnel_choice_by_certificate(const struct ike_sa *sa, struct tunnel **ret_tunnels, unsigned max);

// The identities that count for an SA of that tunnel: as configured, or the addresses; with certificates
// what ours says (IDENTITY_NONE as long as that is not known), and whoever the peer's names.
struct identity tunnel_choice_own_id(const struct tunnel *tunnel, const struct ike_sa *sa);
struct identity_pattern tunnel_choice_peer_id(const struct tunnel *tunnel, const struct ike_sa *sa);

#endif
