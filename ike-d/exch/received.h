// A received datagram with all that was parsed from it, owned: an exchange that has to wait takes it along.
#ifndef BULKHEAD_IKE_EXCH_RECEIVED_H
#define BULKHEAD_IKE_EXCH_RECEIVED_H

#include "ike-d/sa/ike_core.h"
#include "ike-d/sa/ike_sa.h"
#include "ike-d/wire/message.h"

struct received {
    struct ike_core *core;
    struct endpoint local; // where it arrived
    struct endpoint remote;
    struct message *message;
    uint8_t *datagram;
    size_t datagram_n;
    uint8_t *text; // opened; wiped when done
    size_t text_n;
};

// Copies the datagram; nothing is parsed yet. NULL without memory.
struct received *received_new(struct ike_core *core, const struct endpoint *local, const struct endpoint *remote,
                              struct bytes datagram);
// Wipes; keeps one for the next datagram. NULL is taken.
void received_free(struct received *received);
// Frees the one that was kept.
void received_free_spare(struct ike_core *core);

enum opening {
    OPENING_FORGED,  // not authentic, nothing may be answered
    OPENING_PARTIAL, // a fragment that is kept, or not needed; the message is not whole yet
    OPENING_WHOLE,
};

// Opens the SK payload with the SA's keys and parses what is inside; after the last fragment (RFC 7383 2.6), what is
// inside all of them. *ret_status says what is wrong with an authentic whole message.
enum opening received_open(struct received *received, struct ike_sa *sa, enum wire_status *ret_status,
                           struct wire_error *ret_error);
// Does it open, whatever is inside?
bool received_is_authentic(const struct received *received, const struct ike_sa *sa);

#endif
