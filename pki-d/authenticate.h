// The two decisions that ike-d asks for: make our AUTH, judge the peer's (RFC 7296 2.15). Nothing is signed but what
// was assembled here, and only under the identity that the configuration gives the tunnel.
#ifndef BULKHEAD_PKI_AUTHENTICATE_H
#define BULKHEAD_PKI_AUTHENTICATE_H

#include "pki-d/bindings.h"
#include "pki-d/psk.h"
#include "pki-d/store.h"

#define AUTHENTICATE_PPK_KEYS 3

enum authenticate_result {
    AUTHENTICATE_OK,
    AUTHENTICATE_BAD_REQUEST, // unknown PRF, sizes out of bounds
    AUTHENTICATE_NOT_BOUND,   // no such tunnel, or not with a secret
    AUTHENTICATE_NO_SECRET,   // its secret does not exist
    AUTHENTICATE_WRONG_IDENTITY,
    AUTHENTICATE_WRONG_MAC, // verify alone
    AUTHENTICATE_FAILED,    // store or library; logged
};

struct authenticate_request {
    struct bytes tunnel;
    uint32_t prf;      // IANA transform id
    bool other_secret; // sign alone: with that one
    struct psk_octets octets;
};

// With the tunnel's secret, or its other one. ret_auth takes PSK_AUTH_MAX_BYTES, *ret_n says how many were written.
enum authenticate_result authenticate_sign(const struct bindings *bindings, struct store *store,
                                           const struct authenticate_request *request, uint8_t *ret_auth,
                                           size_t *ret_n);
// Is `auth` the peer's right value, by the tunnel's secret or by its other one? ret_other says by which. Compared in
// constant time; the expected values are wiped. AUTHENTICATE_NO_SECRET: neither exists.
enum authenticate_result authenticate_verify(const struct bindings *bindings, struct store *store,
                                             const struct authenticate_request *request, struct bytes auth,
                                             bool *ret_other);

// RFC 8784 3: each of the keys becomes prf+(PPK, key) of the same length. AUTHENTICATE_NOT_BOUND: the tunnel has no PPK
// of that id.
struct authenticate_ppk {
    struct bytes tunnel;
    uint32_t prf;
    struct bytes ppk_id;
    struct bytes keys[AUTHENTICATE_PPK_KEYS]; // SK_d', SK_pi', SK_pr'
};
enum authenticate_result authenticate_mix_ppk(const struct bindings *bindings, struct store *store,
                                              const struct authenticate_ppk *request,
                                              uint8_t ret_keys[AUTHENTICATE_PPK_KEYS][PSK_AUTH_MAX_BYTES]);

#endif
