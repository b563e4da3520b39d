// Notifies of MOBIKE (RFC 4555 4) that both roles have, and the peer's list of addresses.
#ifndef BULKHEAD_IKE_EXCH_MOBIKE_MESSAGE_H
#define BULKHEAD_IKE_EXCH_MOBIKE_MESSAGE_H

#include "ike-d/exch/received.h"
#include "ike-d/sa/mobike.h"
#include "ike-d/wire/message_writer.h"

#define MOBIKE_COOKIE_BYTES 16u

// IKE_AUTH is over: begins with it when both sides speak it. `m` is the peer's message, with its addresses.
void mobike_message_begin(struct ike_sa *sa, const struct message *m);
// ADDITIONAL_IP4_ADDRESS and the like replace what the peer said before (RFC 4555 3.6).
void mobike_message_take_addresses(struct ike_sa *sa, const struct message *m);

// NAT detection for a message between these two; in its place, where ESP may not go in UDP, NO_NATS_ALLOWED (RFC
// 4555 3.9).
void mobike_message_put_path(struct message_writer *mw, const struct ike_sa *sa);
// Did NO_NATS_ALLOWED, if it is there, come between the addresses that it names?
bool mobike_message_passed_no_nat(const struct received *received);
// Do the message's cookie and this one agree (RFC 4555 3.7)?
bool mobike_message_has_cookie(const struct message *m, const uint8_t cookie[MOBIKE_COOKIE_BYTES]);

#endif
