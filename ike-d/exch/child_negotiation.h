// What IKE_AUTH and CREATE_CHILD_SA have in common: offering, choosing and installing a CHILD_SA (RFC
// 7296 1.3, 2.9, 2.17).
#ifndef BULKHEAD_IKE_EXCH_CHILD_NEGOTIATION_H
#define BULKHEAD_IKE_EXCH_CHILD_NEGOTIATION_H

#include "ike-d/exch/failure.h"
#include "ike-d/exch/transmit.h"

// Our side of a negotiation that we began.
struct child_offer {
    struct offer *sent; // NULL: not made yet
    const struct tunnel *tunnel;
    struct selector_sides sides;
};

// Makes the offer for the child's tunnel with its spi_in. -EOPNOTSUPP: esp-d can do nothing of it; -errno.
int child_negotiation_make_offer(const struct child_sa *child, bool with_ke, struct child_offer *ret_offer);
// What that means, and what to do, for people.
const char *child_negotiation_offer_error(int error);
void child_negotiation_drop_offer(struct child_offer *offer);
// [N(USE_TRANSPORT_MODE)], SA, TSi, TSr of our request, in two parts since a CREATE_CHILD_SA has the nonce between
// them.
void child_negotiation_put_sa(struct message_writer *mw, const struct child_offer *offer);
void child_negotiation_put_ts(struct message_writer *mw, const struct child_offer *offer);

// The answer to our offer, into the child. NOTIFY_NONE: accepted; else what is wrong, with the failure filled in.
enum notify_type child_negotiation_take_answer(struct child_sa *child, const struct child_offer *offer,
                                               const struct message *m, struct tunnel_failure *ret_failure);

// What a responder found.
struct child_verdict {
    enum notify_type notify; // NOTIFY_NONE: accepted
    uint16_t group;          // with INVALID_KE_PAYLOAD
    struct tunnel_failure failure;
};
// Has the tunnel a policy for the peer's selectors?
bool child_negotiation_is_covered(struct tunnel *tunnel, const struct message *m);
// The peer's offer: chooses suite and selectors into the child (but spi_in).
void child_negotiation_choose(struct child_sa *child, const struct message *m, bool with_ke,
                              struct child_verdict *ret_verdict);
// [N(USE_TRANSPORT_MODE)], SA, and [N(ADDITIONAL_TS_POSSIBLE)], TSi, TSr of our answer.
void child_negotiation_put_chosen(struct message_writer *mw, const struct child_sa *child);
void child_negotiation_put_chosen_ts(struct message_writer *mw, const struct child_sa *child);

// Which nonces and secret the keys come from; and who began the exchange.
struct child_key_source {
    struct bytes nonce_i;
    struct bytes nonce_r;
    struct bytes shared; // empty without PFS
    bool initiator;      // we began the exchange
};
// Derives the keys and asks esp-d to install both SAs; the answer comes to the job. -errno.
int child_negotiation_install(struct child_sa *child, const struct child_key_source *source, uint64_t job);
// esp-d has installed it: links it, and lets it take its place.
void child_negotiation_finish(struct child_sa *child);

#endif
