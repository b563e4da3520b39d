// NAT traversal (RFC 7296 2.23, RFC 3948): what both sides' hashes say about NATs in between, and whether ESP goes in
// UDP because of them or because somebody wants it so.
//
// Who wants ESP in UDP without a NAT must make the peer believe in one. Our source hash is then made of the true one
// (nat_detection.h): every peer takes it for a NAT, and a peer that knows this can still tell a real NAT from none.
#ifndef BULKHEAD_IKE_EXCH_NAT_TRAVERSAL_H
#define BULKHEAD_IKE_EXCH_NAT_TRAVERSAL_H

#include "ike-d/exch/received.h"
#include "ike-d/sa/tunnel.h"
#include "ike-d/wire/message_writer.h"

// What this tunnel wants, before any hash is sent or judged. A responder calls it again when it knows the tunnel.
void nat_traversal_decide(struct ike_sa *sa, const struct tunnel_config *config);
// Of a responder, with the request of IKE_AUTH and before that second call: has the peer believed in our NAT?
void nat_traversal_hear_port(struct ike_sa *sa, const struct received *request);
// Packets of this CHILD_SA come as IP protocol 50 although it sends in UDP: unless that has to be so, all of its IKE
// SA's go over to protocol 50.
void nat_traversal_hear_protocol_50(struct child_sa *child);
// Puts both NAT detection notifies, for a message of this SA between these two.
void nat_traversal_put(struct message_writer *mw, const struct ike_sa *sa, const struct endpoint *local,
                       const struct endpoint *remote);
// What the peer's notifies say, into the SA. In IKE_SA_INIT their absence means that the peer does no NAT traversal;
// elsewhere (MOBIKE, RFC 4555 3.5) that nothing has changed.
void nat_traversal_judge(struct ike_sa *sa, const struct received *received);
// False, with the failure: the tunnel's `encapsulation: off` can't be had, because of a NAT, of the peer, or of esp-d.
bool nat_traversal_is_allowed(const struct ike_sa *sa, const struct tunnel_config *config,
                              struct tunnel_failure *ret_failure);
// Warns of tunnels that want what esp-d can't do: when it is configured, or when esp-d has said what it can.
void nat_traversal_warn(const struct ike_core *core);

// The peer's NAT has moved it: an authentic message that is no repeat came from elsewhere (RFC 7296 2.23). Not with
// MOBIKE, where the peer says so itself (RFC 4555 3.8).
void nat_traversal_follow(struct ike_sa *sa, const struct received *received);

#endif
