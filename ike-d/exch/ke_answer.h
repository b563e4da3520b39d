// A responder's half of a Diffie-Hellman exchange (RFC 7296 1.2, 1.3): the peer's value is known, so our key
// pair and the shared secret are made in one go; our public value is kept for the answer.
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

// Has a key pair made and the secret derived from it, for on_shared. False without memory; nothing is under way then.
bool ke_answer_begin(struct exchange *x, const struct ke_algorithm *ke, struct bytes peer_public,
                     ike_job_done_fn *on_shared);
// For on_shared: keeps our public value; result->data is the secret. False: it failed.
bool ke_answer_take(struct ke_answer *ke, const struct ike_job_result *result);

#endif
