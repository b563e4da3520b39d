// A responder's half of a Diffie-Hellman exchange (RFC 7296 1.2, 1.3): our key pair has been made, its public value is
// kept for the answer, and the shared secret is being computed.
#ifndef BULKHEAD_IKE_EXCH_KE_ANSWER_H
#define BULKHEAD_IKE_EXCH_KE_ANSWER_H

#include "ike-d/sa/ike_core.h"
#include "ike-d/sa/ike_sa.h"

struct ke_answer {
    uint8_t public[KEX_BYTES_MAX];
    size_t n; // 0: no key exchange
};

static inline struct bytes ke_answer_view(const struct ke_answer *ke)
{
    return bytes_of(ke->public, ke->n);
}

// Takes the key pair that kex_generate has made and has the secret derived for on_shared. False: it failed, or no
// memory; nothing is under way.
bool ke_answer_derive(struct ke_answer *ke, struct exchange *x, struct ike_job_result *key_pair,
                      struct bytes peer_public, ike_job_done_fn *on_shared);

#endif
