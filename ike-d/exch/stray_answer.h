// Answers to requests that belong to no IKE SA: one notify in clear (RFC 7296 2.5, 2.6, 2.21).
#ifndef BULKHEAD_IKE_EXCH_STRAY_ANSWER_H
#define BULKHEAD_IKE_EXCH_STRAY_ANSWER_H

#include "ike-d/sa/ike_core.h"
#include "ike-d/wire/header.h"

struct arrival {
    struct endpoint local;
    struct endpoint remote;
    struct ike_header header;
    size_t n; // bytes
};

// Sends nothing in answer to a response, nothing longer than what arrived, and not more than a few a second. Responses
// to IKE_SA_INIT leave the responder SPI zero.
void stray_answer_send(struct ike_core *core, const struct arrival *arrival, enum notify_type type, struct bytes data);
// Without the limit a second: for what must get through in a flood.
void stray_answer_send_always(struct ike_core *core, const struct arrival *arrival, enum notify_type type,
                              struct bytes data);

#endif
