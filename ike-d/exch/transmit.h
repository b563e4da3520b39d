// Sending within an IKE SA: our requests, which are repeated until they are answered, and our answers, which are kept
// for repeated requests (RFC 7296 2.1-2.3; both windows have size one).
#ifndef BULKHEAD_IKE_EXCH_TRANSMIT_H
#define BULKHEAD_IKE_EXCH_TRANSMIT_H

#include "ike-d/exch/received.h"
#include "ike-d/wire/message_writer.h"

// A message that is being built.
struct draft {
    struct message_writer mw;
    uint8_t buffer[WIRE_MESSAGE_BYTES_MAX];
};

// Starts an encrypted request with our next message id; then message_put_* into draft->mw.
void transmit_begin_request(struct ike_sa *sa, enum exchange_type exchange, struct draft *draft);
// Seals and sends it, and takes the exchange that waits for the answer. On failure (-ENOMEM, -ENOSPC, -EIO) nothing was
// sent and the exchange stays the caller's.
int transmit_send_request(struct ike_sa *sa, struct draft *draft, enum exchange_type exchange, struct exchange *x);
// Sends a finished IKE_SA_INIT request, message id 0, in place of one before.
int transmit_send_first(struct ike_sa *sa, struct bytes message, struct exchange *x);

// The path has changed: the outstanding request, if there is one, is repeated soon, as if it were new.
void transmit_hurry(struct ike_sa *sa);

// Is a request of ours unanswered, or its answer still being worked on?
bool transmit_is_busy(const struct ike_sa *sa);
// The answer has come: no more repeats.
void transmit_end_request(struct ike_sa *sa);

// Notes that this request is being answered; its answer will be the cached one.
void transmit_accept_request(struct ike_sa *sa, const struct received *request);
// Is it the request that was answered last, or is being answered?
bool transmit_is_repeated(const struct ike_sa *sa, const struct received *request);
// Sends the cached answer again, if there is one, to where the repeated request came from.
void transmit_repeat_answer(struct ike_sa *sa, const struct received *request);
// Starts the encrypted answer to the request accepted last.
void transmit_begin_answer(struct ike_sa *sa, enum exchange_type exchange, struct draft *draft);
// Seals, keeps and sends it. -ENOMEM, -ENOSPC, -EIO.
int transmit_send_answer(struct ike_sa *sa, struct draft *draft);
// The same, to where the request came from, which need not be where the peer is (RFC 7296 2.11, RFC 4555 3.3).
int transmit_send_answer_to(struct ike_sa *sa, const struct received *request, struct draft *draft);
// Keeps and sends an answer in clear (IKE_SA_INIT).
int transmit_send_first_answer(struct ike_sa *sa, struct bytes message);
// An answer of one notify and nothing else.
void transmit_answer_notify(struct ike_sa *sa, enum exchange_type exchange, enum notify_type type, struct bytes data);

// The callback of ike_request.retransmit.
void transmit_on_retransmit(void *arg);

#endif
