// The Encrypted and Authenticated payload, SK (RFC 7296 3.14, RFC 5282): sealing what we send, opening what comes.
#ifndef BULKHEAD_IKE_SK_H
#define BULKHEAD_IKE_SK_H

#include "ike-d/key/ike_keys.h"
#include "ike-d/wire/message.h"
#include "ike-d/wire/message_writer.h"
#include "lib/crypto/cipher.h"
#include "lib/crypto/random.h"

// Both directions of one IKE SA. The IV of an AEAD or CTR is a counter, so that none comes twice with a key (RFC 5282
// 3.1, RFC 5930 2.1):
// the struct may not be copied while in use, and messages are sealed once and kept for retransmission, not sealed
// again.
struct sk {
    struct cipher ours;
    struct cipher theirs;
    uint64_t next_iv;
};

// `initiator`: were we the initiator of this IKE SA? -EINVAL when the keys don't fit the suite; -ENOMEM. Wipe with
// sk_wipe, which may be called on one that is all zero, and again.
int sk_init(struct sk *sk, const struct ike_suite *suite, const struct ike_keys *keys, bool initiator);
void sk_wipe(struct sk *sk);

// After message_begin and what may go in clear: opens the SK payload of a message. Then message_put_* what goes inside.
void sk_begin(const struct sk *sk, struct message_writer *mw);
// The same for a fragment (RFC 7383 2.5), whose inside is put by message_put_text.
void sk_begin_fragment(const struct sk *sk, struct message_writer *mw, const struct fragment_place *place);
// How long the message will be when it is sealed.
size_t sk_sealed_bytes(const struct sk *sk, const struct message_writer *mw);
// What fits inside a fragment whose datagram may be so long.
size_t sk_fragment_text_bytes(const struct sk *sk, size_t datagram_bytes);
// Pads, finishes, encrypts in the writer's buffer. ret_message is the whole datagram. -ENOSPC when something did not
// fit, -EIO; then the buffer is wiped, since it may hold clear text.
int sk_finish(struct sk *sk, const struct random_source *random, struct message_writer *mw, struct bytes *ret_message);

// Opens m's SK payload (m->sk.body.p not NULL) into text, which needs m->sk.body.n bytes. Returns the length without
// the padding, for message_parse_inner, or -EBADMSG: not authentic, drop without an answer. Wipe text when done with
// it.
int sk_open(const struct sk *sk, const struct message *m, uint8_t *ret_text);
// The same for a message that we have sealed ourselves.
int sk_open_own(const struct sk *sk, const struct message *m, uint8_t *ret_text);

#endif
