// Keys of an IKE SA: SKEYSEED and SK_* (RFC 7296 2.14), and those of its replacement (2.18).
#ifndef BULKHEAD_IKE_KEYS_H
#define BULKHEAD_IKE_KEYS_H

#include "ike-d/nego/suite.h"
#include "lib/core/secret.h"

struct ike_keys {
    struct secret_key sk_d;
    struct secret_key sk_ai; // empty with an AEAD
    struct secret_key sk_ar;
    struct secret_key sk_ei; // with the salt behind it (RFC 5282 7.1)
    struct secret_key sk_er;
    struct secret_key sk_pi;
    struct secret_key sk_pr;
};

// What both sides put in. i is the initiator of this exchange (for a rekey: of the rekey).
struct ike_key_seed {
    struct bytes nonce_i;
    struct bytes nonce_r;
    uint64_t spi_i; // of the new IKE SA
    uint64_t spi_r;
    struct bytes shared; // g^ir
};

// For IKE_SA_INIT. -EIO when OpenSSL fails; then ret_keys is untouched. Wipe with ike_keys_wipe.
int ike_keys_derive(const struct ike_suite *suite, const struct ike_key_seed *seed, struct ike_keys *ret_keys);

// For the rekey of an IKE SA: SKEYSEED comes from the old SA's SK_d by the old SA's prf; the new suite's prf does the
// rest.
int ike_keys_derive_rekey(const struct ike_suite *suite, const struct prf_algorithm *old_prf, struct bytes old_sk_d,
                          const struct ike_key_seed *seed, struct ike_keys *ret_keys);

void ike_keys_wipe(struct ike_keys *keys);

#endif
