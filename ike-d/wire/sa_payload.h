// The Security Association payload (RFC 7296 3.3): proposals, transforms, attributes.
#ifndef BULKHEAD_IKE_SA_PAYLOAD_H
#define BULKHEAD_IKE_SA_PAYLOAD_H

#include "ike-d/wire/wire_error.h"
#include "ike-d/wire/wire_limits.h"
#include "lib/core/reader.h"
#include "lib/core/writer.h"
#include "lib/crypto/proposal.h"

// About 66 KB: part of struct message, never on a thread's small stack.
struct sa_payload {
    unsigned n;
    struct proposal proposal[WIRE_PROPOSALS_MAX];
};

// From the payload's body. Unknown protocols, transform types, ids and attributes are kept as they are; numbers need
// not be in order.
enum wire_status sa_payload_parse(struct bytes body, struct sa_payload *ret_sa, struct wire_error *ret_error);
// The body. Numbers and SPIs are the proposals' own.
void sa_payload_encode(const struct proposal *proposals, unsigned n, struct writer *w);

#endif
