// IKE fragmentation of what we send (RFC 7383 2.5): messages longer than what the path is believed to carry in one
// packet go out in fragments, each sealed by itself, when both sides can do it. What is kept for repeats is then all
// fragments, one IKE message behind the other.
#ifndef BULKHEAD_IKE_EXCH_FRAGMENT_H
#define BULKHEAD_IKE_EXCH_FRAGMENT_H

#include "ike-d/sa/ike_sa.h"
#include "ike-d/wire/message_writer.h"

// Have both sides said that they can (RFC 7383 2.3)?
bool fragment_is_agreed(const struct ike_sa *sa);
// Seals what was written, as one message or as fragments. -ENOMEM, -ENOSPC, -EIO; then the buffer is wiped.
int fragment_seal(struct ike_sa *sa, struct message_writer *mw, struct kept_message *ret_kept);
// What was sent gets no answer: perhaps it is too long for the path. Divides it anew into smaller packets, as all that
// follows on this SA will be; leaves it when it is short enough, or can't be divided.
void fragment_shrink(struct ike_sa *sa, struct kept_message *kept);
// The peer divides its messages into datagrams of at most so many bytes: ours are not longer (RFC 7383 2.5.1).
void fragment_learn(struct ike_sa *sa, size_t datagram_n);
// The first message of several, which it takes away; p is NULL when there is none left.
struct bytes fragment_next(struct bytes *messages);

#endif
