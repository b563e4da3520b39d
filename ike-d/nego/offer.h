// Our configured proposals of one protocol, and the negotiation with a peer's SA payload (RFC 7296 2.7, 3.3.6, 1.3).
#ifndef BULKHEAD_IKE_OFFER_H
#define BULKHEAD_IKE_OFFER_H

#include "ike-d/nego/suite.h"
#include "ike-d/wire/notify_type.h"
#include "ike-d/wire/sa_payload.h"

#define OFFER_WHY_MAX 512

// Best first, numbered from 1. About 1 KB a proposal, so tunnels share them (offer_pool.h).
struct offer {
    unsigned refs;
    unsigned n;
    struct proposal proposal[];
};

// From the configuration's texts; n 0, or "default" among them: the defaults of that protocol. -EINVAL with a text in
// ret_error, -ENOMEM. More than WIRE_PROPOSALS_MAX are -EINVAL.
int offer_new(const char *const *texts, unsigned n, enum proposal_protocol protocol, struct offer **ret_offer,
              char *ret_error, unsigned error_size);
// One more holder. Returns offer.
struct offer *offer_ref(struct offer *offer);
// One holder less; the last one frees it. NULL is taken.
void offer_free(struct offer *offer);

// What goes into an SA payload. spi: empty, 4 bytes (ESP) or 8 (rekey of an IKE SA), put into every proposal. with_ke
// false leaves the KE transforms out: the first child is made without a Diffie-Hellman of its own (RFC 7296 1.2). NULL
// without memory; free with offer_free, and encode with message_put_sa(mw, copy->proposal, copy->n).
struct offer *offer_for_wire(const struct offer *offer, struct bytes spi, bool with_ke);

// The first group that our proposals name, NONE left aside: what an initiator guesses. KE_NONE when there is none.
uint16_t offer_first_group(const struct offer *offer);
// Does any of our proposals name that group?
bool offer_has_group(const struct offer *offer, uint16_t group);

// How a choice ended.
struct choice {
    // NOTIFY_NONE: chosen. NOTIFY_NO_PROPOSAL_CHOSEN: why says which transform differs. NOTIFY_INVALID_KE_PAYLOAD: the
    // suite fits, but the KE payload is of another group; `group` is what the peer should take.
    enum notify_type notify;
    uint16_t group;         // the chosen proposal's; KE_NONE without one
    struct proposal chosen; // with the peer's number and SPI, one transform a type; its SPI is to be replaced by ours
                            // for the answer
    char why[OFFER_WHY_MAX];
};

// The responder's choice for an IKE SA. ke_group: of the peer's KE payload. Our order rules; within one of our
// proposals the group that the peer guessed is taken if it is there, which spares a round trip (and some clients can't
// retry). The protocol field may also say ESP, as some clients' rekeys do; SPI sizes are the caller's to check.
void offer_choose_ike(const struct offer *offer, const struct sa_payload *peer, uint16_t ke_group,
                      struct choice *ret_choice);

// The responder's choice for a child SA. ke_group: of the peer's KE payload, KE_NONE without one. with_ke false: in
// IKE_AUTH, where KE transforms of both sides count for nothing. Proposals of other protocols or without a 4-byte SPI
// are passed over. A peer that leaves ESN out means none.
void offer_choose_esp(const struct offer *offer, const struct sa_payload *peer, bool with_ke, uint16_t ke_group,
                      struct choice *ret_choice);

// The initiator's check of the answer to what was sent (the result of offer_for_wire): exactly one proposal, a subset
// of ours. 0, or -EBADMSG with a static text.
int offer_accept_answer(const struct offer *sent, const struct sa_payload *answer, struct proposal *ret_chosen,
                        const char **ret_why);

// "aes256gcm16-prfsha384-ecp384, aes256-sha256-...": for the diagnosis. Cut short to fit. Return out.
char *offer_format(const struct offer *offer, char *out, unsigned out_size);
char *offer_format_peer(const struct sa_payload *peer, char *out, unsigned out_size);

#endif
