// Keys of a child SA: KEYMAT (RFC 7296 2.17), cut as ESP wants them.
#ifndef BULKHEAD_IKE_CHILD_KEYS_H
#define BULKHEAD_IKE_CHILD_KEYS_H

#include "ike-d/nego/suite.h"
#include "lib/core/secret.h"

// i: traffic from the exchange's initiator to its responder; r: back.
struct child_keys {
    struct secret_key encr_i;  // with the salt behind it for an AEAD
    struct secret_key integ_i; // empty with an AEAD
    struct secret_key encr_r;
    struct secret_key integ_r;
};

struct child_key_seed {
    struct bytes nonce_i; // of IKE_SA_INIT for the first child, else of the CREATE_CHILD_SA exchange
    struct bytes nonce_r;
    struct bytes shared; // g^ir (new); empty without PFS
};

// With the IKE SA's prf and SK_d. -EIO when OpenSSL fails; then ret_keys is untouched. Wipe with child_keys_wipe.
int child_keys_derive(const struct esp_suite *suite, const struct prf_algorithm *prf, struct bytes sk_d,
                      const struct child_key_seed *seed, struct child_keys *ret_keys);
void child_keys_wipe(struct child_keys *keys);

#endif
