// Builds one IKE message (RFC 7296 3) in the caller's buffer: the chain's next-payload bytes and all lengths fill
// themselves in. What does not fit sets `w.failed`; the finish calls report it once as -ENOSPC.
//
//     message_begin(&mw, buffer, sizeof(buffer), &header);
//     message_put_sa(&mw, ...); message_put_ke(&mw, ...);
//     message_finish(&mw, &view);
//
// and with an SK payload: message_begin, message_begin_sk (by sk_begin of key/sk.h), put what is inside, sk_finish.
#ifndef BULKHEAD_IKE_MESSAGE_WRITER_H
#define BULKHEAD_IKE_MESSAGE_WRITER_H

#include "ike-d/wire/header.h"
#include "ike-d/wire/payload.h"
#include "lib/crypto/proposal.h"
#include "lib/net/identity.h"
#include "lib/net/selector.h"

// Which part of a message a fragment is.
struct fragment_place {
    uint16_t number; // from 1
    uint16_t total;
    uint8_t first_type; // of the message's first payload inside
};

struct message_writer {
    struct writer w;
    struct ike_header header; // as begun
    size_t next_offset;       // where the type of the next payload belongs
    size_t sk_offset;         // of the SK payload's generic header; 0: none
    size_t text_offset;       // of what is inside it
};

void message_begin(struct message_writer *mw, void *buffer, size_t capacity, const struct ike_header *header);

void message_put_sa(struct message_writer *mw, const struct proposal *proposals, unsigned n);
void message_put_ke(struct message_writer *mw, uint16_t group, struct bytes data);
void message_put_nonce(struct message_writer *mw, struct bytes nonce);
// PAYLOAD_IDI or PAYLOAD_IDR.
void message_put_id(struct message_writer *mw, enum payload_type type, const struct identity *id);
void message_put_auth(struct message_writer *mw, uint8_t method, struct bytes data);
// spi and data may be empty.
void message_put_notify(struct message_writer *mw, const struct notify_payload *notify);
// A notify of nothing but its type and data.
void message_put_status(struct message_writer *mw, enum notify_type type, struct bytes data);
// Of the IKE SA.
void message_put_delete_ike(struct message_writer *mw);
// Of ESP SAs, by the SPIs that the sender of the delete receives on.
void message_put_delete_esp(struct message_writer *mw, const uint32_t *spis, uint16_t n);
// PAYLOAD_TSI or PAYLOAD_TSR.
void message_put_ts(struct message_writer *mw, enum payload_type type, const struct selector *selectors, unsigned n);
// PAYLOAD_CERT or PAYLOAD_CERTREQ; the encoding is an enum cert_encoding.
void message_put_cert(struct message_writer *mw, enum payload_type type, uint8_t encoding, struct bytes data);
void message_put_cp(struct message_writer *mw, const struct cp_payload *cp);
// A payload by its body: VENDOR_ID, EAP, CERT ..., or any that a test wants.
void message_put_raw(struct message_writer *mw, uint8_t type, bool critical, struct bytes body);

// Opens an SK payload and leaves room for the IV; all later payloads are inside. Called by sk_begin.
void message_begin_sk(struct message_writer *mw, size_t iv_bytes);
// The same with an SKF payload: fragment `number` of `total`, whose inside is part of a message's inside (RFC
// 7383 2.5). first_type is the type of the message's first payload inside.
void message_begin_skf(struct message_writer *mw, const struct fragment_place *place, size_t iv_bytes);
// What is inside a fragment.
void message_put_text(struct message_writer *mw, struct bytes text);
// Pads the inside to a multiple of block_bytes and leaves room for the ICV, then finishes the message. Called by
// sk_finish.
int message_finish_sk(struct message_writer *mw, size_t block_bytes, size_t icv_bytes, struct bytes *ret_message);
// A message without SK payload. -ENOSPC when something did not fit.
int message_finish(struct message_writer *mw, struct bytes *ret_message);

#endif
