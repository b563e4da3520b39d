// Telling the peer what we can do beyond RFC 7296, and hearing what it can: notifies in IKE_SA_INIT (RFC 7383 2.3, RFC
// 6023 3, RFC 8784 3, RFC 7427 4) and in IKE_AUTH (RFC 4555 3.1); and what we are, by a vendor id.
#ifndef BULKHEAD_IKE_EXCH_ANNOUNCE_H
#define BULKHEAD_IKE_EXCH_ANNOUNCE_H

#include "ike-d/sa/ike_sa.h"
#include "ike-d/sa/tunnel_config.h"
#include "ike-d/wire/message.h"
#include "ike-d/wire/message_writer.h"

// What this gateway offers to the tunnel's peer, into sa->own_features. A responder calls it again when it knows the
// tunnel.
void announce_decide(struct ike_sa *sa, const struct tunnel_config *config);
// The notifies that belong into a message of that exchange. In an answer only what the peer may hear: RFC 8784's, RFC
// 7427's and RFC 7383's if it said so itself.
void announce_put(struct message_writer *mw, const struct ike_sa *sa, enum exchange_type exchange, bool is_answer);
// In IKE_SA_INIT.
void announce_put_vendor(struct message_writer *mw);
// Into sa->peer_features and sa->vendor.
void announce_hear(struct ike_sa *sa, const struct message *m);

#endif
