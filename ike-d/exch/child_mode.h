// Transport or tunnel mode (RFC 7296 1.3.1). A tunnel in transport mode has CHILD_SAs in that mode alone; one in tunnel
// mode declines a peer that asks for transport mode, as the RFC allows.
//
// In transport mode the addresses in traffic selectors are those of the two hosts, which a NAT changes (RFC
// 7296 2.23.1): here they are read as what the IKE SA sees, and what the peer wrote is kept for esp-d, which mends
// inner checksums.
#ifndef BULKHEAD_IKE_EXCH_CHILD_MODE_H
#define BULKHEAD_IKE_EXCH_CHILD_MODE_H

#include "ike-d/exch/failure.h"
#include "ike-d/wire/message_writer.h"

// N(USE_TRANSPORT_MODE) of our request for that tunnel, and of our answer about that child.
void child_mode_put_request(struct message_writer *mw, const struct tunnel *tunnel);
void child_mode_put_answer(struct message_writer *mw, const struct child_sa *child);

// The peer's answer to our request, and its request: which mode the child has. False: not that of the tunnel, with the
// failure filled in.
bool child_mode_take_answer(struct child_sa *child, const struct message *m, struct tunnel_failure *ret_failure);
bool child_mode_choose(struct child_sa *child, const struct message *m, struct tunnel_failure *ret_failure);

// Once the mode is known: `sides` as this host sees its own packets.
void child_mode_see_through_nat(struct child_sa *child, struct selector_sides *sides);

#endif
