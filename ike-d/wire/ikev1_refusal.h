// The one message of IKEv1 that we speak: an INFORMATIONAL in clear whose notification says that major version 1 is not
// spoken here (RFC 2408 3.1, 3.14.1, 4.8), so that the caller's log does, too. What RFC 7296 2.5 has for higher
// versions would mean nothing to a daemon of IKEv1.
#ifndef BULKHEAD_IKE_WIRE_IKEV1_REFUSAL_H
#define BULKHEAD_IKE_WIRE_IKEV1_REFUSAL_H

#include "ike-d/wire/header.h"

#define IKEV1_REFUSAL_BYTES 40

// Answers a message with that header; message_id is any number but 0.
void ikev1_refusal_encode(const struct ike_header *asked, uint32_t message_id, uint8_t out[IKEV1_REFUSAL_BYTES]);

#endif
