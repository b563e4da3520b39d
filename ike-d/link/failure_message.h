// A tunnel's failure in the API's words.
#ifndef BULKHEAD_IKE_LINK_FAILURE_MESSAGE_H
#define BULKHEAD_IKE_LINK_FAILURE_MESSAGE_H

#include "bulkhead/v1/failure.pb-c.h"
#include "ike-d/sa/tunnel.h"

// A failure of that tunnel; unless brief with both sides' offers and what would cure it. NULL: there is none (failure
// NULL), or no memory; free with bulkhead__v1__tunnel_failure__free_unpacked(failure, NULL).
Bulkhead__V1__TunnelFailure *failure_message_new(const struct tunnel *tunnel, const struct tunnel_failure *failure,
                                                 bool brief);

#endif
