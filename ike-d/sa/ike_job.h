// Asynchronous work that an exchange waits for: a Diffie-Hellman, a MAC in pki-d, an SPI or an SA in esp-d (see
// ike_env.h). A job is known by its number; when its owner has died meanwhile, the late answer is ignored.
#ifndef BULKHEAD_IKE_SA_IKE_JOB_H
#define BULKHEAD_IKE_SA_IKE_JOB_H

#include "lib/core/bytes.h"

struct address;
struct credential;
struct hmap;
struct kex;
struct peer_certificate;

#define PPK_KEYS 3 // that are mixed with a post-quantum key (RFC 8784 3)

enum ike_job_outcome {
    IKE_JOB_OK = 0,
    IKE_JOB_FAILED,       // see text
    IKE_JOB_UNAVAILABLE,  // that daemon is away or too slow
    IKE_JOB_NO_SECRET,    // pki-d has no secret, certificate or key of that name yet
    IKE_JOB_NOT_BOUND,    // pki-d does not know the tunnel yet
    IKE_JOB_NO_SIGNATURE, // pki-d can make none that the peer could check, see text
    IKE_JOB_WRONG_MAC,
    IKE_JOB_WRONG_IDENTITY,
    IKE_JOB_REFUSED, // the peer's certificate or signature, see `peer`
};

struct ike_job_result {
    enum ike_job_outcome outcome;
    const char *text;                // one line when it failed; may be NULL
    struct bytes data;               // shared secret, or data of an AUTH payload; lent, wiped by the giver
    uint32_t spi;                    // allocated
    uint32_t ago_ms;                 // since the last packet came in; UINT32_MAX: none did
    struct bytes keys[PPK_KEYS];     // SK_d, SK_pi, SK_pr mixed with a PPK; as data
    const struct address *addresses; // of a name; lent
    unsigned addresses_n;
    uint32_t ttl_s;                      // how long they are good
    bool other_secret;                   // the AUTH payload was made with the tunnel's other secret
    uint8_t auth_method;                 // of the AUTH payload in data, where it is a signature
    const struct credential *credential; // lent
    const struct peer_certificate *peer; // lent
    struct kex *kex; // a new key pair; the receiver takes it by setting NULL, the giver frees what is left
};

// Called once. The owner may be freed by it.
typedef void ike_job_done_fn(void *owner, struct ike_job_result *result);

struct ike_jobs {
    struct hmap *by_id;
    uint64_t last_id;
};

int ike_jobs_init(struct ike_jobs *jobs); // -ENOMEM
void ike_jobs_done(struct ike_jobs *jobs);
// A new number, or 0 without memory.
uint64_t ike_job_start(struct ike_jobs *jobs, ike_job_done_fn *done, void *owner);
// `done` is not called any more. 0 and unknown numbers are ignored.
void ike_job_cancel(struct ike_jobs *jobs, uint64_t id);
// The answer has come; without an owner any more nothing happens.
void ike_job_finish(struct ike_jobs *jobs, uint64_t id, struct ike_job_result *result);

#endif
