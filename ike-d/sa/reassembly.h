// The fragments of one message of the peer (RFC 7383 2.6), until all are there. Only what has been authenticated comes
// in here; what an SA's peers can make us keep is bounded in all, apart for peers that have shown no more than that
// they can do Diffie-Hellman.
#ifndef BULKHEAD_IKE_SA_REASSEMBLY_H
#define BULKHEAD_IKE_SA_REASSEMBLY_H

#include "ike-d/sa/deadline.h"
#include "ike-d/wire/message.h"

// Bytes that all reassemblies of a kind of SA hold.
struct reassembly_budget {
    size_t used_bytes;
};

struct fragment_text {
    uint8_t *p; // NULL: not there yet
    size_t n;
};

struct reassembly {
    struct reassembly **home; // the only pointer to it, cleared when it goes
    struct deadline_heap *heap;
    struct reassembly_budget *budget;
    struct deadline expiry;
    uint32_t message_id;
    uint16_t total;
    uint16_t present;
    uint8_t first_type;
    size_t text_n;
    size_t datagram_max; // the longest one
    struct fragment_text fragment[];
};

// What a new reassembly needs.
struct reassembly_place {
    struct reassembly **home;
    struct deadline_heap *heap;
    struct reassembly_budget *budget;
    uint64_t now_ms;
};

// A fragment whose text is to be kept.
struct reassembly_part {
    uint32_t message_id;
    const struct sk_payload *sk; // number, total, first payload's type
    struct bytes text;
    size_t datagram_n;
};

// Is this fragment worth opening? Not one that is there already, nor one of a division into fewer (RFC 7383 2.6: the
// greater total is the newer division). `r` may be NULL.
bool reassembly_wants(const struct reassembly *r, uint32_t message_id, const struct sk_payload *sk);

// Adds one that reassembly_wants. 1: all are there. 0: not yet. -ENOMEM, also when the budget is used up; -EMSGSIZE:
// the whole would be longer than a message may be, and is gone.
int reassembly_add(const struct reassembly_place *place, const struct reassembly_part *part);

// All fragments' text, allocated, to be wiped and freed by the caller; the reassembly stays. NULL without memory.
uint8_t *reassembly_join(const struct reassembly *r);

// Wipes and frees. An empty home is taken.
void reassembly_drop(struct reassembly **home);

#endif
